package io.hourmeter.usage;

import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseKey;
import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageBatch;
import io.hourmeter.server.ledger.RulesInMemory;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Several nodes, their customers, a network with faults and the license server's rules, in virtual time: the production
 * node core and the production lease rules, with nothing real between them. Time advances by one second at most, so that
 * intervals of seconds make every rule come up within minutes.
 */
final class Fleet {

    static final long SECOND = 1_000;
    static final long GAP = 60 * SECOND;
    static final long CHECKPOINT = 5 * SECOND;
    static final List<LicenseKey> KEYS =
            List.of(LicenseKey.of("RL-AAAAABCD-EFGH4567-JKMN89PQ"), LicenseKey.of("RL-BBBBABCD-EFGH4567-JKMN89PQ"));

    private static final long WALL = 1_767_225_600_000L;

    /** What may go wrong. */
    enum Trouble {
        /** Messages and answers are lost for up to 40 s at a time, or singly. */
        SHORT_OUTAGES,
        /** A node does not reach the server for minutes. */
        PARTITIONS,
        /** Messages arrive again, late. */
        DUPLICATES,
        /** Nodes are killed and started again with their journal. */
        CRASHES,
        /** The license is suspended for a while. */
        SUSPENSIONS,
        /** The wall clock of a node is set ahead, as after a sleep, or back. */
        CLOCK_STEPS
    }

    private record Running(Node node, LicenseKey key, Usage use, Truth truth, long from, long until) {}

    private final SplittableRandom random;
    final NodeSettings settings;
    final List<Trouble> troubles;
    final RulesInMemory server = new RulesInMemory();
    final List<Node> nodes = new ArrayList<>();
    final Map<String, Truth> truth = new HashMap<>();
    final Map<LicenseKey, List<String>> sessions = new HashMap<>();
    /** Scopes that were in use on a node when it died. */
    final Map<LicenseKey, Integer> crashed = new HashMap<>();

    private final List<Running> running = new ArrayList<>();
    private final List<Running> ended = new ArrayList<>();
    private final Deque<UsageBatch> arrived = new ArrayDeque<>();
    long now = 1_000_000;
    int refusedByNodes;
    private int starts;

    /** Breaks a rule on purpose: what the nodes say is changed before it arrives. */
    UnaryOperator<UsageBatch.Item> mutation = UnaryOperator.identity();

    boolean journalKept = true;

    /** The longest pause between two requests. */
    long longestPause = 100 * SECOND;

    Fleet(long seed, int nodeCount, NodeSettings settings, long balance, List<Trouble> troubles) {
        this.random = new SplittableRandom(seed);
        this.settings = settings;
        this.troubles = troubles;
        KEYS.forEach(key -> server.create(key.sha256(), balance, now));
        for (int i = 0; i < nodeCount; i++) {
            nodes.add(new Node());
        }
    }

    static NodeSettings settings(Billing billing, OutagePolicy policy) {
        return new NodeSettings(
                billing,
                30 * SECOND,
                GAP,
                0,
                90 * SECOND,
                24 * 3_600 * SECOND,
                2 * SECOND,
                policy,
                60 * SECOND,
                List.of());
    }

    /** One process. */
    final class Node {
        private final Ticker ticker = new Ticker() {
            @Override
            public long nanos() {
                return now * Lease.MILLI;
            }

            @Override
            public long wallMillis() {
                return WALL + now + wallAhead;
            }
        };

        private long wallAhead;

        NodeCore core = fresh();
        private HotSessions hot = new HotSessions(settings.billing());
        private final Map<String, JournalRecord> journal = new LinkedHashMap<>();
        private long partitionedUntil;
        private boolean answersLost;
        private int lossPercent;

        private NodeCore fresh() {
            hot = new HotSessions(settings.billing());
            NodeHub hub = new NodeHub(ticker, settings.gapMillis(), Optional.of(() -> {}));
            NodeCore made =
                    new NodeCore(settings, hub, hot, "node-" + starts++, new SplittableRandom(random.nextLong()));
            made.tick(ticker.nanos(), ticker.wallMillis());
            return made;
        }

        void tick() {
            core.tick(ticker.nanos(), ticker.wallMillis());
            pump();
            if (now / SECOND % (CHECKPOINT / SECOND) == 0) {
                journal.clear();
                core.checkpoint(ticker.nanos()).forEach(one -> journal.put(one.lease(), one));
            }
        }

        void pump() {
            boolean more = true;
            while (more) {
                more = false;
                for (Opening opening = core.takeOpening(); opening != null; opening = core.takeOpening()) {
                    more |= send(core.openingParcel(opening, ticker.nanos()));
                }
                more |= send(core.nextParcel(ticker.nanos()));
            }
            while (core.takeNotice() != null) {}
            core.awake(ticker.nanos()).forEach(one -> journal.put(one.lease(), one));
        }

        private boolean send(@Nullable Parcel parcel) {
            if (parcel == null) {
                return false;
            }
            boolean lost = now < partitionedUntil && !answersLost || random.nextInt(100) < lossPercent;
            if (lost) {
                core.failed(parcel, ticker.nanos());
                return true;
            }
            UsageBatch batch = parcel.batch();
            UsageBatch told = new UsageBatch(
                    batch.node(),
                    batch.gapMillis(),
                    batch.leaseMillis(),
                    batch.graceMillis(),
                    batch.items().stream().map(mutation).toList());
            UsageAnswers answers = server.sync(told, now);
            arrived.add(told);
            if (now < partitionedUntil || random.nextInt(100) < lossPercent) {
                core.failed(parcel, ticker.nanos());
            } else {
                core.answered(parcel, answers, ticker.nanos());
            }
            return true;
        }

        void request(LicenseKey key, @Nullable String session, long length) {
            Session found = hot.find(key.text(), session);
            long nanos = ticker.nanos();
            if (found != null && found.enter(nanos)) {
                started(key, new Usage(found, nanos), length);
                return;
            }
            Arrival arrival = core.arrive(key, key.text(), session, nanos);
            pump();
            if (arrival instanceof Arrival.Waiting waiting) {
                if (!waiting.opening().result.isDone()) {
                    core.timedOut(waiting.opening(), nanos);
                    pump();
                }
                Optional<Refused> refused = waiting.opening().result.join();
                if (refused.isPresent()) {
                    refused(key, session, refused.get(), true);
                } else {
                    started(key, new Usage(waiting.opening().session, nanos), length);
                }
            } else if (arrival instanceof Arrival.Turned turned) {
                refused(key, session, turned.answer(), false);
            } else {
                started(key, new Usage(((Arrival.Entered) arrival).session(), nanos), length);
            }
        }

        private void started(LicenseKey key, Usage use, long length) {
            String scope = settings.billing() == Billing.LICENSE ? key.sha256() : use.sessionId();
            List<String> known = sessions.computeIfAbsent(key, any -> new ArrayList<>());
            if (!known.contains(use.sessionId())) {
                known.add(use.sessionId());
            }
            running.add(new Running(this, key, use, truthOf(scope), now, now + length));
        }

        private void refused(LicenseKey key, @Nullable String session, Refused refused, boolean asked) {
            String scope = settings.billing() == Billing.LICENSE ? key.sha256() : session;
            if (scope == null) {
                return;
            }
            if (asked && refused.reason() != ErrorCode.LICENSE_SERVER_UNAVAILABLE) {
                truthOf(scope).refusedByServer(now);
            } else {
                refusedByNodes++;
                truthOf(scope).refusedByNode(now, asked);
            }
        }

        void crash() {
            List<Running> own = running.stream().filter(one -> one.node == this).toList();
            for (Running one : own) {
                one.truth.active(one.from, now);
            }
            running.removeAll(own);
            Map<Truth, LicenseKey> atStake = new HashMap<>();
            own.forEach(one -> atStake.put(one.truth, one.key));
            ended.stream()
                    .filter(one -> one.node == this && one.until >= now - 2 * CHECKPOINT)
                    .forEach(one -> atStake.put(one.truth, one.key));
            atStake.values().forEach(key -> crashed.merge(key, 1, Integer::sum));
            List<JournalRecord> left = journalKept ? List.copyOf(journal.values()) : List.of();
            journal.clear();
            core = fresh();
            core.replay(left, ticker.nanos());
            pump();
        }
    }

    Truth truthOf(String scope) {
        return truth.computeIfAbsent(scope, any -> new Truth());
    }

    /** So many requests at random moments, with whatever trouble was asked for. */
    void run(int requests) {
        for (int i = 0; i < requests; i++) {
            pass(pause());
            troubles.forEach(this::make);
            LicenseKey key = KEYS.get(random.nextInt(KEYS.size()));
            List<String> known = sessions.getOrDefault(key, List.of());
            boolean returns = settings.billing() == Billing.SESSION && !known.isEmpty() && random.nextInt(4) > 0;
            // Mostly a recent session, as browsers do.
            String session = returns ? known.get(known.size() - 1 - random.nextInt(Math.min(3, known.size()))) : null;
            long length = random.nextInt(4) == 0 ? random.nextLong(200 * SECOND) : random.nextLong(3 * SECOND);
            nodes.get(random.nextInt(nodes.size())).request(key, session, length);
        }
    }

    private long pause() {
        return switch (random.nextInt(5)) {
            case 0 -> 0;
            case 1 -> random.nextLong(SECOND);
            case 2, 3 -> random.nextLong(20 * SECOND);
            default -> random.nextLong(longestPause);
        };
    }

    private void make(Trouble trouble) {
        Node node = nodes.get(random.nextInt(nodes.size()));
        switch (trouble) {
            case SHORT_OUTAGES -> {
                node.lossPercent = random.nextInt(3) == 0 ? random.nextInt(40) : 0;
                if (random.nextInt(12) == 0) {
                    cut(node, 40 * SECOND);
                }
            }
            case PARTITIONS -> {
                if (random.nextInt(25) == 0) {
                    cut(node, 400 * SECOND);
                }
            }
            case DUPLICATES -> duplicate();
            case CRASHES -> {
                if (random.nextInt(25) == 0) {
                    node.crash();
                }
            }
            case CLOCK_STEPS -> {
                if (random.nextInt(10) == 0) {
                    node.wallAhead += random.nextLong(-100 * SECOND, 100 * SECOND);
                }
            }
            case SUSPENSIONS ->
                server.activate(KEYS.get(random.nextInt(KEYS.size())).sha256(), random.nextInt(5) > 0);
        }
    }

    private void cut(Node node, long most) {
        if (now >= node.partitionedUntil) {
            node.partitionedUntil = now + random.nextLong(most);
            node.answersLost = random.nextBoolean();
        }
    }

    private void duplicate() {
        if (arrived.isEmpty() || random.nextInt(3) > 0) {
            return;
        }
        List<UsageBatch> old = List.copyOf(arrived);
        server.sync(old.get(random.nextInt(old.size())), now);
    }

    /** Time passes; requests end when they must, nodes tick each second. */
    void pass(long millis) {
        long end = now + millis;
        while (true) {
            long next = (now / SECOND + 1) * SECOND;
            Running first = null;
            for (Running one : running) {
                if (first == null || one.until < first.until) {
                    first = one;
                }
            }
            if (first != null && first.until <= Math.min(next, end)) {
                now = Math.max(now, first.until);
                first.use.end(now * Lease.MILLI);
                first.truth.active(first.from, first.until);
                running.remove(first);
                ended.add(first);
            } else if (next <= end) {
                now = next;
                nodes.forEach(Node::tick);
                if (now / SECOND % 10 == 0) {
                    server.reap(now);
                }
            } else {
                now = end;
                nodes.forEach(Node::pump);
                return;
            }
        }
    }

    /** All trouble ends. */
    void heal() {
        KEYS.forEach(key -> server.activate(key.sha256(), true));
        for (Node node : nodes) {
            node.partitionedUntil = 0;
            node.lossPercent = 0;
        }
    }

    int runningNow() {
        return running.size();
    }

    /** All trouble ends, everybody leaves, and the nodes stop. */
    void finish() {
        heal();
        pass(600 * SECOND);
        for (Node node : nodes) {
            node.core.shutDown(now * Lease.MILLI);
            node.pump();
        }
        server.reap(now + 3_600 * SECOND);
    }

    /** The measure of what is true about a license, by one of the measures of a scope. */
    long sum(LicenseKey key, java.util.function.ToLongFunction<Truth> measure) {
        if (settings.billing() == Billing.LICENSE) {
            return measure.applyAsLong(truthOf(key.sha256()));
        }
        return sessions.getOrDefault(key, List.of()).stream()
                .mapToLong(id -> measure.applyAsLong(truthOf(id)))
                .sum();
    }
}
