package io.hourmeter.server.ledger.rules;

import io.hourmeter.LicenseStatus;
import io.hourmeter.UsageAnswers.Answer;
import io.hourmeter.UsageBatch;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One license and the messages about it, told step by step, with the times of production. */
final class LeaseScript {

    static final long SECOND = 1_000;
    static final long MINUTE = 60 * SECOND;
    static final long HOUR = 60 * MINUTE;

    /** When each script begins. */
    static final long START = 1_800_000_000_000L;

    private LicenseState state;
    /** True time, which the nodes' monotonic clocks measure. */
    private long time = START;

    private long storeClockBehindMillis;
    private long gapMillis = 5 * MINUTE;
    private long leaseMillis = 15 * MINUTE;
    private long graceMillis = 10 * MINUTE;

    private LeaseScript(long creditedMillis) {
        LicenseRow license = LicenseRow.fresh(1, "lic_12345678", LicenseRow.NEVER, START);
        state = LicenseState.of(license.plusCredited(creditedMillis), List.of(), List.of());
    }

    static LeaseScript withBalance(long creditedMillis) {
        return new LeaseScript(creditedMillis);
    }

    LeaseScript gap(long millis) {
        gapMillis = millis;
        return this;
    }

    LeaseScript leaseTime(long millis) {
        leaseMillis = millis;
        return this;
    }

    LeaseScript grace(long millis) {
        graceMillis = millis;
        return this;
    }

    LeaseScript expires(long afterStartMillis) {
        state = state.with(state.license().withExpires(START + afterStartMillis));
        return this;
    }

    /** Time passes, and a transaction begins. */
    LeaseScript pass(long millis) {
        time += millis;
        ClockStep step = ClockStep.of(state.license(), time - storeClockBehindMillis);
        state = LeaseRules.lapse(state.with(step.license()));
        return this;
    }

    /** The store's clock is set back, and the nodes' are not. */
    LeaseScript setStoreClockBack(long millis) {
        storeClockBehindMillis += millis;
        return pass(0);
    }

    /** Time passes until so long after the start. */
    LeaseScript at(long afterStartMillis) {
        return pass(START + afterStartMillis - time);
    }

    LeaseScript credit(long millis) {
        state = state.with(state.license().plusCredited(millis));
        return this;
    }

    LeaseScript reversed(long millis) {
        state = state.with(state.license().withReversed(millis));
        return this;
    }

    LeaseScript status(LicenseStatus status) {
        state = state.with(state.license().withStatus(status));
        return this;
    }

    LicenseRow license() {
        return state.license();
    }

    LicenseState state() {
        return state;
    }

    long charged() {
        return state.license().chargedMillis();
    }

    long held() {
        return state.license().heldMillis();
    }

    long breakOf(String scope) {
        return state.scope(scope).breakMillis();
    }

    /** A lease that begins now, in the scope of the license. */
    Lease lease(String id) {
        return lease(id, "");
    }

    Lease lease(String id, String scope) {
        return new Lease(id, scope, time);
    }

    Answer send(UsageBatch.Item item) {
        UsageBatch head = new UsageBatch("node", gapMillis, leaseMillis, graceMillis, List.of(item));
        LeaseOutcome outcome = LeaseRules.apply(state, new LeaseMessage(head, item));
        state = outcome.state();
        return outcome.answer();
    }

    /** What a node knows of a lease. */
    final class Lease {

        private final String id;
        private final String scope;
        private final long began;
        private long seq;
        private boolean bridge = true;

        private Lease(String id, String scope, long began) {
            this.id = id;
            this.scope = scope;
            this.began = began;
        }

        Lease unbridged() {
            bridge = false;
            return this;
        }

        /** Asks for the lease: no activity yet. */
        Answer open() {
            return send(item(null, false, false));
        }

        Answer report(long usedMillis) {
            return send(item(usedMillis, false, false));
        }

        Answer close(long usedMillis) {
            return send(item(usedMillis, true, false));
        }

        Answer closeUnused() {
            return send(item(null, true, false));
        }

        Answer reportOffline(long usedMillis) {
            return send(item(usedMillis, false, true));
        }

        Answer closeOffline(long usedMillis) {
            return send(item(usedMillis, true, true));
        }

        /** The next message, to be sent now, later, or several times. */
        UsageBatch.Item item(@Nullable Long usedMillis, boolean done, boolean offline) {
            seq++;
            return new UsageBatch.Item(
                    id, "", null, scope, "session", time - began, usedMillis, done, seq, offline, bridge);
        }

        LeaseRow row() {
            LeaseRow row = state.lease(id);
            if (row == null) {
                throw new AssertionError("no lease " + id);
            }
            return row;
        }
    }
}
