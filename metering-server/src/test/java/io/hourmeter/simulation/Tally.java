package io.hourmeter.simulation;

/** Counts of what happened in one world, or in many. Not thread-safe. */
public final class Tally {

    private final long[] counts = new long[Kind.values().length];
    private long lossMillis;
    private long lossAllowedMillis;
    private long shiftMillis;
    private long shiftAllowedMillis;

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
        if (lossAllowedMillis == 0 || millis * lossAllowedMillis > lossMillis * allowedMillis) {
            lossMillis = millis;
            lossAllowedMillis = allowedMillis;
        }
    }

    /** The largest loss by a crash, measured by what was allowed. */
    public String largestLoss() {
        return String.format("%,d ms of %,d ms", lossMillis, lossAllowedMillis);
    }

    /** Clocks that drift, or messages that take their time, moved a bill by so much; that much was allowed. */
    public void shift(long millis, long allowedMillis) {
        if (shiftAllowedMillis == 0 || millis * shiftAllowedMillis > shiftMillis * allowedMillis) {
            shiftMillis = millis;
            shiftAllowedMillis = allowedMillis;
        }
    }

    /** The largest such deviation, measured by what was allowed. */
    public String largestShift() {
        return String.format("%,d ms of %,d ms", shiftMillis, shiftAllowedMillis);
    }

    /** Adds what happened in other worlds. */
    public synchronized void add(Tally other) {
        for (int i = 0; i < counts.length; i++) {
            counts[i] += other.counts[i];
        }
        if (other.lossAllowedMillis > 0) {
            loss(other.lossMillis, other.lossAllowedMillis);
        }
        if (other.shiftAllowedMillis > 0) {
            shift(other.shiftMillis, other.shiftAllowedMillis);
        }
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
