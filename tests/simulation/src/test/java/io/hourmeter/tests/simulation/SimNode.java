package io.hourmeter.tests.simulation;

import io.hourmeter.internal.Ticker;
import io.hourmeter.server.simulation.Kind;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** One machine that runs an application: its clocks, its disk, its line to the servers, and the process that runs now. */
final class SimNode {

    /** Nanoseconds of a millisecond. */
    static final long MILLI = 1_000_000L;

    private static final long CALENDAR = 1_767_225_600_000L;

    final World world;
    final int number;
    final SplittableRandom random;
    final Disk disk = new Disk();
    private final int ppm;

    private final Deque<Runnable> kept = new ArrayDeque<>();
    private boolean stopped;
    private boolean cutOut;
    private boolean cutIn;
    private long sleptMillis;
    private long asleepSince = Long.MAX_VALUE;
    private long wallAhead;
    private int starts;
    private long stoodStillMillis;
    private long dyingFor = -1;

    @Nullable NodeProcess process;

    final Ticker ticker = new Ticker() {
        @Override
        public long nanos() {
            long until = Math.min(world.agenda.now(), asleepSince);
            return (until - sleptMillis) * (MILLI + ppm);
        }

        @Override
        public long wallMillis() {
            return CALENDAR + world.agenda.now() + wallAhead;
        }
    };

    SimNode(World world, int number) {
        this.world = world;
        this.number = number;
        this.random = world.random.split();
        int most = world.plan.driftPpm();
        this.ppm = most == 0 ? 0 : random.nextInt(-most, most + 1);
        if (ppm != 0) {
            world.tally.count(Kind.NODE_DRIFTING);
        }
    }

    long nanos() {
        return ticker.nanos();
    }

    /** How much virtual time has to pass until so many nanoseconds have passed here. */
    long untilPassed(long nanos) {
        long perMilli = MILLI + ppm;
        return Math.max(0, (nanos + perMilli - 1) / perMilli);
    }

    void start() {
        if (process == null) {
            process = new NodeProcess(this, "node-" + number + "." + starts++);
            process.begin();
        }
    }

    /** Something reaches the process: now, or when it runs again. */
    void whenRunning(Runnable action) {
        if (stopped) {
            kept.add(action);
        } else {
            action.run();
        }
    }

    /** How long it stood still so far, its clock running. */
    long stoodStillMillis() {
        return stoodStillMillis;
    }

    boolean stopped() {
        return stopped;
    }

    boolean cutOut() {
        return cutOut;
    }

    boolean cutIn() {
        return cutIn;
    }

    /** What it sends gets nowhere, what comes back does not arrive, or both. */
    void cut(boolean out, boolean in, long millis) {
        if (cutOut || cutIn) {
            return;
        }
        cutOut = out;
        cutIn = in;
        world.tally.count(out && in ? Kind.CUT_BOTH_WAYS : Kind.CUT_ONE_WAY);
        world.trace.say(
                "node-" + number, () -> "cut off for " + millis + " ms" + (out ? ", out" : "") + (in ? ", in" : ""));
        world.agenda.in(millis, () -> {
            cutOut = false;
            cutIn = false;
            world.trace.say("node-" + number, () -> "line is back");
        });
    }

    /** The process stands still for a while; its clock may stand still with it, as that of a laptop does. */
    void freeze(boolean asleep, long millis) {
        if (stopped) {
            return;
        }
        stopped = true;
        asleepSince = asleep ? world.agenda.now() : Long.MAX_VALUE;
        world.tally.count(asleep ? Kind.NODE_ASLEEP : Kind.NODE_FROZEN);
        world.trace.say("node-" + number, () -> (asleep ? "asleep for " : "frozen for ") + millis + " ms");
        world.agenda.in(millis, () -> {
            stopped = false;
            if (!asleep) {
                stoodStillMillis += millis;
            }
            if (asleep) {
                sleptMillis += world.agenda.now() - asleepSince;
                asleepSince = Long.MAX_VALUE;
            }
            world.trace.say("node-" + number, () -> "runs again");
            for (Runnable next = kept.poll(); next != null; next = kept.poll()) {
                next.run();
            }
        });
    }

    /** Somebody sets the wall clock. */
    void stepWall(long millis) {
        wallAhead += millis;
        world.tally.count(Kind.NODE_WALL_STEP);
        world.trace.say("node-" + number, () -> "wall clock set by " + millis + " ms");
    }

    /** The process is going to die while it appends to its journal. */
    void killWhileWriting(long downMillis) {
        dyingFor = downMillis;
    }

    /** Nothing is going to kill it any more. */
    void heal() {
        dyingFor = -1;
        disk.setFull(false);
    }

    /** The journal was appended to. */
    void appended() {
        if (dyingFor >= 0) {
            long down = dyingFor;
            dyingFor = -1;
            world.agenda.in(0, () -> kill(true, true, down));
        }
    }

    /** The process dies without a word, and is started again after a while. */
    void kill(boolean journalKept, boolean torn, long downMillis) {
        NodeProcess running = process;
        if (running == null || stopped) {
            return;
        }
        process = null;
        world.tally.count(journalKept ? Kind.NODE_KILLED : Kind.JOURNAL_LOST);
        world.trace.say("node-" + number, () -> "killed, journal " + (journalKept ? "kept" : "lost"));
        if (!journalKept) {
            running.loseWhatIsUnreported();
        }
        running.die(journalKept);
        running.journal.orphan(torn, random);
        if (!journalKept) {
            disk.wipe();
        }
        world.agenda.in(downMillis, this::start);
    }
}
