package io.hourmeter.usage.node;

import io.hourmeter.Billing;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import io.hourmeter.LicenseServerException;
import io.hourmeter.OutagePolicy;
import io.hourmeter.UsageAnswers;
import io.hourmeter.usage.Admission;
import io.hourmeter.usage.Admissions;
import io.hourmeter.usage.Granted;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** A node in virtual time on a model server: no threads, no waiting, calls take no time unless a test says otherwise. */
public final class VirtualNode {

    public static final long SECOND = 1_000;
    public static final long MINUTE = 60 * SECOND;
    public static final long HOUR = 60 * MINUTE;

    private static final long TICK = SECOND * VirtualTicker.NANOS_PER_MILLI;

    public final VirtualTicker ticker;
    public final ModelServer server;
    public final NodeSettings settings;
    public final Admissions admissions;
    final NodeHub hub;
    final HotSessions hot;
    public final NodeCore core;
    public final List<TrackerEvent> events = new ArrayList<>();
    private long nextTick;
    /** Messages that were sent and are kept back while {@link #slow} is set. */
    final List<SyncRequest> onTheWay = new ArrayList<>();

    /** The server gets what is sent, but its answers stay away until {@link #deliver}. */
    public boolean slow;

    public VirtualNode(VirtualTicker ticker, ModelServer server, NodeSettings settings, long seed) {
        this.ticker = ticker;
        this.server = server;
        this.settings = settings;
        this.admissions = new Admissions(ticker);
        this.hub = new NodeHub(settings.gapMillis(), Optional.of(() -> {}));
        this.hot = new HotSessions(settings.billing());
        this.core = new NodeCore(settings, hub, hot, "node-" + seed, new SplittableRandom(seed));
        core.tick(ticker.nanos(), ticker.wallMillis());
        this.nextTick = ticker.nanos() + TICK;
    }

    /** Settings as in production, billing per license, no grace lower than what a test asks. */
    public static NodeSettings settings() {
        return new NodeSettings(
                Billing.LICENSE,
                5 * MINUTE,
                5 * MINUTE,
                0,
                15 * MINUTE,
                HOUR,
                2 * SECOND,
                OutagePolicy.ALLOW,
                10 * MINUTE,
                List.of(HOUR, 10 * MINUTE));
    }

    public static NodeSettings with(NodeSettings base, Billing billing) {
        return new NodeSettings(
                billing,
                base.intervalMillis(),
                base.gapMillis(),
                base.minimumMillis(),
                base.leaseMillis(),
                base.requestLimitMillis(),
                base.timeoutMillis(),
                base.policy(),
                base.graceMillis(),
                base.lowMillis());
    }

    public static NodeSettings with(NodeSettings base, OutagePolicy policy, long graceMillis) {
        return new NodeSettings(
                base.billing(),
                base.intervalMillis(),
                base.gapMillis(),
                base.minimumMillis(),
                base.leaseMillis(),
                base.requestLimitMillis(),
                base.timeoutMillis(),
                policy,
                graceMillis,
                base.lowMillis());
    }

    public static NodeSettings withMinimum(NodeSettings base, long minimumMillis) {
        return new NodeSettings(
                base.billing(),
                base.intervalMillis(),
                base.gapMillis(),
                minimumMillis,
                base.leaseMillis(),
                base.requestLimitMillis(),
                base.timeoutMillis(),
                base.policy(),
                base.graceMillis(),
                base.lowMillis());
    }

    public Admission admit(String key) {
        return admit(key, null);
    }

    /** What a request gets. It waits for its answer, but in no time; with a slow server it times out at once. */
    public Admission admit(String key, @Nullable String session) {
        ActiveSession admitted = hot.admit(key, session, ticker.nanos());
        return admitted != null
                ? admissions.granted(admitted, ticker.nanos())
                : arrive(LicenseKey.of(key), key, session);
    }

    /** The same where the application names the license by its id. */
    public Admission admit(LicenseId id, @Nullable String session) {
        ActiveSession admitted = hot.admit(id, session, ticker.nanos());
        return admitted != null ? admissions.granted(admitted, ticker.nanos()) : arrive(id, null, session);
    }

    private Admission arrive(LicenseRef license, @Nullable String spelling, @Nullable String session) {
        long now = ticker.nanos();
        Arrival arrival = core.arrive(license, spelling, session, "", now);
        if (arrival instanceof Arrival.Waiting waiting) {
            pump();
            return outcome(waiting.pending(), now);
        }
        pump();
        if (arrival instanceof Arrival.Rejected rejected) {
            return admissions.refused(rejected);
        }
        return admissions.granted(((Arrival.Entered) arrival).session(), now);
    }

    private Admission outcome(PendingLease pending, long arrived) {
        if (!pending.result.isDone()) {
            core.timedOut(pending, ticker.nanos());
        }
        Optional<Arrival.Rejected> rejected = pending.result.join();
        return rejected.isPresent()
                ? admissions.refused(rejected.get())
                : admissions.granted(pending.session.active(), arrived);
    }

    /** A request that takes some time. Returns its admission, ended. */
    public Admission request(String key, long millis) {
        Admission admission = admit(key);
        if (admission instanceof Granted use) {
            advance(millis);
            use.close();
        }
        return admission;
    }

    /** Time passes; ticks and due messages happen when they are due. */
    public void advance(long millis) {
        long end = ticker.nanos() + millis * VirtualTicker.NANOS_PER_MILLI;
        pump();
        while (true) {
            long next = Math.min(nextTick, Math.max(core.nextDue(ticker.nanos()), ticker.nanos()));
            if (next > end) {
                break;
            }
            ticker.advanceTo(Math.max(next, ticker.nanos()));
            pump();
        }
        ticker.advanceTo(end);
    }

    /** Does what is due at this moment. */
    public void pump() {
        if (ticker.nanos() >= nextTick) {
            nextTick = ticker.nanos() + TICK;
            core.tick(ticker.nanos(), ticker.wallMillis());
        }
        boolean more = true;
        while (more) {
            more = false;
            for (PendingLease pending = core.takePending(); pending != null; pending = core.takePending()) {
                SyncRequest syncRequest = core.requestFor(pending, ticker.nanos());
                if (syncRequest != null) {
                    send(syncRequest);
                    more = true;
                }
            }
            SyncRequest syncRequest = core.nextRequest(ticker.nanos());
            if (syncRequest != null) {
                send(syncRequest);
                more = true;
            }
        }
        for (TrackerEvent event = core.takeEvent(); event != null; event = core.takeEvent()) {
            events.add(event);
        }
    }

    void send(SyncRequest syncRequest) {
        if (slow) {
            onTheWay.add(syncRequest);
            return;
        }
        UsageAnswers answers;
        try {
            answers = server.sync(syncRequest.batch());
        } catch (LicenseServerException e) {
            core.failed(syncRequest, ticker.nanos());
            return;
        }
        core.answered(syncRequest, answers, ticker.nanos());
    }

    /** The server comes to what was sent while it was slow. */
    public void deliver() {
        handOver();
        pump();
    }

    /** The same, and what the node then wants to send is not sent yet. */
    public void handOver() {
        slow = false;
        List<SyncRequest> late = List.copyOf(onTheWay);
        onTheWay.clear();
        late.forEach(this::send);
    }

    /** Ends everything that runs and waits until the server knows. */
    public void settle() {
        core.shutDown(ticker.nanos());
        pump();
    }

    public List<TrackerEvent.Kind> kinds() {
        return events.stream().map(TrackerEvent::kind).toList();
    }

    Session session(String key) {
        Session session = hot.find(key, null);
        if (session == null) {
            throw new AssertionError("no session for the key");
        }
        return session;
    }
}
