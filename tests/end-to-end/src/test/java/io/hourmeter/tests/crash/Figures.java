package io.hourmeter.tests.crash;

import io.hourmeter.tests.crash.ActivityLog.End;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;

/** What is printed in the end, and everything that went wrong. Thread-safe. */
final class Figures {

    /** What the load generator counts. */
    enum Count {
        CREATED,
        CREDITED,
        DEBITED,
        REPORTED,
        /** Calls without an answer, which were sent again. */
        UNKNOWN,
        LOST,
        TWICE,
        /** Licenses that every node served after the last kill. */
        HEALED,
        AUDITED,
        LEASES,
        /** Leases that no restarted node found in its journal. */
        LAPSED
    }

    /** Enough to see what kind of fault it is. */
    private static final int MOST_WRONG = 50;

    private final Map<End, LongAdder> requests = new EnumMap<>(End.class);
    private final Map<Count, LongAdder> counts = new EnumMap<>(Count.class);
    private final Bill bill = new Bill();
    private final ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();

    Figures() {
        for (End end : End.values()) {
            requests.put(end, new LongAdder());
        }
        for (Count count : Count.values()) {
            counts.put(count, new LongAdder());
        }
    }

    void request(End end) {
        requests.get(end).increment();
    }

    void count(Count count) {
        add(count, 1);
    }

    void add(Count count, long number) {
        counts.get(count).add(number);
    }

    long counted(Count count) {
        return counts.get(count).sum();
    }

    void lost(String what) {
        count(Count.LOST);
        wrong("lost: " + what);
    }

    void twice(String what) {
        count(Count.TWICE);
        wrong("twice: " + what);
    }

    void wrong(String what) {
        if (wrong.size() < MOST_WRONG) {
            wrong.add(what);
        }
    }

    /** What was billed for the licenses that never ran out. */
    Bill bill() {
        return bill;
    }

    List<String> allWrong() {
        return List.copyOf(wrong);
    }

    String text(Cluster cluster, long seconds) {
        return String.join(
                "\n",
                "  kills           license server " + cluster.serverOutages().size() + ", node " + cluster.nodeKills()
                        + "; of these both at once " + cluster.killedBoth(),
                "  requests        "
                        + requests.values().stream().mapToLong(LongAdder::sum).sum() + ": served "
                        + requests.get(End.SERVED) + ", 402 " + requests.get(End.USED_UP) + ", documented 503 "
                        + requests.get(End.UNAVAILABLE) + ", cut by a kill " + requests.get(End.CUT) + ", node dead "
                        + requests.get(End.NOT_REACHED) + ", anything else " + requests.get(End.STRANGE),
                "  acknowledged    creations " + counts.get(Count.CREATED) + ", credits " + counts.get(Count.CREDITED)
                        + ", deductions " + counts.get(Count.DEBITED) + ", usage reports "
                        + counts.get(Count.REPORTED) + "; sent again, outcome unknown "
                        + counts.get(Count.UNKNOWN),
                "  lost            " + counts.get(Count.LOST),
                "  twice           " + counts.get(Count.TWICE),
                bill.toString(),
                "  leases          " + counts.get(Count.LEASES) + ", of these left to lapse by a kill "
                        + counts.get(Count.LAPSED),
                "  after healing   licenses served by every node " + counts.get(Count.HEALED),
                "  audits          clean " + counts.get(Count.AUDITED),
                "  seconds         " + seconds);
    }
}
