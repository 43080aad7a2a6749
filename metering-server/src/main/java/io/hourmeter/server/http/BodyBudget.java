package io.hourmeter.server.http;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the bodies of all requests may take of the memory together, from their first byte until they are answered. Thread-safe.
 *
 * <p>When it is spent, bodies that are still arriving are given up: those of strangers first, then the largest, so that the
 * small ones that customers send are read whatever others do. The bytes themselves are kept here, so that those of a body
 * that is given up are gone at once, and not only when its reader has been woken: until then many more could arrive than
 * there is memory for.
 */
final class BodyBudget {

    /** Sixteen of the largest bodies, or some sixty full usage messages. */
    static final int MOST_BYTES = 16 * 1024 * 1024;

    private static final int SMALLEST_BUFFER = 1024;

    private static final byte[] NOTHING = new byte[0];

    private final int mostBytes;

    // Guarded by this.
    private final Set<Share> arriving = new HashSet<>();
    private long bytes;
    private long refused;
    private long abandoned;

    BodyBudget() {
        this(MOST_BYTES);
    }

    BodyBudget(int mostBytes) {
        this.mostBytes = mostBytes;
    }

    /** What one body has of the budget. Its methods may be called by any thread. */
    final class Share {

        private final boolean stranger;
        private final Runnable giveUp;

        // Guarded by the budget.
        private byte[] buffer = NOTHING;
        private int length;
        private long held;
        private boolean over;

        private Share(boolean stranger, Runnable giveUp) {
            this.stranger = stranger;
            this.giveUp = giveUp;
        }

        /**
         * Keeps what has come.
         *
         * @param bytes the next ones
         * @param announced how many it says it has in all; less than it has, or negative, when it did not say
         * @return false when this body has to be given up, now or before
         */
        boolean add(ByteBuffer bytes, long announced) {
            return BodyBudget.this.add(this, bytes, announced);
        }

        /**
         * The whole body is there: it is not given up any more, but still takes its room.
         *
         * @return its bytes; null when it was given up before
         */
        byte @Nullable [] arrived() {
            synchronized (BodyBudget.this) {
                if (over) {
                    return null;
                }
                arriving.remove(this);
                return length == buffer.length ? buffer : Arrays.copyOf(buffer, length);
            }
        }

        /** It does not come, or not in time. */
        void abandon() {
            synchronized (BodyBudget.this) {
                abandoned++;
                drop(this);
            }
        }

        /** The body is not needed any more. Idempotent. */
        void release() {
            synchronized (BodyBudget.this) {
                drop(this);
            }
        }
    }

    /**
     * Begins with a body.
     *
     * @param stranger whether nothing but the body itself speaks for whoever sends it
     * @param giveUp called at most once, by another body's thread and outside all locks, when this one has to go
     */
    Share open(boolean stranger, Runnable giveUp) {
        Share share = new Share(stranger, giveUp);
        synchronized (this) {
            arriving.add(share);
        }
        return share;
    }

    private boolean add(Share share, ByteBuffer more, long announced) {
        Set<Share> victims = new HashSet<>();
        synchronized (this) {
            if (share.over) {
                return false;
            }
            int least = share.length + more.remaining();
            if (least > share.buffer.length) {
                int size = size(share.buffer.length, least, announced);
                bytes += size - share.held;
                share.held = size;
                while (bytes > mostBytes && !arriving.isEmpty()) {
                    Share victim = leastWorth();
                    drop(victim);
                    victims.add(victim);
                    refused++;
                }
                if (!share.over) {
                    share.buffer = Arrays.copyOf(share.buffer, size);
                }
            }
            if (!share.over) {
                more.get(share.buffer, share.length, more.remaining());
                share.length = least;
            }
        }
        boolean mine = victims.remove(share);
        victims.forEach(victim -> victim.giveUp.run());
        return !mine;
    }

    /** Grows by doubling, and not beyond what was announced. A promise alone takes no room. */
    private static int size(int now, int least, long announced) {
        int size = Math.max(Math.max(least, SMALLEST_BUFFER), Math.min(2 * now, BodyReader.MAX_BODY));
        return announced >= least ? (int) Math.min(size, announced) : size;
    }

    /** Only called while something is arriving. */
    private Share leastWorth() {
        Share least = arriving.iterator().next();
        for (Share each : arriving) {
            boolean less = each.stranger == least.stranger ? each.held > least.held : each.stranger;
            least = less ? each : least;
        }
        return least;
    }

    private void drop(Share share) {
        arriving.remove(share);
        bytes -= share.held;
        share.held = 0;
        share.buffer = NOTHING;
        share.length = 0;
        share.over = true;
    }

    /** What all bodies take at the moment. */
    synchronized long bytes() {
        return bytes;
    }

    /** Bodies whose last byte has not come yet. */
    synchronized int arriving() {
        return arriving.size();
    }

    /** Bodies that were given up for the lack of room. */
    synchronized long refused() {
        return refused;
    }

    /** Bodies that did not come in time, or whose sender left. */
    synchronized long abandoned() {
        return abandoned;
    }
}
