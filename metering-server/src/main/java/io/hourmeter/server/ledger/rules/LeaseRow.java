package io.hourmeter.server.ledger.rules;

/**
 * One lease: the right of one node to serve one scope, as two watermarks, both offsets in milliseconds since the lease
 * began. An immutable value. Origin and terms are fixed at first sight, everything else only grows.
 *
 * @param origin whose lease it is
 * @param terms when it began, and on which conditions
 * @param progress how far it was used, and how far it may be
 * @param end whether it has ended
 * @param bill its line of the bill
 */
public record LeaseRow(Origin origin, Terms terms, Progress progress, End end, Bill bill) {

    /**
     * Whose lease it is.
     *
     * @param lease id made by the node, unique within the license
     * @param scope what time is unioned over: {@code ""} = the license, or a session id
     * @param session the session it belongs to
     * @param node who served it
     */
    public record Origin(String lease, String scope, String session, String node) {}

    /**
     * When it began, and on which conditions.
     *
     * @param fromMillis when it began, by the license's clock
     * @param gapMillis longest pause before this lease that counts as use
     * @param leaseMillis how far ahead its node wants to serve
     * @param graceMillis how far its node may serve offline beyond an authorization
     * @param breakMillis the scope's break at first sight: the pause before this lease is filled only from ends later than
     *     this moment, which never changes, so that no later message can bridge a time in which the customer was refused
     */
    public record Terms(long fromMillis, long gapMillis, long leaseMillis, long graceMillis, long breakMillis) {}

    /**
     * How far it was used, and how far it may be. Only grows.
     *
     * @param usedMillis active through this offset, or {@link #UNUSED}; 0 is a request of no length
     * @param authorizedMillis may be served through this offset; 0 = was never authorized
     * @param offline whether any of its use was served under the outage policy
     * @param seq the highest number seen of its messages
     */
    public record Progress(long usedMillis, long authorizedMillis, boolean offline, long seq) {}

    /**
     * Whether it has ended; what is true stays so.
     *
     * @param closed whether its node said that it is done
     * @param lapsed whether its node was silent for too long
     */
    public record End(boolean closed, boolean lapsed) {}

    /**
     * What this lease newly covered. Only grows.
     *
     * @param chargedMillis what of that was paid
     * @param unpaid what of that was not paid then
     */
    public record Bill(long chargedMillis, Unpaid unpaid) {}

    /** The used offset of a lease that was opened and had no activity yet. */
    static final long UNUSED = -1;

    /** How long after the end of its authorization a silent node is waited for. */
    public static final long LAPSE_AFTER_MILLIS = 30_000;

    /** A lease that was just seen for the first time, with no use and no authorization. */
    static LeaseRow opened(Origin origin, Terms terms, long seq) {
        return new LeaseRow(
                origin, terms, new Progress(UNUSED, 0, false, seq), new End(false, false), new Bill(0, Unpaid.NOTHING));
    }

    public String lease() {
        return origin.lease();
    }

    public String scope() {
        return origin.scope();
    }

    public String session() {
        return origin.session();
    }

    public String node() {
        return origin.node();
    }

    public long fromMillis() {
        return terms.fromMillis();
    }

    public long gapMillis() {
        return terms.gapMillis();
    }

    public long leaseMillis() {
        return terms.leaseMillis();
    }

    public long graceMillis() {
        return terms.graceMillis();
    }

    public long breakMillis() {
        return terms.breakMillis();
    }

    public long usedMillis() {
        return progress.usedMillis();
    }

    public long authorizedMillis() {
        return progress.authorizedMillis();
    }

    public boolean offline() {
        return progress.offline();
    }

    public long seq() {
        return progress.seq();
    }

    public boolean closed() {
        return end.closed();
    }

    public boolean lapsed() {
        return end.lapsed();
    }

    public long chargedMillis() {
        return bill.chargedMillis();
    }

    public long uncollectedMillis() {
        return bill.unpaid().uncollectedMillis();
    }

    public long owedMillis() {
        return bill.unpaid().owedMillis();
    }

    public long collectedMillis() {
        return bill.unpaid().collectedMillis();
    }

    public boolean open() {
        return !closed() && !lapsed();
    }

    boolean hasUse() {
        return usedMillis() != UNUSED;
    }

    /** Whether it was ever authorized; only such a lease may report use, unless that was offline. */
    boolean granted() {
        return authorizedMillis() > 0;
    }

    /** The moment of the last reported activity; only where there is one. */
    public long usedEndMillis() {
        return fromMillis() + usedMillis();
    }

    /** The moment through which it may be served. */
    public long authorizedEndMillis() {
        return fromMillis() + authorizedMillis();
    }

    /** The latest moment it can ever cover as it stands; what a store compares with {@link LoadPlan#since}. */
    public long reachMillis() {
        return fromMillis() + Math.max(authorizedMillis(), usedMillis());
    }

    /** Its activity, if it ended at that moment. */
    public Coverage.Span spanTo(long endMillis) {
        return new Coverage.Span(fromMillis(), endMillis, gapMillis(), breakMillis());
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
        return open() && authorizedMillis() > usedMillis() && granted();
    }

    /** What is owed for it and not paid yet. */
    public long debtMillis() {
        return bill.unpaid().debtMillis();
    }

    LeaseRow withUsed(long newUsedMillis, boolean newOffline) {
        return with(new Progress(newUsedMillis, authorizedMillis(), newOffline, seq()));
    }

    public LeaseRow withAuthorized(long newAuthorizedMillis) {
        return with(new Progress(usedMillis(), newAuthorizedMillis, offline(), seq()));
    }

    LeaseRow withSeq(long newSeq) {
        return with(new Progress(usedMillis(), authorizedMillis(), offline(), newSeq));
    }

    LeaseRow asClosed() {
        return new LeaseRow(origin, terms, progress, new End(true, lapsed()), bill);
    }

    LeaseRow asLapsed() {
        return new LeaseRow(origin, terms, progress, new End(closed(), true), bill);
    }

    LeaseRow plusSettled(long paidMillis, long unpaidMillis) {
        Unpaid unpaid = bill.unpaid().plusUncollected(unpaidMillis);
        return with(new Bill(Math.addExact(chargedMillis(), paidMillis), unpaid));
    }

    LeaseRow plusOwed(long millis) {
        return with(new Bill(chargedMillis(), bill.unpaid().plusOwed(millis)));
    }

    LeaseRow plusCollected(long millis) {
        return with(new Bill(chargedMillis(), bill.unpaid().plusCollected(millis)));
    }

    private LeaseRow with(Progress newProgress) {
        return new LeaseRow(origin, terms, newProgress, end, bill);
    }

    private LeaseRow with(Bill newBill) {
        return new LeaseRow(origin, terms, progress, end, newBill);
    }
}
