package io.hourmeter.benchmarks;

import io.hourmeter.Billing;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseKey;
import io.hourmeter.OutagePolicy;
import io.hourmeter.internal.Ticker;
import io.hourmeter.usage.Admissions;
import io.hourmeter.usage.Granted;
import io.hourmeter.usage.node.ActiveSession;
import io.hourmeter.usage.node.Arrival;
import io.hourmeter.usage.node.HotSessions;
import io.hourmeter.usage.node.NodeCore;
import io.hourmeter.usage.node.NodeHub;
import io.hourmeter.usage.node.NodeProbe;
import io.hourmeter.usage.node.NodeSettings;
import io.hourmeter.usage.node.PendingLease;
import io.hourmeter.usage.node.SyncRequest;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * The parts of a tracker without its threads, for what cannot be measured from outside: the arrival without the count
 * of requests in flight, and the sweep.
 */
final class MeasuredNode {

    private static final NodeSettings SETTINGS = new NodeSettings(
            Billing.LICENSE,
            Duration.ofHours(1).toMillis(),
            Duration.ofHours(1).toMillis(),
            0,
            Duration.ofHours(24).toMillis(),
            Duration.ofHours(1).toMillis(),
            Duration.ofSeconds(2).toMillis(),
            OutagePolicy.ALLOW,
            Duration.ofMinutes(10).toMillis(),
            List.of(Duration.ofHours(1).toMillis()));

    /** More than the longest pause between two sweeps. */
    private static final long BETWEEN_SWEEPS = Duration.ofSeconds(6).toNanos();

    private final LicenseClient client;
    private final Ticker ticker = Ticker.system();
    private final Admissions admissions = new Admissions(ticker);
    private final NodeHub hub;
    private final NodeCore core;
    private HotSessions hot = new HotSessions(SETTINGS.billing());
    private long ahead;

    /**
     * A node without sessions.
     *
     * @param client asked without another thread, must answer at once
     */
    public MeasuredNode(LicenseClient client) {
        this.client = client;
        hub = new NodeHub(SETTINGS.gapMillis(), Optional.empty());
        core = new NodeCore(SETTINGS, hub, hot, "measured", new SplittableRandom(1));
        core.tick(ticker.nanos(), ticker.wallMillis());
    }

    /**
     * Opens the session of a key with a first request.
     *
     * @param key its text
     */
    public void open(String key) {
        long now = ticker.nanos();
        PendingLease pending = ((Arrival.Waiting) core.arrive(LicenseKey.of(key), key, null, "", now)).pending();
        if (core.takePending() != pending) {
            throw new IllegalStateException("not the pending lease that was asked for");
        }
        SyncRequest request = core.requestFor(pending, now);
        core.answered(request, client.sync(request.batch()), now);
        while (core.takeEvent() != null) {
            // Nobody listens.
        }
        pending.session().exit(now);
    }

    /**
     * Makes the text, the map entry and the session of each session anew, one after the other, in the order in which a
     * request reads them. So what it touches lies together as it does for the other contestants, and not in the order in
     * which the collector copied it.
     *
     * @param keys whose sessions are open
     * @return the same texts, new
     */
    public String[] layOut(String... keys) {
        HotSessions fresh = new HotSessions(SETTINGS.billing());
        String[] texts = new String[keys.length];
        for (int i = 0; i < keys.length; i++) {
            ActiveSession old = Objects.requireNonNull(NodeProbe.find(hot, keys[i]));
            texts[i] = String.valueOf(keys[i].toCharArray());
            // Only to have the entry made before the session.
            NodeProbe.put(fresh, texts[i], old);
            NodeProbe.put(fresh, texts[i], NodeProbe.copy(old, hub));
        }
        hot = fresh;
        return texts;
    }

    /**
     * Admits a request whose session is open, by the way that {@link io.hourmeter.usage.UsageTracker#admit(String)} takes.
     *
     * @param key its text
     * @return running use
     */
    public Granted admit(String key) {
        long now = ticker.nanos();
        ActiveSession session = hot.admit(key, null, now);
        if (session == null) {
            throw new IllegalStateException("no session is open");
        }
        return admissions.granted(session, now);
    }

    /**
     * What a request does before it is counted: look up, check deadline and pause, note the activity.
     *
     * @param key its text
     * @return whether it may be served
     */
    public boolean arrive(String key) {
        long now = ticker.nanos();
        ActiveSession session = NodeProbe.find(hot, key);
        return session != null && NodeProbe.arrive(session, now);
    }

    /** Goes over all sessions as the ticker of a tracker does every few seconds. */
    public void sweep() {
        ahead += BETWEEN_SWEEPS;
        core.tick(ticker.nanos() + ahead, ticker.wallMillis() + TimeUnit.NANOSECONDS.toMillis(ahead));
    }
}
