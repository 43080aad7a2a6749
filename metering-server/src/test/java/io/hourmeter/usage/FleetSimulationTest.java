package io.hourmeter.usage;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.LicenseKey;
import io.hourmeter.UsageBatch;
import io.hourmeter.usage.Fleet.Trouble;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The production node core against the production lease rules, over random use and faults; a failing seed is the report. */
class FleetSimulationTest {

    private static final int SEEDS = Integer.getInteger("simulation.seeds", 30);
    private static final int REQUESTS = 120;
    private static final long PLENTY = 1_000L * 3_600_000;
    private static final long SCARCE = 600_000;
    /** But clock steps: a journal cannot tell how old its records are when the wall clock was set. */
    private static final List<Trouble> EVERYTHING = List.copyOf(EnumSet.complementOf(EnumSet.of(Trouble.CLOCK_STEPS)));

    static IntStream seeds() {
        return IntStream.range(0, SEEDS);
    }

    private static NodeSettings settings(int seed, OutagePolicy policy) {
        return Fleet.settings(seed % 2 == 0 ? Billing.LICENSE : Billing.SESSION, policy);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void threeNodesBillTheirUnionToTheMillisecond(int seed) {
        Fleet fleet = new Fleet(seed, 3, settings(seed, OutagePolicy.DENY), PLENTY, List.of());
        exact(fleet, seed);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void duplicatesAndShortOutagesChangeNothing(int seed) {
        Fleet fleet = new Fleet(
                seed, 2, settings(seed, OutagePolicy.DENY), PLENTY, List.of(Trouble.SHORT_OUTAGES, Trouble.DUPLICATES));
        exact(fleet, seed);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void leasesThatAreReplacedBillTheSame(int seed) {
        Fleet fleet = new Fleet(
                seed, 2, settings(seed, OutagePolicy.DENY), PLENTY, List.of(Trouble.CLOCK_STEPS, Trouble.DUPLICATES));
        // Sessions of more than half an hour, so that leases also grow old.
        fleet.longestPause = 20 * Fleet.SECOND;
        fleet.run(3 * REQUESTS);
        exact(fleet, seed);
    }

    private static void exact(Fleet fleet, int seed) {
        fleet.run(REQUESTS);
        fleet.finish();
        // After an own refusal a node has the pause before its next lease left out, also the part after the refusal.
        long leftOut = fleet.refusedByNodes * Fleet.GAP;
        for (LicenseKey key : Fleet.KEYS) {
            assertThat(fleet.server.charged(key.sha256()))
                    .as(() -> "seed " + seed + " " + fleet.server.describe(key.sha256()))
                    .isBetween(
                            fleet.sum(key, truth -> truth.least(Fleet.GAP)) - leftOut,
                            fleet.sum(key, truth -> truth.lenient(Fleet.GAP)));
        }
        settled(fleet, seed);
    }

    private static void settled(Fleet fleet, int seed) {
        for (LicenseKey key : Fleet.KEYS) {
            assertThat(fleet.server.held(key.sha256())).as("seed %d", seed).isZero();
        }
        for (Fleet.Node node : fleet.nodes) {
            assertThat(node.core.unacknowledged()).as("seed %d", seed).isZero();
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void oneNodeNeverBillsAPauseWithItsOwnRefusal(int seed) {
        Fleet fleet = new Fleet(
                seed,
                1,
                settings(seed, OutagePolicy.DENY),
                PLENTY,
                List.of(Trouble.SHORT_OUTAGES, Trouble.PARTITIONS, Trouble.DUPLICATES));
        fair(fleet, seed);
    }

    private static void fair(Fleet fleet, int seed) {
        fleet.run(REQUESTS);
        fleet.finish();
        for (LicenseKey key : Fleet.KEYS) {
            long most = fleet.sum(key, truth -> mostOf(fleet, truth));
            assertThat(fleet.server.charged(key.sha256()) + fleet.server.uncollected(key.sha256()))
                    .as(() -> "seed " + seed + " " + fleet.server.describe(key.sha256()))
                    .isLessThanOrEqualTo(most);
        }
        settled(fleet, seed);
    }

    /** A refusal by one node is unknown to the others, and to itself after a crash; one lease may outlive a refusal elsewhere. */
    private static long mostOf(Fleet fleet, Truth truth) {
        if (fleet.nodes.size() > 1) {
            return truth.anyPause(Fleet.GAP);
        }
        return fleet.troubles.contains(Trouble.CRASHES) ? truth.lenient(Fleet.GAP) : truth.strict(Fleet.GAP);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void everyTroubleAtOnceIsFairAndNeverOverspends(int seed) {
        OutagePolicy policy = seed % 3 == 0 ? OutagePolicy.DENY : OutagePolicy.ALLOW;
        long balance = seed % 4 < 2 ? SCARCE : PLENTY;
        Fleet fleet = new Fleet(seed, 1 + seed % 3, settings(seed, policy), balance, EVERYTHING);
        fair(fleet, seed);
        for (LicenseKey key : Fleet.KEYS) {
            assertThat(fleet.server.remaining(key.sha256())).as("seed %d", seed).isNotNegative();
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aCrashLosesAtMostTwoCheckpoints(int seed) {
        Fleet fleet = crashes(seed, true);
        nothingLost(fleet, seed);
    }

    private static Fleet crashes(int seed, boolean journal) {
        Fleet fleet = new Fleet(
                seed, 2, settings(seed, OutagePolicy.ALLOW), PLENTY, List.of(Trouble.CRASHES, Trouble.DUPLICATES));
        fleet.journalKept = journal;
        fleet.run(REQUESTS);
        fleet.finish();
        return fleet;
    }

    private static void nothingLost(Fleet fleet, int seed) {
        for (LicenseKey key : Fleet.KEYS) {
            long lost = fleet.crashed.getOrDefault(key, 0) * 2 * Fleet.CHECKPOINT;
            // A lost end also makes the pause after it longer, perhaps too long to count.
            long gap = Fleet.GAP - 2 * Fleet.CHECKPOINT;
            long least = fleet.sum(key, truth -> truth.least(gap)) - lost - fleet.refusedByNodes * Fleet.GAP;
            assertThat(fleet.server.charged(key.sha256()))
                    .as(() -> "seed " + seed + " " + fleet.server.describe(key.sha256()))
                    .isBetween(least, fleet.sum(key, truth -> truth.lenient(Fleet.GAP)));
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void afterHealingAndATopUpEveryNodeServes(int seed) {
        Fleet fleet = new Fleet(seed, 2, Fleet.settings(Billing.LICENSE, OutagePolicy.ALLOW), SCARCE, EVERYTHING);
        fleet.run(REQUESTS);
        for (LicenseKey key : Fleet.KEYS) {
            fleet.server.activate(key.sha256(), true);
            fleet.server.credit(key.sha256(), PLENTY);
        }
        fleet.heal();
        fleet.pass(70 * Fleet.SECOND);
        int before = fleet.refusedByNodes;
        for (Fleet.Node node : fleet.nodes) {
            Fleet.KEYS.forEach(key -> node.request(key, null, Fleet.SECOND));
        }
        assertThat(fleet.refusedByNodes).as("seed %d", seed).isEqualTo(before);
        assertThat(fleet.runningNow()).as("seed %d", seed).isGreaterThanOrEqualTo(2 * Fleet.KEYS.size());
        fleet.finish();
        settled(fleet, seed);
    }

    // The simulation can fail: each of these breaks one rule, and some seed must notice that is silent otherwise.

    @Test
    void aBilledIdleTailIsCaught() {
        caught(item -> with(item, item.ageMillis(), item.seq(), item.bridge()));
    }

    @Test
    void aForgottenBridgeFlagIsCaught() {
        assertThat(seeds().anyMatch(seed -> fairWithoutOwnRefusals(seed, UnaryOperator.identity())
                        && !fairWithoutOwnRefusals(seed, BRIDGED)))
                .isTrue();
    }

    private static final UnaryOperator<UsageBatch.Item> BRIDGED =
            item -> with(item, item.usedMillis(), item.seq(), true);

    private static boolean fairWithoutOwnRefusals(int seed, UnaryOperator<UsageBatch.Item> mutation) {
        Fleet fleet = new Fleet(
                seed,
                1,
                settings(seed, OutagePolicy.DENY),
                PLENTY,
                List.of(Trouble.SHORT_OUTAGES, Trouble.PARTITIONS, Trouble.CRASHES));
        fleet.mutation = mutation;
        fleet.run(REQUESTS);
        fleet.finish();
        return Fleet.KEYS.stream()
                .allMatch(
                        key -> fleet.server.charged(key.sha256()) <= fleet.sum(key, truth -> truth.strict(Fleet.GAP)));
    }

    @Test
    void aMillisecondTooFewIsCaught() {
        caught(item -> with(item, less(item.usedMillis()), item.seq(), item.bridge()));
    }

    private static @Nullable Long less(@Nullable Long used) {
        return used == null || used == 0 ? used : Long.valueOf(used - 1);
    }

    /** It extends nothing, so every authorization runs out; the charge is right all the same. */
    @Test
    void aSequenceThatStandsStillIsCaught() {
        assertThat(leasesOfALongRequest(UnaryOperator.identity())).isEqualTo(1);
        assertThat(leasesOfALongRequest(item -> with(item, item.usedMillis(), 1, item.bridge())))
                .isGreaterThan(1);
    }

    private static int leasesOfALongRequest(UnaryOperator<UsageBatch.Item> mutation) {
        Set<String> leases = new HashSet<>();
        Fleet fleet = new Fleet(0, 1, settings(0, OutagePolicy.DENY), PLENTY, List.of());
        fleet.mutation = item -> {
            leases.add(item.lease());
            return mutation.apply(item);
        };
        fleet.nodes.get(0).request(Fleet.KEYS.get(0), null, 600 * Fleet.SECOND);
        fleet.pass(700 * Fleet.SECOND);
        fleet.finish();
        return leases.size();
    }

    @Test
    void aJournalThatIsSkippedIsCaught() {
        assertThat(seeds().anyMatch(seed -> fails(() -> nothingLost(crashes(seed, false), seed))))
                .isTrue();
    }

    private static void caught(UnaryOperator<UsageBatch.Item> mutation) {
        assertThat(seeds().anyMatch(seed -> passesBoth(seed, UnaryOperator.identity()) && !passesBoth(seed, mutation)))
                .isTrue();
    }

    private static boolean passesBoth(int seed, UnaryOperator<UsageBatch.Item> mutation) {
        Fleet quiet = new Fleet(seed, 1, settings(seed, OutagePolicy.DENY), PLENTY, List.of());
        Fleet troubled = new Fleet(
                seed,
                1,
                settings(seed, OutagePolicy.DENY),
                PLENTY,
                List.of(Trouble.SHORT_OUTAGES, Trouble.PARTITIONS, Trouble.CRASHES));
        quiet.mutation = mutation;
        troubled.mutation = mutation;
        return !fails(() -> exact(quiet, seed)) && !fails(() -> fair(troubled, seed));
    }

    private static boolean fails(Runnable check) {
        try {
            check.run();
            return false;
        } catch (AssertionError e) {
            return true;
        }
    }

    private static UsageBatch.Item with(UsageBatch.Item item, @Nullable Long used, long seq, boolean bridge) {
        return new UsageBatch.Item(
                item.lease(),
                item.keySha256(),
                item.key(),
                item.scope(),
                item.session(),
                item.ageMillis(),
                used,
                item.done(),
                seq,
                item.offline(),
                bridge);
    }
}
