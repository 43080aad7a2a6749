package io.hourmeter.usage.node;

/** Bounds that follow from the size of the heap. */
final class Bounds {

    /** What a session takes that is billed by itself, its license and its lease included; measured and rounded up. */
    private static final long SESSION_BYTES = 1_040;

    /** Sessions take at most this part of the heap: the rest is the application's. */
    private static final long PART_OF_HEAP = 4;

    private static final long LEAST = 10_000;
    private static final long MOST = 2_000_000;

    /** Sessions on this node at once: a million in 4 GiB. Only licenses that the server has confirmed have any. */
    static final int SESSIONS = sessions(Runtime.getRuntime().maxMemory());

    private Bounds() {}

    /** Sessions that a heap of so many bytes has room for. */
    static int sessions(long heapBytes) {
        return (int) Math.min(Math.max(heapBytes / PART_OF_HEAP / SESSION_BYTES, LEAST), MOST);
    }
}
