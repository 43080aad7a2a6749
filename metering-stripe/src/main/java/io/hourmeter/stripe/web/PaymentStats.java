package io.hourmeter.stripe.web;

/**
 * What a payments servlet does at one moment, and what it has refused since its start; for monitoring. An immutable snapshot.
 *
 * @param stripeCallsWaiting calls to Stripe that customers wait for now
 * @param stripeCallsRefused calls to Stripe that were not made, because an address had used its share or too many waited
 * @param unsignedReturns links back from Stripe without a signature of this installation; nobody was asked about them
 * @param bodies bodies of requests that are on their way now
 * @param bodyBytes what of them has arrived
 * @param bodiesGivenUp bodies that were given up, because they were too slow or there was no room
 * @param signUpsRefused licenses that were not created, because too many were
 */
public record PaymentStats(
        int stripeCallsWaiting,
        long stripeCallsRefused,
        long unsignedReturns,
        int bodies,
        long bodyBytes,
        long bodiesGivenUp,
        long signUpsRefused) {}
