package io.hourmeter.usage;

import io.hourmeter.Billing;
import io.hourmeter.OutagePolicy;
import io.hourmeter.usage.node.NodeCore;
import io.hourmeter.usage.node.NodeSettings;

/**
 * What an absent license server can cost, computed from the settings for whoever answers for the money. Immutable.
 *
 * <p>The lease is no cost: its time is held on the balance and paid when it is reported. Unpaid stays what is served
 * beyond it, if the balance does not cover it when the server is back.
 *
 * @param leaseMillis how long sessions go on that hold their time already
 * @param unpaidMillis how long a license is served beyond that
 * @param perSession whether each session of the license counts, so that several at once cost several times as much
 */
record OutageBound(long leaseMillis, long unpaidMillis, boolean perSession) {

    private static final long SECOND = 1_000;
    private static final long MINUTE = 60 * SECOND;

    static OutageBound of(NodeSettings settings) {
        return new OutageBound(
                settings.leaseMillis(),
                settings.policy() == OutagePolicy.ALLOW ? settings.graceMillis() : 0,
                settings.billing() == Billing.SESSION);
    }

    /** One sentence for the log. */
    String sentence() {
        String held = "When the license server is away, sessions go on for up to " + words(leaseMillis)
                + " on time that they hold already; ";
        if (unpaidMillis == 0) {
            return held + "then requests are refused, and nothing is served unpaid";
        }
        String each = perSession
                ? " per license and node, times its sessions that run at once (at most "
                        + NodeCore.MAX_SESSIONS_OF_LICENSE + ")"
                : " per license and node";
        return held + "then each license is served for at most " + words(unpaidMillis)
                + " more. At most so much stays unpaid: " + words(unpaidMillis) + each;
    }

    /** A duration as people say it: whole minutes, else whole seconds, else milliseconds. */
    static String words(long millis) {
        if (millis % MINUTE == 0 && millis > 0) {
            return millis / MINUTE + " min";
        }
        return millis % SECOND == 0 ? millis / SECOND + " s" : millis + " ms";
    }
}
