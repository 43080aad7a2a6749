package io.hourmeter.tests.crash;

import io.hourmeter.tests.crash.Intervals.Span;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the load generator saw of one license: every request, from before it was sent to after its last byte. Thread-safe. */
final class ActivityLog {

    /** How a request ended, as its client saw it. */
    enum End {
        /** 200, to the last byte. */
        SERVED,
        /** 402. */
        USED_UP,
        /** 503 with one of the documented codes. */
        UNAVAILABLE,
        /** Its node was killed meanwhile. */
        CUT,
        /** Its node was dead. */
        NOT_REACHED,
        /** Anything else: none of these may happen. */
        STRANGE
    }

    /**
     * One request.
     *
     * @param node who was asked
     * @param from before anything was sent
     * @param begun when the answer began, {@link #NEVER} if it did not
     * @param to after the last byte of the answer, or the failure
     * @param lasted how long it takes the application at least, once it has begun
     */
    record Request(int node, long from, long begun, long to, long lasted, End end) {

        /** The latest moment at which it can have arrived; only where it was answered. */
        private long arrived() {
            return Math.min(begun, to - lasted);
        }
    }

    static final long NEVER = -1;

    private final List<Request> requests = new ArrayList<>();

    synchronized void add(Request request) {
        requests.add(request);
    }

    synchronized List<Request> requests() {
        return List.copyOf(requests);
    }

    /** All time in which the license may have been in use. */
    Intervals atMost(long pause) {
        return Intervals.of(mayHaveRun(-1), pause, List.of());
    }

    /** What would be billed at most if each node's time were billed for itself. */
    long summedOverNodes(long pause) {
        long sum = 0;
        for (int node = 0; node < Cluster.NODES; node++) {
            sum += Intervals.of(mayHaveRun(node), pause, List.of()).millis();
        }
        return sum;
    }

    private List<Span> mayHaveRun(int node) {
        List<Span> spans = new ArrayList<>();
        for (Request request : requests()) {
            boolean ran = request.end() == End.SERVED || request.end() == End.CUT;
            if (ran && (node < 0 || node == request.node())) {
                spans.add(new Span(request.from(), request.to()));
            }
        }
        return spans;
    }

    /**
     * The time in which the license certainly was in use and is to be billed. A request may have been on its way for a while
     * at both ends: it certainly ran from the latest moment at which it can have arrived to the earliest one at which it can
     * have ended. One that was cut by the death of its node ran until then if its answer had begun. What a node that refuses
     * without the license server lets run to its end beyond its authorization is not billed; it is left out with all that
     * ran near an outage of that length.
     *
     * @param lostMillis what a killed node may lose: what it served so long before its death is left out
     */
    Intervals atLeast(long pause, long lostMillis, Cluster cluster) {
        List<Span> spans = new ArrayList<>();
        List<Span> refusals = new ArrayList<>();
        for (Request request : requests()) {
            boolean billed = request.node() != Cluster.DENYING || !nearLongOutage(request, cluster);
            Span certain = null;
            switch (request.end()) {
                case SERVED -> certain = new Span(request.arrived(), request.from() + request.lasted());
                case CUT ->
                    certain = request.begun() == NEVER ? null : new Span(request.begun(), killedIn(request, cluster));
                case USED_UP, UNAVAILABLE -> refusals.add(new Span(request.from(), request.to()));
                case NOT_REACHED, STRANGE -> {}
            }
            if (billed && certain != null) {
                Span left = survived(certain, lostMillis, cluster.nodeKills(request.node()));
                if (left != null) {
                    spans.add(left);
                }
            }
        }
        return Intervals.of(spans, pause, refusals);
    }

    /** What is left when a node forgets what it served last; null for nothing. */
    private static @Nullable Span survived(Span certain, long lostMillis, List<Long> kills) {
        Span left = certain;
        for (long killed : kills) {
            long kept = killed - lostMillis;
            if (left.from() > kept && left.from() <= killed) {
                return null;
            }
            if (left.from() <= kept && left.to() > kept) {
                left = new Span(left.from(), kept);
            }
        }
        return left;
    }

    private static long killedIn(Request request, Cluster cluster) {
        for (long killed : cluster.nodeKills(request.node())) {
            if (killed >= request.from() && killed <= request.to()) {
                return killed;
            }
        }
        return request.from();
    }

    private static boolean nearLongOutage(Request request, Cluster cluster) {
        // Renewed each interval, give or take a tenth, so an authorization reaches at least so far from any moment.
        long harmless = Cluster.LEASE_MILLIS - Cluster.CHECK_MILLIS * 11 / 10 - Cluster.TIMEOUT_MILLIS;
        for (Span outage : cluster.serverOutages()) {
            boolean near = request.to() > outage.from() && request.from() < outage.to() + Verdict.BACK_MILLIS;
            if (near && outage.to() + Verdict.BACK_MILLIS - outage.from() > harmless) {
                return true;
            }
        }
        return false;
    }

    /** How many leases of this license may have died with their nodes. */
    int crashedLeases(Cluster cluster) {
        int crashed = 0;
        for (int node = 0; node < Cluster.NODES; node++) {
            for (long killed : cluster.nodeKills(node)) {
                if (usedShortlyBefore(node, killed)) {
                    crashed++;
                }
            }
        }
        return crashed;
    }

    private boolean usedShortlyBefore(int node, long killed) {
        long ended = killed - Cluster.GAP_MILLIS - Verdict.CLOSED_MILLIS;
        return requests().stream()
                .filter(request -> request.end() == End.SERVED || request.end() == End.CUT)
                .anyMatch(request -> request.node() == node && request.from() <= killed && request.to() >= ended);
    }
}
