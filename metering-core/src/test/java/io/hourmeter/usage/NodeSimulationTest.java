package io.hourmeter.usage;

import static io.hourmeter.usage.VirtualNode.HOUR;
import static io.hourmeter.usage.VirtualNode.MINUTE;
import static io.hourmeter.usage.VirtualNode.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Random use of the production node core in virtual time; what is billed is compared with a set of moments. */
class NodeSimulationTest {

    private static final int SEEDS = Integer.getInteger("simulation.seeds", 25);
    private static final long CHECKPOINT = 5 * SECOND;
    private static final List<String> KEYS =
            List.of("RL-AAAAABCD-EFGH4567-JKMN89PQ", "RL-BBBBABCD-EFGH4567-JKMN89PQ", "RL-CCCCABCD-EFGH4567-JKMN89PQ");

    static IntStream seeds() {
        return IntStream.range(0, SEEDS);
    }

    /** A request that runs in the simulation. */
    private record Running(Usage use, Moments moments, long from, long until) {}

    /** A node, its customers and what is true about them. */
    private static final class World {
        final SplittableRandom random;
        final VirtualTicker ticker = new VirtualTicker();
        final ModelServer server = new ModelServer(ticker::millis);
        final NodeSettings settings;
        VirtualNode node;
        final List<Running> running = new ArrayList<>();
        /** By scope: the key, or the session id. */
        final Map<String, Moments> truth = new HashMap<>();

        final Map<String, List<String>> sessionsOf = new HashMap<>();
        int starts;

        World(long seed, NodeSettings settings, long balance) {
            this.random = new SplittableRandom(seed);
            this.settings = settings;
            KEYS.forEach(key -> server.sell(key, balance));
            node = new VirtualNode(ticker, server, settings, seed);
        }

        ModelServer.Account account(String key) {
            return server.accounts.get(io.hourmeter.LicenseKey.of(key).sha256());
        }

        void step() {
            long pause = switch (random.nextInt(6)) {
                case 0 -> 0;
                case 1 -> random.nextLong(SECOND);
                case 2, 3 -> random.nextLong(30 * SECOND);
                case 4 -> random.nextLong(6 * MINUTE);
                default -> random.nextLong(20 * MINUTE);
            };
            advance(pause);
            request(KEYS.get(random.nextInt(KEYS.size())));
        }

        void request(String key) {
            List<String> known = sessionsOf.computeIfAbsent(key, any -> new ArrayList<>());
            boolean perSession = settings.billing() == Billing.SESSION;
            String brought = known.isEmpty() || random.nextInt(3) == 0 ? null : known.get(random.nextInt(known.size()));
            Admission admission = node.admit(key, perSession ? brought : null);
            long now = ticker.millis();
            if (admission instanceof Usage use) {
                String scope = perSession ? use.sessionId() : key;
                if (perSession && !known.contains(scope)) {
                    known.add(scope);
                }
                Moments moments = truth.computeIfAbsent(scope, any -> new Moments());
                long length = random.nextInt(4) == 0 ? random.nextLong(25 * MINUTE) : random.nextLong(2 * SECOND);
                running.add(new Running(use, moments, now, now + length));
            } else if (!perSession) {
                truth.computeIfAbsent(key, any -> new Moments()).refused(now);
            } else if (brought != null) {
                truth.computeIfAbsent(brought, any -> new Moments()).refused(now);
            }
        }

        /** Time passes; requests end when their time has come. */
        void advance(long millis) {
            long end = ticker.millis() + millis;
            while (true) {
                Running next = null;
                for (Running one : running) {
                    if (one.until <= end && (next == null || one.until < next.until)) {
                        next = one;
                    }
                }
                if (next == null) {
                    break;
                }
                node.advance(next.until - ticker.millis());
                next.use.close();
                next.moments.active(next.from, next.until);
                running.remove(next);
            }
            node.advance(end - ticker.millis());
        }

        /** The process dies without a word. */
        void crash(List<JournalRecord> journal) {
            long now = ticker.millis();
            for (Running one : running) {
                one.moments.active(one.from, now);
            }
            running.clear();
            node = new VirtualNode(ticker, server, settings, 1_000_000L + starts++);
            node.core.replay(journal, ticker.nanos());
            node.pump();
        }

        void finish() {
            advance(30 * MINUTE);
            server.unreachable = false;
            server.answersLost = false;
            advance(2 * MINUTE);
            node.settle();
            assertThat(running).isEmpty();
            assertThat(node.core.unacknowledged()).isZero();
            assertThat(node.hub.requests.count()).isZero();
        }

        long expected(String key) {
            return expected(key, settings.gapMillis());
        }

        long expected(String key, long gap) {
            if (settings.billing() == Billing.LICENSE) {
                return truth.containsKey(key) ? truth.get(key).measure(gap) : 0;
            }
            return sessionsOf.getOrDefault(key, List.of()).stream()
                    .mapToLong(id -> truth.get(id).measure(gap))
                    .sum();
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void withoutFaultsTheBillIsTheTruthToTheMillisecond(int seed) {
        NodeSettings settings =
                seed % 2 == 0 ? VirtualNode.settings() : VirtualNode.with(VirtualNode.settings(), Billing.SESSION);
        World world = new World(seed, settings, 1_000 * HOUR);
        for (int i = 0; i < 150; i++) {
            world.step();
        }
        world.finish();
        for (String key : KEYS) {
            assertThat(world.server.charged(world.account(key)))
                    .as("seed %d, %s", seed, key)
                    .isEqualTo(world.expected(key));
            assertThat(world.server.open(world.account(key)))
                    .as("seed %d", seed)
                    .isZero();
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void shortOutagesChangeNothing(int seed) {
        World world = new World(seed, VirtualNode.settings(), 1_000 * HOUR);
        for (int i = 0; i < 150; i++) {
            boolean out = world.random.nextInt(4) == 0;
            world.server.unreachable = out && world.random.nextBoolean();
            world.server.answersLost = out && !world.server.unreachable;
            world.advance(world.random.nextLong(4 * MINUTE));
            world.server.unreachable = false;
            world.server.answersLost = false;
            // Whether new sessions can open is not what this is about.
            world.advance(5 * SECOND);
            world.request(KEYS.get(0));
        }
        world.finish();
        assertThat(world.server.charged(world.account(KEYS.get(0))))
                .as("seed %d", seed)
                .isEqualTo(world.expected(KEYS.get(0)));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void longOutagesUnderDenyNeverBillMoreThanTheTruth(int seed) {
        NodeSettings deny = VirtualNode.with(VirtualNode.settings(), OutagePolicy.DENY, 0);
        World world = outages(seed, deny);
        for (String key : KEYS) {
            assertThat(world.server.charged(world.account(key)))
                    .as("seed %d, %s", seed, key)
                    .isLessThanOrEqualTo(world.expected(key));
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void longOutagesUnderAllowNeverBillMoreThanTheTruth(int seed) {
        World world = outages(seed, VirtualNode.settings());
        for (String key : KEYS) {
            assertThat(world.server.charged(world.account(key)))
                    .as("seed %d, %s", seed, key)
                    .isLessThanOrEqualTo(world.expected(key));
        }
    }

    private static World outages(int seed, NodeSettings settings) {
        World world = new World(seed, settings, 1_000 * HOUR);
        for (int i = 0; i < 150; i++) {
            if (world.random.nextInt(10) == 0) {
                world.server.unreachable = world.random.nextBoolean();
                world.server.answersLost = world.random.nextBoolean();
            }
            world.step();
        }
        world.finish();
        return world;
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aBalanceThatRunsOutIsUsedUpAndNeverExceeded(int seed) {
        World world = new World(seed, VirtualNode.settings(), 20 * MINUTE);
        for (int i = 0; i < 150; i++) {
            world.step();
            for (String key : KEYS) {
                assertThat(world.server.charged(world.account(key)))
                        .as("seed %d", seed)
                        .isLessThanOrEqualTo(20 * MINUTE);
            }
        }
        world.finish();
        for (String key : KEYS) {
            // A pause that ends in a refusal is used up as far as the balance goes, so it may be more than the truth.
            long least = Math.min(world.expected(key), 20 * MINUTE) - SECOND;
            assertThat(world.server.charged(world.account(key)))
                    .as("seed %d", seed)
                    .isGreaterThanOrEqualTo(least);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aCrashLosesAtMostTwoCheckpoints(int seed) {
        World world = new World(seed, VirtualNode.settings(), 1_000 * HOUR);
        int crashes = 0;
        Map<String, JournalRecord> journal = new HashMap<>();
        for (int i = 0; i < 150; i++) {
            world.step();
            // The journal as its keeper writes it: all leases each interval, and at once what wakes up in between.
            for (int checkpoint = 0; checkpoint < 4; checkpoint++) {
                journal.clear();
                world.node.core.checkpoint(world.ticker.nanos()).forEach(one -> journal.put(one.lease(), one));
                world.advance(CHECKPOINT);
                world.node.core.awake(world.ticker.nanos()).forEach(one -> journal.put(one.lease(), one));
            }
            if (world.random.nextInt(15) == 0) {
                crashes++;
                world.crash(List.copyOf(journal.values()));
                journal.clear();
            }
        }
        world.finish();
        for (String key : KEYS) {
            // A lost end also makes the pause after it longer, perhaps too long to count.
            long least = world.expected(key, world.settings.gapMillis() - 2 * CHECKPOINT) - crashes * 2 * CHECKPOINT;
            assertThat(world.server.charged(world.account(key)))
                    .as("seed %d, %d crashes", seed, crashes)
                    .isBetween(least, world.expected(key));
        }
    }
}
