package io.hourmeter.usage;

import io.hourmeter.Balance;
import io.hourmeter.Billing;
import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import io.hourmeter.OutagePolicy;
import io.hourmeter.client.LicenseClients;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.internal.FatalErrors;
import io.hourmeter.internal.LibraryVersions;
import io.hourmeter.internal.OwnClasses;
import io.hourmeter.internal.RateLimitedLogger;
import io.hourmeter.internal.Ticker;
import io.hourmeter.internal.TimeSource;
import io.hourmeter.internal.UsageBounds;
import io.hourmeter.usage.journal.FileJournal;
import io.hourmeter.usage.journal.Journal;
import io.hourmeter.usage.journal.JournalKeeper;
import io.hourmeter.usage.node.ActiveSession;
import io.hourmeter.usage.node.FallbackLease;
import io.hourmeter.usage.node.HotSessions;
import io.hourmeter.usage.node.NodeCore;
import io.hourmeter.usage.node.NodeHub;
import io.hourmeter.usage.node.NodeSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Meters the time in which licenses are in use. One per application.
 *
 * <pre>{@code
 * try (UsageTracker tracker = UsageTracker.open()) {
 *     tracker.run(licenseKey, () -> serve());
 * }
 * }</pre>
 *
 * <p>The first request of a session asks the license server and waits, at most {@link Builder#timeout}. Further ones are
 * decided in memory: the server has authorized some time ahead, and threads of the tracker report and renew it. Pauses
 * up to {@link Builder#idleTimeout} count as use; a longer one ends the session at its last activity.
 *
 * <p>Thread-safe. Whoever opens or builds a tracker closes it, before the client it was built on; a tracker that was
 * opened closes its client itself. All threads are daemons.
 */
public final class UsageTracker implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(UsageTracker.class);

    static {
        // Whoever replaces the jar of a running process leaves it with the classes that it has.
        OwnClasses.load(LicenseKey.class);
    }

    /** A container gives an application about 10 s to stop; some is left for everything else that stops. */
    private static final Duration SETTLE_AT_MOST = Duration.ofSeconds(6);

    private static final long STOP_MILLIS = 1_500;

    /** A crash may come just before a checkpoint, and tear the one before. */
    private static final int CHECKPOINTS_LOST = 2;

    private final NodeSettings settings;
    private final Ticker ticker;
    private final UsageContext context;
    private final HotSessions hot;
    private final NodeHub hub;
    private final Engine engine;
    private final TrackerThreads threads;
    private final @Nullable JournalKeeper journal;
    private final RateLimitedLogger limitedLog;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final @Nullable LicenseClient ownClient;
    private final Duration settleAtMost;
    private final Runnable unfollow;

    private UsageTracker(Builder builder, NodeSettings settings) {
        this.settings = settings;
        this.settleAtMost = builder.settleAtMost;
        this.ownClient = builder.ownsClient ? builder.client : null;
        this.ticker = Ticker.system();
        this.context = new UsageContext(ticker);
        this.limitedLog = UsageTracker.limitedLog(ticker);
        this.hot = new HotSessions(settings.billing());
        this.threads = new TrackerThreads(limitedLog);
        this.journal = openJournal(builder);
        RandomGenerator random = new SecureRandom();
        JournalKeeper keeper = journal;
        this.hub = new NodeHub(settings.gapMillis(), keeper == null ? Optional.empty() : Optional.of(keeper::ring));
        NodeCore core = new NodeCore(settings, hub, hot, UUID.randomUUID().toString(), random);
        this.engine = new Engine(settings, builder.client, context, core, threads, limitedLog);
        this.unfollow = TimeSource.get().follow(new MovedByHand());
    }

    /** In a test with the test kit's clocks. */
    private final class MovedByHand implements TimeSource.Follower {

        @Override
        public void moved() {
            engine.catchUp();
            context.timeUp().runDue(limitedLog);
        }

        @Override
        public void report(LicenseRef license) {
            engine.reportExactly(license);
        }
    }

    /** During an outage every request would say the same. */
    static RateLimitedLogger limitedLog(Ticker ticker) {
        return new RateLimitedLogger(LOG, Duration.ofMinutes(1), ticker::nanos);
    }

    private @Nullable JournalKeeper openJournal(Builder builder) {
        Path folder = builder.journal;
        if (folder == null) {
            LOG.info("No crash journal: a crash loses the use since the last report");
            return null;
        }
        try {
            Journal opened = FileJournal.open(folder);
            LOG.info(
                    "The crash journal is in {}; a crash loses at most {} of use, which is not charged",
                    folder,
                    OutageBound.words(builder.journalInterval
                            .multipliedBy(CHECKPOINTS_LOST)
                            .toMillis()));
            return new JournalKeeper(opened, builder.journalInterval.toMillis(), ticker, limitedLog);
        } catch (IOException e) {
            LOG.warn("No crash journal, a crash loses the use since the last report: {}", e.getMessage(), e);
            return null;
        }
    }

    private void start(Builder builder) {
        LOG.info("{}", OutageBound.of(settings).sentence());
        engine.tick();
        JournalKeeper keeper = journal;
        if (keeper != null) {
            engine.replay(keeper.leftovers());
        }
        threads.start(engine, new EventPublisher(builder.listener, limitedLog), context.timeUp());
        if (keeper != null) {
            threads.add("journal", () -> keeper.keepUntilStopped(engine));
        }
    }

    /**
     * Opens a tracker as the settings of this process say: client, crash journal and all {@code usage.*} and
     * {@code outage.*}. The license server need not be there.
     *
     * @return a running tracker, to be closed
     * @throws io.hourmeter.config.ConfigurationException if a setting is wrong
     */
    public static UsageTracker open() {
        return open(MeteringConfig.load());
    }

    /**
     * The same with settings that the application has read itself. Without {@code usage.journal} the crash journal is in
     * {@code data/hourmeter-journal} in the working folder.
     *
     * @param config read and checked
     * @return a running tracker, to be closed; it closes the client that it opened
     */
    public static UsageTracker open(MeteringConfig config) {
        LicenseClient client = LicenseClients.open(config);
        try {
            Builder builder = builder(client, config);
            builder.ownsClient = true;
            return builder.build();
        } catch (RuntimeException | Error e) {
            client.close();
            throw e;
        }
    }

    /**
     * Begins a tracker with the settings {@code usage.*}, {@code outage.*} and {@code license.server.timeout}.
     *
     * @param client how to reach the license server; stays open when the tracker is closed
     * @param config read and checked
     * @return a builder on which a listener or another journal folder may be set yet
     */
    public static Builder builder(LicenseClient client, MeteringConfig config) {
        return builder(client)
                .checkInterval(config.get(Settings.CHECK_INTERVAL))
                .idleTimeout(config.get(Settings.IDLE_TIMEOUT))
                .minimum(config.get(Settings.MINIMUM))
                .billing(config.get(Settings.BILLING))
                .lease(config.lease())
                .requestLimit(config.get(Settings.REQUEST_LIMIT))
                .timeout(config.get(Settings.SERVER_TIMEOUT))
                .journal(config.journal(null))
                .journalInterval(config.get(Settings.JOURNAL_INTERVAL))
                .outagePolicy(config.get(Settings.OUTAGE_POLICY))
                .outageGrace(config.get(Settings.OUTAGE_GRACE));
    }

    /**
     * Begins a tracker on a license server, with every setting at its default and without a crash journal.
     *
     * @param client how to reach it; stays open when the tracker is closed
     * @return settings with their defaults
     */
    public static Builder builder(LicenseClient client) {
        return new Builder(client);
    }

    /**
     * Admits use by the license with this key, joining or starting a session.
     *
     * @param licenseKey the key as the customer supplied it
     * @return {@link Granted}, to be closed when the use ends, or {@link Refused}
     */
    public Admission admit(String licenseKey) {
        return admit(licenseKey, null);
    }

    /**
     * Admits use by a license that the application knows, for example from its own log-in.
     *
     * @param license its id or its key. Whoever names an id vouches for the customer: an id is no secret, so one that the
     *     customer sent must never come here
     * @return {@link Granted}, to be closed when the use ends, or {@link Refused}
     */
    public Admission admit(LicenseRef license) {
        return admit(license, null);
    }

    /**
     * The same as {@link #admit(String, String)} for a license that the application knows.
     *
     * @param license as in {@link #admit(LicenseRef)}
     * @param sessionId the session id that came back; null for none
     * @return {@link Granted}, to be closed when the use ends, or {@link Refused}
     */
    public Admission admit(LicenseRef license, @Nullable String sessionId) {
        if (license instanceof LicenseKey key) {
            return admit(key.text(), sessionId);
        }
        LicenseId id = (LicenseId) license;
        try {
            long now = ticker.nanos();
            ActiveSession running = hot.admit(id, sessionId, now);
            return running != null ? Usage.begin(running, now, context) : engine.admit(id, sessionId, now);
        } catch (Throwable e) {
            return despiteFault(() -> Optional.of(id), e);
        }
    }

    /**
     * Admits use, continuing the session that the client brought back, if it is one of this license. Blocks only when no
     * session is running, and then at most {@link Builder#timeout}. Never throws what a program outlives: when metering
     * itself fails, {@link OutagePolicy} decides as it does in an outage of the license server.
     *
     * @param licenseKey the key as the customer supplied it. The text of a license id is none, and is refused
     * @param sessionId the session id that came back, ignored unless each session counts and this is one of the
     *     license; null for none
     * @return {@link Granted}, to be closed when the use ends, or {@link Refused}
     */
    public Admission admit(String licenseKey, @Nullable String sessionId) {
        return admit(licenseKey, sessionId, null);
    }

    /**
     * The same for a client whose address is known. The questions that clients of one address make this tracker ask the
     * license server have a share of what is asked at once, so that a scan of random keys keeps nobody else waiting.
     *
     * @param licenseKey as in {@link #admit(String, String)}
     * @param sessionId the session id that came back; null for none
     * @param clientAddress of the client, not of a proxy in front; null where it is not known
     * @return {@link Granted}, to be closed when the use ends, or {@link Refused}
     */
    public Admission admit(String licenseKey, @Nullable String sessionId, @Nullable String clientAddress) {
        try {
            long now = ticker.nanos();
            ActiveSession running = hot.admit(licenseKey, sessionId, now);
            return running != null
                    ? Usage.begin(running, now, context)
                    : engine.admit(licenseKey, sessionId, clientAddress, now);
        } catch (Throwable e) {
            return despiteFault(() -> LicenseKey.parse(licenseKey), e);
        }
    }

    /** Whatever fails in here as well, nobody gets in for it. */
    private Admission despiteFault(Supplier<Optional<? extends LicenseRef>> given, Throwable fault) {
        FatalErrors.throwIfFatal(fault);
        tryTo(() -> limitedLog.error("admit", "Metering failed; outage.policy decides", fault));
        try {
            LicenseRef license = given.get().orElse(null);
            FallbackLease fallback = license == null ? null : engine.enterFallback(license, ticker.nanos());
            if (fallback != null) {
                tryTo(engine::countUnmetered);
                return new FallbackUsage(engine, hub, context, fallback);
            }
        } catch (Throwable e) {
            FatalErrors.throwIfFatal(e);
        }
        tryTo(() -> engine.countRefused(ErrorCode.LICENSE_SERVER_UNAVAILABLE));
        return new Refused(ErrorCode.LICENSE_SERVER_UNAVAILABLE, 0, Duration.ofSeconds(1));
    }

    private static void tryTo(Runnable action) {
        try {
            action.run();
        } catch (Throwable e) {
            FatalErrors.throwIfFatal(e);
        }
    }

    /**
     * Does some work as use of a license: time counts from before it until after it.
     *
     * @param licenseKey the key as the customer supplied it
     * @param work is not begun when the license may not be used; what it throws passes through
     * @throws UsageRefusedException if the license may not be used
     */
    public void run(String licenseKey, Runnable work) {
        run(admit(licenseKey), work);
    }

    /**
     * The same for a license that the application knows.
     *
     * @param license as in {@link #admit(LicenseRef)}
     * @param work is not begun when the license may not be used; what it throws passes through
     * @throws UsageRefusedException if the license may not be used
     */
    public void run(LicenseRef license, Runnable work) {
        run(admit(license), work);
    }

    private static void run(Admission admission, Runnable work) {
        if (admission instanceof Refused refused) {
            throw new UsageRefusedException(refused);
        }
        Granted use = (Granted) admission;
        try (use) {
            work.run();
        }
    }

    /**
     * The sessions open on this node.
     *
     * @return a snapshot
     */
    public List<SessionInfo> sessions() {
        return engine.sessions();
    }

    /**
     * Figures for monitoring: what this tracker does now and has done since its start.
     *
     * @return a snapshot
     */
    public UsageStats stats() {
        JournalKeeper keeper = journal;
        return engine.stats(keeper == null ? null : keeper.lag());
    }

    /**
     * Ends a session and deducts the rest at once, for example at a log-out. The id is not continued afterwards on this
     * node. Requests of the session that still run a second later are metered on.
     *
     * @param sessionId its id
     * @return whether there was one on this node
     */
    public boolean endSession(String sessionId) {
        return engine.endSession(sessionId);
    }

    /**
     * Reports the open use of a license now, so that a balance read afterwards is at most a second behind. Waits for the
     * answer, at most {@link Builder#timeout}; never throws.
     *
     * @param license which
     */
    public void report(LicenseRef license) {
        try {
            engine.report(license);
        } catch (Throwable e) {
            FatalErrors.throwIfFatal(e);
            limitedLog.error("report", "Open use could not be reported; the balance shown may lag behind", e);
        }
    }

    /**
     * Time was added to a license: forgets that it was refused and renews its leases at once. Does not wait and never
     * throws.
     *
     * @param license which
     */
    public void credited(LicenseRef license) {
        try {
            engine.credited(license);
        } catch (Throwable e) {
            FatalErrors.throwIfFatal(e);
            limitedLog.error("credited", "A credit could not be passed on; it is seen within 10 s", e);
        }
    }

    /**
     * The same where the answer to the credit is at hand ({@link io.hourmeter.Credited#balance()}): the license server is
     * not asked for the balance again. One that is older than what the license server has said since, as in an answer that
     * is repeated, is not taken.
     *
     * @param license which
     * @param balance as of the credit
     */
    public void credited(LicenseRef license, Balance balance) {
        try {
            engine.credited(license, balance);
        } catch (Throwable e) {
            FatalErrors.throwIfFatal(e);
            limitedLog.error("credited", "A credit could not be passed on; it is seen within 10 s", e);
        }
    }

    /**
     * Ends all sessions, reports their use and stops. Waits for the server's answers at most 6 s and ends within 8 s;
     * what the server did not acknowledge is logged, and is reported at the next start where there is a journal.
     * Idempotent. Use that is still running may be closed later; it is not metered any more.
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        unfollow.run();
        int open = engine.settle(settleAtMost);
        JournalKeeper keeper = journal;
        if (keeper != null) {
            keeper.stop();
        }
        int left = threads.stop(engine, STOP_MILLIS);
        if (keeper != null) {
            keeper.finish(engine.checkpoint());
        }
        if (open > 0) {
            LOG.warn(
                    "Closed with {} reports of use that the license server has not acknowledged; {}",
                    open,
                    keeper == null ? "their use since the last report is lost" : "the next start reports them");
        }
        if (left > 0) {
            LOG.warn("{} threads wait for the license server and end when it answers or times out", left);
        }
        if (ownClient != null) {
            ownClient.close();
        }
    }

    /** Settings of a tracker. Each setter refuses what is never allowed; {@link #build} checks the combination. */
    public static final class Builder {

        private final LicenseClient client;
        private Duration checkInterval = UsageBounds.CHECK_INTERVAL.usual();
        private Duration idleTimeout = UsageBounds.IDLE_TIMEOUT.usual();
        private Duration minimum = UsageBounds.MINIMUM.usual();
        private Billing billing = Billing.LICENSE;
        private @Nullable Duration lease;
        private Duration requestLimit = UsageBounds.REQUEST_LIMIT.usual();
        private Duration timeout = UsageBounds.TIMEOUT.usual();
        private @Nullable Path journal;
        private Duration journalInterval = UsageBounds.JOURNAL_INTERVAL.usual();
        private OutagePolicy outagePolicy = OutagePolicy.ALLOW;
        private Duration outageGrace = UsageBounds.OUTAGE_GRACE.usual();
        private List<Duration> lowThresholds = List.of(Duration.ofHours(1), Duration.ofMinutes(10));
        private MeteringListener listener = MeteringListener.NONE;
        private Duration settleAtMost = SETTLE_AT_MOST;
        private boolean ownsClient;

        private Builder(LicenseClient client) {
            this.client = client;
        }

        /**
         * How often used time is reported.
         *
         * @param interval 1 s to 12 h; 5 min unless set
         * @return this
         */
        public Builder checkInterval(Duration interval) {
            this.checkInterval = UsageBounds.CHECK_INTERVAL.check("checkInterval", interval);
            return this;
        }

        /**
         * A longer pause ends the session at the last activity.
         *
         * @param timeout 0 or 1 s to 24 h; 5 min unless set
         * @return this
         */
        public Builder idleTimeout(Duration timeout) {
            this.idleTimeout = UsageBounds.IDLE_TIMEOUT.check("idleTimeout", timeout);
            return this;
        }

        /**
         * A session counts at least this long.
         *
         * @param minimum 0 to 24 h; 0 unless set
         * @return this
         */
        public Builder minimum(Duration minimum) {
            this.minimum = UsageBounds.MINIMUM.check("minimum", minimum);
            return this;
        }

        /**
         * What time is unioned over.
         *
         * @param billing {@link Billing#LICENSE} unless set
         * @return this
         */
        public Builder billing(Billing billing) {
            this.billing = billing;
            return this;
        }

        /**
         * How far ahead a node may serve without contact.
         *
         * @param lease 10 s to 24 h and at least twice the check interval; the larger of 15 min and three check
         *     intervals, at most 24 h, unless set
         * @return this
         */
        public Builder lease(Duration lease) {
            this.lease = UsageBounds.LEASE.check("lease", lease);
            return this;
        }

        /**
         * The longest time one request may bill. One that runs on, lost by its container as a rule, is metered no more.
         * Use that says that it {@linkplain Granted#keepAlive goes on} has the whole time again.
         *
         * @param limit above 0, at most 365 days; 1 h unless set
         * @return this
         */
        public Builder requestLimit(Duration limit) {
            this.requestLimit = UsageBounds.REQUEST_LIMIT.check("requestLimit", limit);
            return this;
        }

        /**
         * How long the first request of a scope waits for the license server at most.
         *
         * @param timeout above 0, at most 5 min; the client's own timeout, 2 s unless set
         * @return this
         */
        public Builder timeout(Duration timeout) {
            this.timeout = UsageBounds.TIMEOUT.check("timeout", timeout);
            return this;
        }

        /**
         * The folder of the crash journal. A tracker that cannot use it says so and goes on without.
         *
         * @param folder created if it is not there; null, the default, for no journal
         * @return this
         */
        public Builder journal(@Nullable Path folder) {
            this.journal = folder;
            return this;
        }

        /**
         * The pause between checkpoints; a crash loses at most two.
         *
         * @param interval 1 s to 24 h; 5 s unless set
         * @return this
         */
        public Builder journalInterval(Duration interval) {
            this.journalInterval = UsageBounds.JOURNAL_INTERVAL.check("journalInterval", interval);
            return this;
        }

        /**
         * What happens when the server cannot be reached.
         *
         * @param policy {@link OutagePolicy#ALLOW} unless set
         * @return this
         */
        public Builder outagePolicy(OutagePolicy policy) {
            this.outagePolicy = policy;
            return this;
        }

        /**
         * The most time served offline, per license and node.
         *
         * @param grace 0 to 24 h; 10 min unless set
         * @return this
         */
        public Builder outageGrace(Duration grace) {
            this.outageGrace = UsageBounds.OUTAGE_GRACE.check("outageGrace", grace);
            return this;
        }

        /**
         * Balances at which the listener is told that hours are low.
         *
         * @param thresholds each above 0, at most 365 days, in any order; 1 h and 10 min unless set
         * @return this
         */
        public Builder lowThresholds(List<Duration> thresholds) {
            for (Duration threshold : thresholds) {
                UsageBounds.REQUEST_LIMIT.check("lowThresholds", threshold);
            }
            this.lowThresholds = List.copyOf(thresholds);
            return this;
        }

        /**
         * Is told what happens.
         *
         * @param listener {@link MeteringListener#NONE} unless set
         * @return this
         */
        public Builder listener(MeteringListener listener) {
            this.listener = listener;
            return this;
        }

        /** How long {@link UsageTracker#close} waits for the server at most; shorter in tests. */
        Builder settleAtMost(Duration atMost) {
            this.settleAtMost = atMost;
            return this;
        }

        /**
         * Starts the tracker. It asks the license server for a sign of life without waiting for it.
         *
         * @return a running tracker, to be closed
         * @throws IllegalArgumentException if the settings contradict each other
         */
        public UsageTracker build() {
            LibraryVersions.requireCore();
            UsageTracker tracker = new UsageTracker(this, settings());
            tracker.start(this);
            return tracker;
        }

        private NodeSettings settings() {
            Duration effective = lease == null ? UsageBounds.usualLease(checkInterval) : lease;
            Duration least = UsageBounds.leastLease(checkInterval);
            if (effective.compareTo(least) < 0) {
                throw new IllegalArgumentException(
                        "lease is " + effective + ", allowed is at least twice checkInterval, " + least);
            }
            return new NodeSettings(
                    billing,
                    checkInterval.toMillis(),
                    idleTimeout.toMillis(),
                    minimum.toMillis(),
                    effective.toMillis(),
                    requestLimit.toMillis(),
                    timeout.toMillis(),
                    outagePolicy,
                    outageGrace.toMillis(),
                    lowThresholds.stream().map(Duration::toMillis).toList());
        }
    }
}
