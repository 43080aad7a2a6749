package io.hourmeter.usage;

import io.hourmeter.internal.Ticker;
import io.hourmeter.usage.node.ActiveSession;
import io.hourmeter.usage.node.Arrival;

/** Turns what a node decides into what a tracker hands out, for tests of the node that go without a tracker. */
public final class Admissions {

    private final UsageContext context;

    /** Use that is measured by these clocks. */
    public Admissions(Ticker ticker) {
        context = new UsageContext(ticker);
    }

    /** Use by a request that was counted in. */
    public Granted granted(ActiveSession session, long arrived) {
        return Usage.begin(session, arrived, context);
    }

    /** A request that was rejected. */
    public Refused refused(Arrival.Rejected rejected) {
        return Engine.refused(rejected);
    }

    /** Tells those whose time is up. */
    public void tellWhoseTimeIsUp() {
        context.timeUp().runDue(UsageTracker.limitedLog(context.ticker()));
    }
}
