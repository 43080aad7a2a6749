package io.hourmeter.stripe;

/**
 * A checkout that waits for its customer.
 *
 * @param sessionId Stripe's id, {@code cs_…}
 * @param url where to send the customer
 */
public record Checkout(String sessionId, String url) {}
