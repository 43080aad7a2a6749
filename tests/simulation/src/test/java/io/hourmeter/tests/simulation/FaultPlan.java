package io.hourmeter.tests.simulation;

import io.hourmeter.Billing;
import io.hourmeter.OutagePolicy;
import io.hourmeter.usage.node.NodeSettings;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * What a simulated world is like, all drawn from its seed: how many nodes and servers, which settings, how much money,
 * and what goes wrong in it.
 *
 * @param seed of everything that happens in it
 * @param calm messages take equally long and no balance ends: the bill is known, without drift to the millisecond
 * @param nodes how many application processes
 * @param servers how many license server processes
 * @param settings of the nodes
 * @param checkpointMillis pause between two checkpoints of the journal
 * @param unitMillis about the pause between two requests; everything else is scaled by it
 * @param licenses how many customers
 * @param balanceMillis what each begins with
 * @param requests how many of them
 * @param wayMillis what a message takes to the server at least
 * @param jitterMillis what it may take longer
 * @param driftPpm how many millionths node clocks go wrong at most
 * @param troubles what goes wrong
 */
record FaultPlan(
        long seed,
        boolean calm,
        int nodes,
        int servers,
        NodeSettings settings,
        long checkpointMillis,
        long unitMillis,
        int licenses,
        long balanceMillis,
        int requests,
        long wayMillis,
        long jitterMillis,
        int driftPpm,
        Set<Trouble> troubles) {

    static final long SECOND = 1_000;
    static final long PLENTY = 1_000L * 3_600_000;

    private static final List<Long> UNITS = List.of(SECOND, 2 * SECOND, 5 * SECOND, 15 * SECOND);
    private static final int REQUESTS = 100;
    private static final int MOST_PPM = 200;

    /** What may go wrong. */
    enum Trouble {
        LOSS(true),
        DUPLICATES(true),
        SERVER_KILLS(true),
        COMMIT_FAULTS(true),
        BUSINESS(true),
        JITTER(false),
        PARTITIONS(false),
        NODE_KILLS(false),
        JOURNAL_FAULTS(false),
        SERVER_CLOCK(false),
        NODE_CLOCK(false),
        DRIFT(true),
        FREEZES(false),
        STATUS(false),
        ROTATION(false),
        ENDLESS(false),
        BOASTS(false);

        /** Whether the bill is known all the same. */
        final boolean calm;

        Trouble(boolean calm) {
            this.calm = calm;
        }
    }

    /** The world of a seed. Every third one is calm. */
    static FaultPlan of(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        boolean calm = seed % 3 == 0;
        long unit = UNITS.get(random.nextInt(UNITS.size()));
        Set<Trouble> troubles = EnumSet.noneOf(Trouble.class);
        for (Trouble trouble : Trouble.values()) {
            if (random.nextInt(calm ? 4 : 2) == 0 && (trouble.calm || !calm)) {
                troubles.add(trouble);
            }
        }
        boolean scarce = !calm && random.nextInt(3) > 0;
        return new FaultPlan(
                seed,
                calm,
                1 + random.nextInt(4),
                1 + random.nextInt(3),
                settings(random, unit, calm, troubles),
                Math.max(SECOND, unit / 2),
                unit,
                1 + random.nextInt(3),
                scarce ? unit / 2 + random.nextLong(40 * unit) : PLENTY,
                REQUESTS,
                random.nextInt(2) == 0 ? 0 : random.nextLong(200),
                troubles.contains(Trouble.JITTER) ? 1 + random.nextLong(1_500) : 0,
                troubles.contains(Trouble.DRIFT) ? MOST_PPM : 0,
                troubles);
    }

    /** A world in which nothing happens by itself; messages take no time. */
    static FaultPlan still(int nodes, NodeSettings settings, long balanceMillis) {
        return new FaultPlan(
                0,
                true,
                nodes,
                1,
                settings,
                SECOND,
                SECOND,
                1,
                balanceMillis,
                0,
                0,
                0,
                0,
                EnumSet.noneOf(Trouble.class));
    }

    private static NodeSettings settings(SplittableRandom random, long unit, boolean calm, Set<Trouble> troubles) {
        long interval = Math.max(SECOND, unit * (1 + random.nextInt(3)));
        long lease = Math.max(10 * SECOND, interval * (2 + random.nextInt(4)));
        long minimum = !calm && random.nextInt(4) == 0 ? random.nextLong(4 * unit) : 0;
        long limit = troubles.contains(Trouble.ENDLESS) ? 3 * lease : 24 * 3_600 * SECOND;
        return new NodeSettings(
                random.nextBoolean() ? Billing.LICENSE : Billing.SESSION,
                interval,
                random.nextInt(8) == 0 ? 0 : unit * (1 + random.nextInt(4)),
                minimum,
                lease,
                limit,
                500 + random.nextLong(2 * SECOND),
                random.nextBoolean() ? OutagePolicy.ALLOW : OutagePolicy.DENY,
                unit * (1 + random.nextInt(10)),
                List.of(lease));
    }

    /**
     * Whether the seller has what cannot be paid owed: in every second world, drawn apart from everything else, so that a
     * seed gives the same use either way.
     */
    boolean owes() {
        return new SplittableRandom(~seed).nextBoolean();
    }

    boolean has(Trouble trouble) {
        return troubles.contains(trouble);
    }

    long gapMillis() {
        return settings.gapMillis();
    }

    /** How long a node may serve without the server, beyond an authorization. */
    long graceMillis() {
        return settings.policy() == OutagePolicy.ALLOW ? settings.graceMillis() : 0;
    }
}
