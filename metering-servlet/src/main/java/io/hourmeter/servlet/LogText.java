package io.hourmeter.servlet;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** What keeps a request from writing the log: its texts are cleaned, and it cannot cause more than so many lines. */
final class LogText {

    /** Longest text of a request that a log line repeats: enough to find the place, too little to fill a disk. */
    private static final int MAX_LENGTH = 120;

    private LogText() {}

    /**
     * A text of the request in a form that cannot end the line, colour a terminal or turn the reading direction.
     *
     * @param text anything
     * @return at most 120 characters of visible ASCII, the rest replaced
     */
    static String clean(String text) {
        StringBuilder clean = new StringBuilder(Math.min(text.length(), MAX_LENGTH));
        for (int i = 0; i < text.length() && i < MAX_LENGTH; i++) {
            char c = text.charAt(i);
            clean.append(c > ' ' && c < 0x7f ? c : '?');
        }
        return text.length() > MAX_LENGTH ? clean.append("...").toString() : clean.toString();
    }

    /** Lets one line through per period and counts what it holds back. Thread-safe. */
    static final class Limit {

        private final long periodNanos;
        private final LongSupplier nanoTime;
        private final AtomicLong next;
        private final AtomicLong heldBack = new AtomicLong();

        Limit(Duration period, LongSupplier nanoTime) {
            this.periodNanos = period.toNanos();
            this.nanoTime = nanoTime;
            this.next = new AtomicLong(nanoTime.getAsLong());
        }

        /**
         * Whether to log now.
         *
         * @return -1 for no, else how many lines were held back since the last one
         */
        long admit() {
            long now = nanoTime.getAsLong();
            long due = next.get();
            if (now - due >= 0 && next.compareAndSet(due, now + periodNanos)) {
                return heldBack.getAndSet(0);
            }
            heldBack.incrementAndGet();
            return -1;
        }
    }
}
