package io.hourmeter.server.simulation;

/** Counts of what happened in one world, or in many. Not thread-safe. */
public final class Tally {

    private final long[] counts = new long[Kind.values().length];
    private final Largest loss = new Largest();
    private final Largest shift = new Largest();

    /** The largest of several times, measured by what was allowed of each. */
    private static final class Largest {

        private long millis;
        private long allowedMillis;

        void note(long thisMillis, long thisAllowedMillis) {
            if (allowedMillis == 0 || thisMillis * allowedMillis > millis * thisAllowedMillis) {
                millis = thisMillis;
                allowedMillis = thisAllowedMillis;
            }
        }

        void note(Largest other) {
            if (other.allowedMillis > 0) {
                note(other.millis, other.allowedMillis);
            }
        }

        @Override
        public String toString() {
            return String.format("%,d ms of %,d ms", millis, allowedMillis);
        }
    }

    /** Something happened. */
    public void count(Kind kind) {
        counts[kind.ordinal()]++;
    }

    /** It happened so many times. */
    public void count(Kind kind, long times) {
        counts[kind.ordinal()] += times;
    }

    /** How often it happened. */
    public long of(Kind kind) {
        return counts[kind.ordinal()];
    }

    /** A crash cost so much use of one scope, and that much was allowed. */
    public void loss(long millis, long allowedMillis) {
        loss.note(millis, allowedMillis);
    }

    /** The largest loss by a crash, measured by what was allowed. */
    public String largestLoss() {
        return loss.toString();
    }

    /** Clocks that drift, or messages that take their time, moved a bill by so much; that much was allowed. */
    public void shift(long millis, long allowedMillis) {
        shift.note(millis, allowedMillis);
    }

    /** The largest such deviation, measured by what was allowed. */
    public String largestShift() {
        return shift.toString();
    }

    /** Adds what happened in other worlds. */
    public synchronized void add(Tally other) {
        for (int i = 0; i < counts.length; i++) {
            counts[i] += other.counts[i];
        }
        loss.note(other.loss);
        shift.note(other.shift);
    }

    /** All counts, one in a line. */
    public String table() {
        StringBuilder text = new StringBuilder();
        for (Kind kind : Kind.values()) {
            text.append(String.format("  %,14d  %s%s%n", of(kind), kind.fault ? "fault: " : "", kind.label));
        }
        return text.toString();
    }
}
