package io.hourmeter.server.ledger.rules;

/**
 * One lease: the right of one node to serve one scope, as two watermarks, both offsets in milliseconds since the lease
 * began. An immutable value. {@code used} and {@code authorized} only grow; closed and lapsed stay so; everything else
 * but seq and the four amounts at the end is fixed at first sight.
 *
 * @param lease id made by the node, unique within the license
 * @param scope what time is unioned over: {@code ""} = the license, or a session id
 * @param session the session it belongs to
 * @param node who served it
 * @param fromMillis when it began, by the license's clock
 * @param gapMillis longest pause before this lease that counts as use
 * @param leaseMillis how far ahead its node wants to serve
 * @param graceMillis how far its node may serve offline beyond an authorization
 * @param breakMillis the scope's break at first sight: the pause before this lease is filled only from ends later than
 *     this moment, which never changes, so that no later message can bridge a time in which the customer was refused
 * @param usedMillis active through this offset, or {@link #UNUSED}; 0 is a request of no length
 * @param authorizedMillis may be served through this offset; 0 = was never authorized
 * @param offline whether any of its use was served under the outage policy
 * @param closed whether its node said that it is done
 * @param lapsed whether its node was silent for too long
 * @param seq the highest number seen of its messages
 * @param chargedMillis what was newly covered by this lease, and paid: its line of the bill
 * @param uncollectedMillis what was newly covered by this lease, and not paid then
 * @param owedMillis how much of that is owed, see {@link Debts}
 * @param collectedMillis how much of that credits have paid since
 */
public record LeaseRow(
        String lease,
        String scope,
        String session,
        String node,
        long fromMillis,
        long gapMillis,
        long leaseMillis,
        long graceMillis,
        long breakMillis,
        long usedMillis,
        long authorizedMillis,
        boolean offline,
        boolean closed,
        boolean lapsed,
        long seq,
        long chargedMillis,
        long uncollectedMillis,
        long owedMillis,
        long collectedMillis) {

    /** The used offset of a lease that was opened and had no activity yet. */
    static final long UNUSED = -1;

    /** How long after the end of its authorization a silent node is waited for. */
    public static final long LAPSE_AFTER_MILLIS = 30_000;

    public boolean open() {
        return !closed && !lapsed;
    }

    boolean hasUse() {
        return usedMillis != UNUSED;
    }

    /** Whether it was ever authorized; only such a lease may report use, unless that was offline. */
    boolean granted() {
        return authorizedMillis > 0;
    }

    /** The moment of the last reported activity; only where there is one. */
    public long usedEndMillis() {
        return fromMillis + usedMillis;
    }

    /** The moment through which it may be served. */
    public long authorizedEndMillis() {
        return fromMillis + authorizedMillis;
    }

    /** The latest moment it can ever cover as it stands; what a store compares with {@link LoadPlan#since}. */
    public long reachMillis() {
        return fromMillis + Math.max(authorizedMillis, usedMillis);
    }

    /** Its activity, if it ended at that moment. */
    public Coverage.Span spanTo(long endMillis) {
        return new Coverage.Span(fromMillis, endMillis, gapMillis, breakMillis);
    }

    /** How long from that moment on, at least 1, until it lapses unless its node is heard; only for an open lease. */
    long lapsesInMillis(long nowMillis, Bounds bounds) {
        return Math.max(1, authorizedEndMillis() + bounds.lapseAfterMillis() - nowMillis + 1);
    }

    boolean overdue(long nowMillis, Bounds bounds) {
        return open() && authorizedEndMillis() + bounds.lapseAfterMillis() < nowMillis;
    }

    /** Whether it could use more than it has reported. */
    boolean holder() {
        return open() && authorizedMillis > usedMillis && granted();
    }

    /** What is owed for it and not paid yet. */
    public long debtMillis() {
        return owedMillis - collectedMillis;
    }

    LeaseRow withUsed(long newUsedMillis, boolean newOffline) {
        return with(newUsedMillis, authorizedMillis, newOffline, closed, lapsed, seq);
    }

    public LeaseRow withAuthorized(long newAuthorizedMillis) {
        return with(usedMillis, newAuthorizedMillis, offline, closed, lapsed, seq);
    }

    LeaseRow withSeq(long newSeq) {
        return with(usedMillis, authorizedMillis, offline, closed, lapsed, newSeq);
    }

    LeaseRow asClosed() {
        return with(usedMillis, authorizedMillis, offline, true, lapsed, seq);
    }

    LeaseRow asLapsed() {
        return with(usedMillis, authorizedMillis, offline, closed, true, seq);
    }

    LeaseRow plusSettled(long paidMillis, long unpaidMillis) {
        return withAmounts(
                Math.addExact(chargedMillis, paidMillis),
                Math.addExact(uncollectedMillis, unpaidMillis),
                owedMillis,
                collectedMillis);
    }

    LeaseRow plusOwed(long millis) {
        return withAmounts(chargedMillis, uncollectedMillis, Math.addExact(owedMillis, millis), collectedMillis);
    }

    LeaseRow plusCollected(long millis) {
        return withAmounts(chargedMillis, uncollectedMillis, owedMillis, Math.addExact(collectedMillis, millis));
    }

    private LeaseRow with(
            long used, long authorized, boolean nowOffline, boolean nowClosed, boolean nowLapsed, long newSeq) {
        return new LeaseRow(
                lease,
                scope,
                session,
                node,
                fromMillis,
                gapMillis,
                leaseMillis,
                graceMillis,
                breakMillis,
                used,
                authorized,
                nowOffline,
                nowClosed,
                nowLapsed,
                newSeq,
                chargedMillis,
                uncollectedMillis,
                owedMillis,
                collectedMillis);
    }

    private LeaseRow withAmounts(long charged, long uncollected, long owed, long collected) {
        return new LeaseRow(
                lease,
                scope,
                session,
                node,
                fromMillis,
                gapMillis,
                leaseMillis,
                graceMillis,
                breakMillis,
                usedMillis,
                authorizedMillis,
                offline,
                closed,
                lapsed,
                seq,
                charged,
                uncollected,
                owed,
                collected);
    }
}
