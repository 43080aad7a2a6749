package io.hourmeter.tests.crash;

/**
 * What was billed for one license beside what its clients saw.
 *
 * <p>The stated bound, with a = {@link Cluster#TIMEOUT_MILLIS}, the longest that a report may be on its way, and G the idle
 * timeout. A report's way moves the beginning and the end of a stretch of use by at most a each, in the same direction, so
 * a stretch is at most a longer or shorter than seen; and a pause that is within a of G may be filled or not.
 *
 * <ul>
 *   <li>At most: the union of all requests over all nodes, pauses up to G + a filled, and a for each stretch.
 *   <li>At least: the union of what was answered, without what a killed node served in the time of two checkpoints before
 *       its death, pauses up to G − a filled unless somebody was refused in them, less a for each stretch.
 * </ul>
 *
 * @param billed charged and uncollected, by the license server
 * @param seenAtMost the union over all nodes as seen, pauses up to G filled, without any allowance
 * @param most the upper bound
 * @param seenAtLeast what certainly was in use as seen, without any allowance
 * @param survived the same without what two checkpoints may lose
 * @param least the lower bound
 * @param crashed leases that may have died with their nodes
 * @param summed what would have been billed if each node's time were billed for itself
 */
record Verdict(
        long billed,
        Intervals seenAtMost,
        long most,
        Intervals seenAtLeast,
        Intervals survived,
        long least,
        int crashed,
        long summed) {

    private static final long ALLOWANCE = Cluster.TIMEOUT_MILLIS;

    /** What a node that is killed loses at most. */
    private static final long LOST = 2 * Cluster.CHECKPOINT_MILLIS;

    /** After an outage a node may wait so long before it asks again. */
    static final long BACK_MILLIS = 6_000;

    /** An idle lease is noticed, closed and acknowledged well within this time after its idle timeout. */
    static final long CLOSED_MILLIS = 4_000;

    static Verdict of(ActivityLog diary, long billed, Cluster cluster) {
        Intervals upper = diary.atMost(Cluster.GAP_MILLIS + ALLOWANCE);
        Intervals lower = diary.atLeast(Cluster.GAP_MILLIS - ALLOWANCE, LOST, cluster);
        return new Verdict(
                billed,
                diary.atMost(Cluster.GAP_MILLIS),
                upper.millis() + ALLOWANCE * upper.count(),
                diary.atLeast(Cluster.GAP_MILLIS, 0, cluster),
                diary.atLeast(Cluster.GAP_MILLIS, LOST, cluster),
                lower.millis() - ALLOWANCE * lower.count(),
                diary.crashedLeases(cluster),
                diary.summedOverNodes(Cluster.GAP_MILLIS));
    }

    /** How much more was billed than seen; negative for less. */
    long above() {
        return billed - seenAtMost.millis();
    }

    /** How much less was billed than seen; negative for more. */
    long below() {
        return seenAtLeast.millis() - billed;
    }
}
