package io.hourmeter.server.simulation;

import java.util.PriorityQueue;

/**
 * Virtual time, in milliseconds, and what is going to happen in it: one thing after the other, things of one moment in
 * the order in which they were noted. All of a simulated world runs on the thread that calls {@link #runUntil}.
 */
public final class Agenda {

    private record Entry(long at, long serial, Runnable action) implements Comparable<Entry> {

        @Override
        public int compareTo(Entry other) {
            return at != other.at ? Long.compare(at, other.at) : Long.compare(serial, other.serial);
        }
    }

    private final PriorityQueue<Entry> entries = new PriorityQueue<>();
    private long now;
    private long serial;

    /** Begins at a moment. */
    public Agenda(long now) {
        this.now = now;
    }

    /** The present. */
    public long now() {
        return now;
    }

    /** Notes something for a moment, or for the present if that is over. */
    public void at(long moment, Runnable action) {
        entries.add(new Entry(Math.max(moment, now), serial++, action));
    }

    /** Notes something for so much later. */
    public void in(long millis, Runnable action) {
        at(now + millis, action);
    }

    /** Lets time pass, everything happening in its turn. */
    public void runUntil(long end) {
        for (Entry next = entries.peek(); next != null && next.at <= end; next = entries.peek()) {
            entries.remove();
            now = next.at;
            next.action.run();
        }
        now = Math.max(now, end);
    }
}
