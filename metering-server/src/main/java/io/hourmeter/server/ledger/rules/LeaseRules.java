package io.hourmeter.server.ledger.rules;

import io.hourmeter.LicenseId;
import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.UsageBatch;

/**
 * The rules by which a license's leases are opened, reported, extended and ended: pure functions of state and message.
 *
 * <p>A transaction on a license, of whatever kind: lock and read the license; {@link ClockStep}; load all its open
 * leases and those that the messages name; {@link LoadPlan}; load what that names; {@link LicenseState#of};
 * {@link #lapse}; then each message ({@link #apply}) or other change in turn; write
 * {@link LicenseState#changesSince}; commit; answer.
 */
public final class LeaseRules {

    /*
     * The rules, for maintainers.
     *
     * Used time is a set of moments, not a counter. A lease says "active from my beginning through offset `used`", and
     * that span is united with all others of its scope; pauses up to the idle gap are filled in (Coverage). The bill is
     * the measure of the set. So messages may be lost, repeated, late or out of order: a span that is there already
     * costs nothing, and only the growth of the set is paid for (Settlement), by the lease that caused it.
     *
     * The promise to a node is the second number, `authorized`: it may serve through that offset without asking. All
     * promises together are the worst case, the set as it would be if every open lease were used to its authorization;
     * what it has more than the actual set is held. Grants gives a lease more only while charged + held <= purchased.
     * Whatever then happens is a subset of the worst case, so a promise is always paid for. Each number only grows:
     * a promise is never taken back, not even by a refund, because a node may be serving on it out of reach.
     *
     * Three things can make the set grow beyond what was held: a report after the lapse, use under the outage policy,
     * and an end reported so late that it moves the beginning of another lease's pause. They are paid from what is
     * neither charged nor held; the rest is uncollected, shown, and owed only if the seller says so (Debts).
     *
     * The order for one message: check it (MessageCheck); at first sight fix the lease's beginning, settings and break;
     * merge `used` and `done` (Reports), pay (Settlement); only then extend (Grants), if the message is newer than any
     * before: the charge needs no sequence numbers, but a late duplicate must not hold time that nobody serves.
     *
     * Two rules protect the customer who was refused. The moment of every refused open, or the beginning of a lease
     * whose node refused by itself, becomes the scope's break; a lease keeps the break of its first sight for ever, and
     * its pause is filled only from ends after it. A flag "not bridged" instead would be lifted by the next lease's end,
     * and a break looked up anew each time would take filled pauses away again.
     *
     * One protects the vendor: an open that the balance does not carry because of the pause before it is refused, and
     * the pause is used time as far as the balance goes (Pauses).
     *
     * Leases of silent nodes end at their authorization and some seconds (Lapses). That happens at the beginning of a
     * transaction, for all leases of the license at once, so that an answer does not depend on when the reaper ran.
     */

    private LeaseRules() {}

    /**
     * Ends the leases whose nodes have been silent for too long, and frees what they held. Changes nothing when there
     * are none. To be called once at the start of every transaction that asks what is available, and by the reaper.
     */
    public static LicenseState lapse(LicenseState state) {
        return Lapses.lapse(state, Bounds.STANDARD);
    }

    /** Applies one message. Never throws for what a message contains: such an item is INVALID and changes nothing. */
    public static LeaseOutcome apply(LicenseState state, LeaseMessage message) {
        return apply(state, message, Bounds.STANDARD);
    }

    /** The answer to an item whose key names no license. */
    public static UsageAnswers.Answer unknown(UsageBatch.Item item) {
        return new UsageAnswers.Answer(item.lease(), null, State.UNKNOWN, 0, false, 0, 0);
    }

    /** The same with other times. */
    static LeaseOutcome apply(LicenseState state, LeaseMessage message, Bounds bounds) {
        UsageBatch.Item item = message.item();
        LeaseRow known = state.lease(item.lease());
        State verdict = MessageCheck.verdict(message, known, state.nowMillis(), bounds);
        if (verdict != null) {
            return new LeaseOutcome(state, answer(state, item, verdict, 0, bounds));
        }
        boolean news = known == null || item.seq() > known.seq();
        LicenseState seen = known == null ? open(state, message) : state;
        LicenseState reported = report(seen, item);
        LeaseRow lease = leaseOf(reported, item);
        boolean asks = news && !item.done() && lease.open();
        LicenseState granted = asks ? grant(reported, item, lease, bounds) : reported;
        return answer(granted, item, asks, bounds);
    }

    /** First sight: the lease began as long ago as its node says, by the license's clock. */
    private static LicenseState open(LicenseState state, LeaseMessage message) {
        UsageBatch batch = message.batch();
        UsageBatch.Item item = message.item();
        long from = state.nowMillis() - item.ageMillis();
        ScopeState scope = state.scope(item.scope());
        if (!item.bridge()) {
            scope = scope.withBreak(Math.max(scope.breakMillis(), from - 1));
        }
        LeaseRow lease = LeaseRow.opened(
                new LeaseRow.Origin(item.lease(), item.scope(), item.session(), batch.node()),
                new LeaseRow.Terms(
                        from, batch.gapMillis(), batch.leaseMillis(), batch.graceMillis(), scope.breakMillis()),
                item.seq());
        LicenseRow license = state.license();
        return state.with(license.withMaxGap(Math.max(license.maxGapMillis(), batch.gapMillis())))
                .with(scope.with(lease));
    }

    /** Merges what the node says was used, and whether it is done; both watermarks only grow. */
    private static LicenseState report(LicenseState state, UsageBatch.Item item) {
        LeaseRow before = leaseOf(state, item);
        LeaseRow after = before.withSeq(Math.max(before.seq(), item.seq()));
        long used = Reports.acceptedMillis(before, item);
        if (used > before.usedMillis()) {
            after = after.withUsed(used, before.offline() || item.offline());
        }
        if (item.done()) {
            after = after.asClosed();
        }
        Settlement.Source source =
                before.open() && !item.offline() ? Settlement.Source.OWN_HOLD : Settlement.Source.FREE;
        return Settlement.settle(state, after, source);
    }

    private static LicenseState grant(LicenseState state, UsageBatch.Item item, LeaseRow lease, Bounds bounds) {
        if (!state.license().active() || state.license().expired()) {
            return state;
        }
        LicenseState extended = Grants.extend(state, lease, bounds);
        boolean refusedOpen =
                item.usedMillis() == null && !leaseOf(extended, item).granted();
        return refusedOpen ? Pauses.settle(extended, lease, bounds) : extended;
    }

    private static LeaseOutcome answer(LicenseState state, UsageBatch.Item item, boolean asks, Bounds bounds) {
        LeaseRow lease = leaseOf(state, item);
        State verdict = verdict(state, lease, bounds);
        LicenseState result = state;
        boolean refused = verdict != State.OK && verdict != State.CLOSED && verdict != State.LAPSED;
        if (asks && refused && item.usedMillis() == null) {
            // The customer is turned away now: no later lease may bridge back over this moment.
            ScopeState scope = state.scope(lease.scope());
            result = state.with(scope.withBreak(Math.max(scope.breakMillis(), state.nowMillis())));
        }
        return new LeaseOutcome(result, answer(result, item, verdict, lease.authorizedMillis(), bounds));
    }

    private static State verdict(LicenseState state, LeaseRow lease, Bounds bounds) {
        LicenseRow license = state.license();
        if (lease.closed()) {
            return State.CLOSED;
        }
        if (lease.lapsed()) {
            return State.LAPSED;
        }
        if (!license.active()) {
            return State.INACTIVE;
        }
        if (license.expired()) {
            return State.EXPIRED_LICENSE;
        }
        if (lease.authorizedEndMillis() > state.nowMillis()) {
            return State.OK;
        }
        return license.remainingMillis() <= bounds.negligibleMillis() ? State.EXHAUSTED : State.HELD;
    }

    private static UsageAnswers.Answer answer(
            LicenseState state, UsageBatch.Item item, State verdict, long authorizedMillis, Bounds bounds) {
        LicenseRow license = state.license();
        boolean last = verdict == State.OK && Grants.last(state, leaseOf(state, item));
        long retryAfter = verdict == State.HELD ? Lapses.retryAfterMillis(state, bounds) : 0;
        return new UsageAnswers.Answer(
                item.lease(),
                new LicenseId(license.publicId()),
                verdict,
                authorizedMillis,
                last,
                license.remainingMillis(),
                retryAfter);
    }

    private static LeaseRow leaseOf(LicenseState state, UsageBatch.Item item) {
        LeaseRow lease = state.scope(item.scope()).lease(item.lease());
        if (lease == null) {
            throw new IllegalStateException("lease " + item.lease() + " is not in its scope");
        }
        return lease;
    }
}
