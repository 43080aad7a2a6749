package io.hourmeter.tests.simulation;

import io.hourmeter.Billing;
import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import io.hourmeter.server.simulation.Kind;
import io.hourmeter.usage.node.ActiveSession;
import io.hourmeter.usage.node.Arrival;
import io.hourmeter.usage.node.HotSessions;
import io.hourmeter.usage.node.NodeProbe;
import io.hourmeter.usage.node.PendingLease;
import io.hourmeter.usage.node.RunningRequest;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The requests of one application process: those that wait for a lease, and those that run. */
final class Requests {

    /** A request that waits for a lease. */
    private record Waiter(PendingLease pending, Customers.Visit visit, long arrived, long stoodStillBefore) {}

    /** A request that runs. */
    private final class Running {
        final RunningRequest use;
        final ScopeTruth truth;
        final Customers.Visit visit;
        final long start;
        final long stoodStillBefore;

        Running(RunningRequest use, ScopeTruth truth, Customers.Visit visit, long start, long stoodStillBefore) {
            this.stoodStillBefore = stoodStillBefore;
            this.use = use;
            this.truth = truth;
            this.visit = visit;
            this.start = start;
        }
    }

    private final World world;
    private final SimNode node;
    private final NodeProcess process;
    private final HotSessions hot;
    private final List<Waiter> waiters = new ArrayList<>();
    private final List<Running> running = new ArrayList<>();
    /** Every session that was ever served. */
    private final Map<NodeProbe.OneSession, ScopeTruth> served = new LinkedHashMap<>();

    Requests(NodeProcess process, SimNode node, HotSessions hot) {
        this.world = node.world;
        this.node = node;
        this.process = process;
        this.hot = hot;
    }

    /** A request arrives. */
    void arrive(Customers.Visit visit) {
        if (node.stopped()) {
            return;
        }
        world.tally.count(Kind.REQUEST);
        long now = process.now();
        LicenseRef named = visit.named();
        String spelling = named instanceof LicenseKey key ? key.text() : null;
        ActiveSession admitted = spelling == null
                ? hot.admit(visit.license(), visit.session(), now)
                : hot.admit(spelling, visit.session(), now);
        if (admitted != null) {
            started(visit, new RunningRequest(admitted, now), now, node.stoodStillMillis());
            process.pump();
            return;
        }
        world.mutant.beforeArrival(process, visit.credential(), scopeOf(visit.session()));
        Arrival arrival = process.core.arrive(named, spelling, visit.session(), address(visit), now);
        if (arrival instanceof Arrival.Waiting waiting) {
            Waiter waiter = new Waiter(waiting.pending(), visit, now, node.stoodStillMillis());
            waiters.add(waiter);
            process.later(world.plan.settings().timeoutMillis(), () -> timedOut(waiter));
        } else if (arrival instanceof Arrival.Rejected rejected) {
            refused(visit, rejected, false);
        } else {
            started(
                    visit,
                    new RunningRequest(((Arrival.Entered) arrival).session(), now),
                    now,
                    node.stoodStillMillis());
        }
        process.pump();
    }

    /** A few customers share each address. */
    private static String address(Customers.Visit visit) {
        return "192.0.2." + Math.floorMod(visit.license().hashCode(), 4);
    }

    private String scopeOf(@Nullable String session) {
        return world.plan.settings().billing() == Billing.LICENSE || session == null ? "" : session;
    }

    private void timedOut(Waiter waiter) {
        if (waiters.contains(waiter)) {
            process.core.timedOut(waiter.pending, process.now());
            process.pump();
        }
    }

    /** What a request is told of what is left is what it would be if all that is known were looked at. */
    void checkWhatIsTold() {
        long now = process.now();
        for (Running one : running) {
            NodeProbe.OneSession session = NodeProbe.session(one.use);
            long told = session.toldMillis(now);
            long looked = session.knownMillis(now);
            if (told != looked) {
                throw new AssertionError(process.name + " tells a request of " + session.masked() + " that " + told
                        + " ms are left and not " + looked);
            }
        }
    }

    /** Lets go the requests that have waited long enough. */
    void letIn() {
        boolean some = false;
        for (Iterator<Waiter> i = waiters.iterator(); i.hasNext(); ) {
            Waiter waiter = i.next();
            if (!waiter.pending.result().isDone()) {
                continue;
            }
            i.remove();
            some = true;
            Optional<Arrival.Rejected> refused = waiter.pending.result().join();
            if (refused.isPresent()) {
                refused(waiter.visit, refused.get(), true);
            } else {
                started(
                        waiter.visit,
                        new RunningRequest(waiter.pending.session(), waiter.arrived),
                        waiter.arrived,
                        waiter.stoodStillBefore);
            }
        }
        if (some) {
            process.pump();
        }
    }

    private void started(Customers.Visit visit, RunningRequest use, long arrived, long stoodStillBefore) {
        NodeProbe.OneSession session = NodeProbe.session(use);
        world.tally.count(Kind.SERVED);
        ScopeTruth scope = process.scope(visit.credential(), session.scope());
        served.put(session, scope);
        if (visit.named() instanceof LicenseId) {
            world.tally.count(Kind.SERVED_BY_ID);
        }
        if (process.truth.beside(scope).stream().anyMatch(other -> other.entitled(process.now()))) {
            world.tally.count(Kind.SERVED_BESIDE);
        }
        NodeProbe.OneLease lease = session.lease();
        if (lease != null && world.lease(lease.id()) == null) {
            world.noteLease(scope.lease(lease.id(), lease.start(), lease.bridge(), process.now()));
        }
        if (lease != null) {
            scope.serving(world.lease(lease.id()));
        }
        if (session.minimumAt() != Long.MIN_VALUE) {
            scope.tolerated(
                    session.minimumAt() - world.plan.settings().minimumMillis() * SimNode.MILLI, session.minimumAt());
        }
        if (process.truth.served(scope, session.deadline(), process.now())) {
            world.tally.count(Kind.SERVED_OFFLINE);
        } else if (scope.entitled(process.now())) {
            world.workload.served(visit, node, process.now());
        }
        Running one = new Running(use, scope, visit, arrived, stoodStillBefore);
        running.add(one);
        world.trace.say(process.name, () -> "serves " + visit + " in session " + TraceText.shortOf(use.sessionId()));
        world.customers.served(visit, use.sessionId());
        if (!visit.endless()) {
            process.later(visit.millis(), () -> end(one));
        }
    }

    private void end(Running one) {
        if (running.remove(one)) {
            one.use.end(process.now());
            finished(one, process.now());
            process.pump();
        }
    }

    private void finished(Running one, long now) {
        long limit = world.plan.settings().requestLimitMillis() * SimNode.MILLI;
        long cut = one.start + limit;
        one.truth.active(one.start, Math.min(now, cut));
        if (now > cut) {
            // The limit is looked at once a second, and not while the process stands still; whoever comes before then
            // still finds this request running.
            long late = NodeProcess.TICK + node.stoodStillMillis() - one.stoodStillBefore;
            one.truth.tolerated(cut, cut + late * (SimNode.MILLI + SimNode.MILLI / 1_000));
        }
        world.customers.ended(one.visit, one.use.sessionId());
    }

    private void refused(Customers.Visit visit, Arrival.Rejected answer, boolean asked) {
        boolean byServer = asked && answer.reason() != ErrorCode.LICENSE_SERVER_UNAVAILABLE;
        world.tally.count(byServer ? Kind.REFUSED_BY_SERVER : Kind.REFUSED_BY_NODE);
        world.trace.say(
                process.name,
                () -> "refuses " + visit + ": " + answer.reason() + (byServer ? ", said by the server" : ""));
        boolean known = world.plan.settings().billing() == Billing.LICENSE || visit.session() != null;
        if (!byServer && known) {
            process.scope(visit.credential(), scopeOf(visit.session())).refusedHere(process.now());
        }
        world.customers.refused(visit, byServer, asked);
    }

    /** Whatever may be served now may be served by right, whether or not anybody comes. */
    void watch() {
        served.forEach((session, scope) -> {
            if (session.lease() != null && process.now() < session.deadline()) {
                process.truth.served(scope, session.deadline(), process.now());
            }
        });
    }

    /** Requests that would never end are broken off. */
    void endEndless() {
        List.copyOf(running).stream().filter(one -> one.visit.endless()).forEach(this::end);
    }

    /** The process dies: whoever waits gets no answer, what runs breaks off. */
    void breakOff() {
        running.forEach(one -> finished(one, process.now()));
        running.clear();
        waiters.clear();
    }

    int count() {
        return running.size();
    }

    /** For a mutant: the outage policy begins anew. */
    void forgetGrace(String credential) {
        for (Running one : running) {
            NodeProbe.session(one.use).forgetGrace();
        }
        for (NodeProbe.OneSession session : served.keySet()) {
            if (session.credential().equals(credential)) {
                session.forgetGrace();
            }
        }
    }
}
