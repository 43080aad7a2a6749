package io.hourmeter.usage.node;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which pending leases are under way at the license server, and which wait for their turn. Owned by {@link NodeCore}; pure like it.
 *
 * <p>Anybody can make this node ask about random keys, and each question occupies the server, a thread and memory. So only
 * {@link #MOST} are under way at once, and that is shared:
 *
 * <ul>
 *   <li>Licenses that this node has seen good come first, and {@link #KEPT} places are for them alone.
 *   <li>Of the other keys ("strangers") no address has more than {@link #MOST_OF_ADDRESS} under way. Those that wait have
 *       their turn by address, one after the other, and within an address in the order of their arrival.
 *   <li>As many wait as will be asked within {@link #PATIENCE}, as fast as the server answers at present, and never more than
 *       {@link #MOST_WAITING}: a server that is slow must not collect the threads of the application. When there is no room,
 *       the address with the most waiting makes it.
 * </ul>
 */
final class PendingLeases {

    /** Under way at once. */
    static final int MOST = 64;

    /** Of these, for licenses that this node has seen good. */
    static final int KEPT = 16;

    /** Strangers of one address under way at once. */
    static final int MOST_OF_ADDRESS = 24;

    /** That wait for their turn. */
    static final int MOST_WAITING = 512;

    /** The longest that a pending lease should wait for its turn. */
    static final long PATIENCE = MILLISECONDS.toNanos(500);

    /** A new duration counts by one part in so many. */
    private static final int INERTIA = 8;

    private final Deque<PendingLease> again = new ArrayDeque<>();
    private final Deque<PendingLease> known = new ArrayDeque<>();
    /** By address; whose turn it is comes first. No queue is empty. */
    private final LinkedHashMap<String, Deque<PendingLease>> strangers = new LinkedHashMap<>();

    private final Map<String, Integer> underWayOfAddress = new HashMap<>();
    private int strangersUnderWay;
    private int underWay;
    private int waiting;
    private long usual;
    private long refused;

    /**
     * Whether there is room for one more.
     *
     * @param good whether this node has seen the license good
     * @param address empty where it is not known
     */
    boolean hasRoom(boolean good, String address) {
        return mayGo(good, address) || waiting < room() || (good ? !strangers.isEmpty() : mayPushOut(address));
    }

    private boolean mayGo(boolean good, String address) {
        if (good) {
            return known.isEmpty() && underWay < MOST;
        }
        return strangers.isEmpty() && mayGo(address);
    }

    private boolean mayGo(String address) {
        return underWay < MOST
                && strangersUnderWay < MOST - KEPT
                && (address.isEmpty() || underWayOfAddress.getOrDefault(address, 0) < MOST_OF_ADDRESS);
    }

    private int room() {
        return usual <= 0 ? MOST_WAITING : (int) Math.min(MOST_WAITING, MOST * PATIENCE / usual);
    }

    /** Only for an address with fewer waiting, also when this one is counted. */
    private boolean mayPushOut(String address) {
        Deque<PendingLease> own = strangers.get(address);
        int most = own == null ? 0 : own.size();
        for (Deque<PendingLease> each : strangers.values()) {
            if (each.size() > most + 1) {
                return true;
            }
        }
        return false;
    }

    /**
     * Takes a pending lease in, for which there {@linkplain #hasRoom is room}.
     *
     * @return another one that has to make room for it, and is to be refused; null for none
     */
    @Nullable PendingLease add(PendingLease pending) {
        @Nullable PendingLease pushedOut = null;
        if (!mayGo(pending.good, pending.address) && waiting >= room()) {
            pushedOut = lastOfLongest();
        }
        pending.place = PendingLease.Place.WAITING;
        waiting++;
        if (pending.good) {
            known.add(pending);
        } else {
            strangers
                    .computeIfAbsent(pending.address, any -> new ArrayDeque<>())
                    .add(pending);
        }
        return pushedOut;
    }

    private @Nullable PendingLease lastOfLongest() {
        @Nullable Deque<PendingLease> longest = null;
        for (Deque<PendingLease> each : strangers.values()) {
            longest = longest == null || each.size() > longest.size() ? each : longest;
        }
        return longest == null ? null : longest.peekLast();
    }

    /** Asks once more about one that is under way. */
    void askAgain(PendingLease pending) {
        again.add(pending);
    }

    /** The next that is to be asked now, or null. */
    @Nullable PendingLease next() {
        PendingLease next = again.poll();
        if (next != null) {
            return next;
        }
        next = underWay < MOST ? known.poll() : null;
        if (next == null) {
            next = nextStranger();
        }
        if (next != null) {
            waiting--;
            begin(next);
        }
        return next;
    }

    private @Nullable PendingLease nextStranger() {
        for (Iterator<Map.Entry<String, Deque<PendingLease>>> i =
                        strangers.entrySet().iterator();
                i.hasNext(); ) {
            Map.Entry<String, Deque<PendingLease>> entry = i.next();
            String address = entry.getKey();
            if (mayGo(address)) {
                Deque<PendingLease> queue = entry.getValue();
                PendingLease next = queue.remove();
                i.remove();
                if (!queue.isEmpty()) {
                    strangers.put(address, queue);
                }
                return next;
            }
        }
        return null;
    }

    /** Counts one as under way, whether or not there is room: of a session that is there already. */
    void begin(PendingLease pending) {
        pending.place = PendingLease.Place.UNDER_WAY;
        underWay++;
        if (!pending.good) {
            strangersUnderWay++;
            underWayOfAddress.merge(pending.address, 1, Integer::sum);
        }
    }

    /** One is over, whatever became of it. */
    void end(PendingLease pending) {
        switch (pending.place) {
            case NONE -> {}
            case WAITING -> {
                waiting--;
                if (pending.good) {
                    known.remove(pending);
                } else {
                    Deque<PendingLease> queue = strangers.get(pending.address);
                    if (queue != null && queue.remove(pending) && queue.isEmpty()) {
                        strangers.remove(pending.address);
                    }
                }
            }
            case UNDER_WAY -> {
                underWay--;
                if (!pending.good) {
                    strangersUnderWay--;
                    underWayOfAddress.computeIfPresent(pending.address, (any, count) -> count > 1 ? count - 1 : null);
                }
            }
        }
        pending.place = PendingLease.Place.NONE;
    }

    /** One that waits, or null. */
    @Nullable PendingLease anyWaiting() {
        return !known.isEmpty()
                ? known.peek()
                : strangers.isEmpty()
                        ? null
                        : strangers.values().iterator().next().peek();
    }

    /** How long an answer took, or that there was none for so long. */
    void took(long nanos) {
        usual += (nanos - usual) / INERTIA;
    }

    /** One was refused for want of room. */
    void countRefused() {
        refused++;
    }

    int underWay() {
        return underWay;
    }

    int waiting() {
        return waiting;
    }

    long refused() {
        return refused;
    }
}
