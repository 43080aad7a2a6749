package io.hourmeter.tests.crash;

/** Billed time of many licenses beside what their clients saw. Thread-safe. */
final class Bill {

    /**
     * Over many stretches of use the ways of the reports cancel out, since they move beginnings as much as ends. What may be
     * left of them for each stretch on average; a mistake in the rules is not random and adds up to far more.
     */
    private static final long AVERAGE_ALLOWANCE = 250;

    private int licenses;
    private long billed;
    private long seenAtMost;
    private long seenAtLeast;
    private long survived;
    private long stretchesAtMost;
    private long stretchesAtLeast;
    private long summed;
    private long crashed;
    private final Deviation above = new Deviation();
    private final Deviation below = new Deviation();
    private final Deviation belowAfterCrash = new Deviation();

    /** The largest deviation, and the bound where it was. */
    private static final class Deviation {
        private long millis = Long.MIN_VALUE;
        private long bound;

        void see(long newMillis, long newBound) {
            if (newMillis > millis) {
                millis = newMillis;
                bound = newBound;
            }
        }

        @Override
        public String toString() {
            return millis == Long.MIN_VALUE ? "none" : millis + " ms (bound there " + bound + " ms)";
        }
    }

    synchronized void add(Verdict verdict) {
        licenses++;
        billed += verdict.billed();
        seenAtMost += verdict.seenAtMost().millis();
        stretchesAtMost += verdict.seenAtMost().count();
        seenAtLeast += verdict.seenAtLeast().millis();
        survived += verdict.survived().millis();
        stretchesAtLeast += verdict.survived().count();
        summed += verdict.summed();
        crashed += verdict.crashed();
        above.see(verdict.above(), verdict.most() - verdict.seenAtMost().millis());
        (verdict.crashed() == 0 ? below : belowAfterCrash)
                .see(verdict.below(), verdict.seenAtLeast().millis() - verdict.least());
    }

    /** What all of them together may be billed at most. */
    synchronized long most() {
        return seenAtMost + AVERAGE_ALLOWANCE * stretchesAtMost;
    }

    /** What all of them together must be billed at least: a crash loses two checkpoints. */
    synchronized long least() {
        return survived - AVERAGE_ALLOWANCE * stretchesAtLeast;
    }

    synchronized long billed() {
        return billed;
    }

    /** What would have been billed if each node's time were billed for itself. */
    synchronized long summedOverNodes() {
        return summed;
    }

    @Override
    public synchronized String toString() {
        return "  billed          " + billed + " ms for " + licenses + " licenses; seen by their clients at least "
                + seenAtLeast + " ms, at most " + seenAtMost + " ms\n"
                + "                  bounds for all together " + least() + " to " + most()
                + " ms; each node's time for itself would be " + summed + " ms\n"
                + "  deviation       largest above the record of a license " + above + "\n"
                + "                  largest below it " + below + "; where a node was killed in use " + belowAfterCrash
                + ", " + crashed + " such leases";
    }
}
