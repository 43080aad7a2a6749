package io.hourmeter.tests.simulation;

import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import io.hourmeter.UsageBatch;
import io.hourmeter.server.ledger.SimulatedLedger;
import io.hourmeter.server.ledger.SimulatedServer;
import io.hourmeter.server.simulation.Agenda;
import io.hourmeter.server.simulation.Kind;
import io.hourmeter.server.simulation.Tally;
import io.hourmeter.server.simulation.Trace;
import io.hourmeter.tests.simulation.FaultPlan.Trouble;
import io.hourmeter.usage.node.NodeProbe;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * One simulated world: several nodes and their customers, a network, several license servers on one ledger, and all that
 * can go wrong between them; the production cores on one thread in virtual time, everything drawn from one seed.
 *
 * <p>What must hold is checked by whoever sees it first: after each commit and with each answer by the ledger's watch,
 * when a request is served by what is true about its process, the rest here, when all has become quiet.
 */
final class World {

    private static final long START = 1_000_000;
    private static final long SECOND = FaultPlan.SECOND;

    /** The clocks of two servers differ by at most so much. */
    private static final long SERVERS_DIFFER = 2 * SECOND;

    /** A clock whose battery is dead, or that somebody has set by hand. */
    private static final long YEARS = 5L * 365 * 24 * 3_600 * SECOND;

    /** So many messages are replayed at the end, drawn from all. */
    private static final int REPLAYED = 60;

    final FaultPlan plan;
    final Mutant mutant;
    final SplittableRandom random;
    final Agenda agenda = new Agenda(START);
    final Tally tally = new Tally();
    final Trace trace;
    final SimulatedLedger ledger;
    final Network network;
    final Customers customers;
    final Workload workload;
    final List<SimulatedServer> servers = new ArrayList<>();
    final List<SimNode> nodes = new ArrayList<>();
    final List<ProcessTruth> processes = new ArrayList<>();
    final List<LicenseId> licenses = new ArrayList<>();
    private final Map<String, LicenseId> byCredential = new HashMap<>();
    private final Map<String, ScopeTruth.LeaseTruth> leases = new HashMap<>();

    /** How often a process counted time that it did not bill. */
    int unbilledTimes;

    private boolean healed;

    World(FaultPlan plan, Mutant mutant, @Nullable PrintStream traceTo) {
        this.plan = plan;
        this.mutant = mutant;
        this.random = new SplittableRandom(plan.seed() ^ 0x5DEECE66DL);
        this.trace = new Trace(traceTo, agenda);
        this.ledger = new SimulatedLedger(agenda, random.split(), tally, trace);
        this.network = new Network(this);
        this.customers = new Customers(this);
        this.workload = new Workload(this);
    }

    /** Lives through it all; a violation is an AssertionError. */
    Tally run() {
        begin();
        for (int i = 0; i < plan.requests(); i++) {
            agenda.runUntil(agenda.now() + customers.pause());
            trouble();
            workload.happen();
            customers.come();
        }
        finish();
        return tally;
    }

    /** All trouble ends, everybody is served once more and goes, and what must hold then is checked. */
    void finish() {
        heal();
        everybodyIsServed();
        end();
        check();
    }

    /** Everything starts. */
    void begin() {
        trace.say("world", plan::toString);
        ledger.setSlowest(plan.calm() ? 0 : 20);
        for (int i = 0; i < plan.servers(); i++) {
            servers.add(ledger.server());
        }
        if (plan.has(Trouble.SERVER_CLOCK)) {
            ledger.setServersDiffer(SERVERS_DIFFER);
            servers.forEach(server -> server.setClockOff(random.nextLong(SERVERS_DIFFER + 1)));
        }
        if (plan.owes()) {
            ledger.setOwes();
        }
        ledger.setFaults(plan.has(Trouble.COMMIT_FAULTS) ? 3 : 0, plan.has(Trouble.SERVER_KILLS) ? 1 : 0);
        for (int i = 1; i <= plan.licenses(); i++) {
            LicenseKey key = LicenseKey.of("RL-%08d-EFGH4567-JKMN89PQ".formatted(i));
            LicenseId license = ledger.create(i, key, plan.balanceMillis());
            licenses.add(license);
            byCredential.put(NodeProbe.credential(license), license);
            keyOf(license, key);
        }
        for (int i = 0; i < plan.nodes(); i++) {
            SimNode node = new SimNode(this, i);
            nodes.add(node);
            node.start();
        }
    }

    void keyOf(LicenseId license, LicenseKey key) {
        byCredential.put(NodeProbe.credential(key), license);
        customers.own(license, key);
    }

    LicenseId licenseOf(String credential) {
        LicenseId license = byCredential.get(credential);
        if (license == null) {
            throw new AssertionError("a key or id that nobody has");
        }
        return license;
    }

    ScopeTruth.@Nullable LeaseTruth lease(String id) {
        return leases.get(id);
    }

    void noteLease(ScopeTruth.LeaseTruth lease) {
        leases.put(lease.id, lease);
    }

    boolean boasts() {
        return !healed && plan.has(Trouble.BOASTS) && random.nextBoolean();
    }

    void boasted(String lease) {
        leases.get(lease).boasted = true;
    }

    /** Where the next call goes. */
    SimulatedServer anyServer() {
        return servers.get(random.nextInt(servers.size()));
    }

    private void trouble() {
        SimNode node = nodes.get(random.nextInt(nodes.size()));
        long unit = plan.unitMillis();
        long lease = plan.settings().leaseMillis();
        if (plan.has(Trouble.LOSS)) {
            network.lossPercent = random.nextInt(4) == 0 ? random.nextInt(50) : 0;
        }
        if (plan.has(Trouble.DUPLICATES)) {
            network.duplicatePercent = random.nextInt(3) == 0 ? 20 : 2;
        }
        if (plan.has(Trouble.PARTITIONS) && random.nextInt(25) == 0) {
            int way = random.nextInt(4);
            node.cut(way != 0, way != 1, random.nextLong(2 * lease + 2 * plan.graceMillis()));
        }
        if (plan.has(Trouble.SERVER_KILLS) && random.nextInt(25) == 0) {
            killServer(anyServer());
        }
        if (plan.has(Trouble.JOURNAL_FAULTS) && random.nextInt(20) == 0) {
            node.disk.setFull(!node.disk.full());
            if (node.disk.full()) {
                tally.count(Kind.JOURNAL_FULL);
            }
        }
        if (plan.has(Trouble.NODE_KILLS) && random.nextInt(25) == 0) {
            boolean faults = plan.has(Trouble.JOURNAL_FAULTS);
            boolean kept = !faults || random.nextInt(3) > 0;
            long down = random.nextLong(10 * unit);
            if (faults && kept && random.nextBoolean()) {
                node.killWhileWriting(down);
            } else {
                node.kill(kept, false, down);
            }
        }
        if (plan.has(Trouble.SERVER_CLOCK) && random.nextInt(40) == 0) {
            boolean ahead = random.nextBoolean();
            long step = random.nextLong(ahead ? 10 * lease : 40 * lease);
            tally.count(ahead ? Kind.CLOCK_FORWARD : Kind.CLOCK_BACK);
            trace.say("store", () -> "clock set " + (ahead ? "ahead by " : "back by ") + step + " ms");
            ledger.stepClock(ahead ? step : -step);
        }
        if (plan.has(Trouble.SERVER_CLOCK) && random.nextInt(40) == 0) {
            boolean ahead = random.nextBoolean();
            long wrong = random.nextLong(3 * unit);
            tally.count(ahead ? Kind.CLOCK_YEARS_AHEAD : Kind.CLOCK_YEARS_BACK);
            trace.say("store", () -> "clock is years " + (ahead ? "ahead" : "back") + " for " + wrong + " ms");
            ledger.stepClock(ahead ? YEARS : -YEARS);
            agenda.in(wrong, () -> ledger.stepClock(ahead ? -YEARS : YEARS));
        }
        if (plan.has(Trouble.NODE_CLOCK) && random.nextInt(20) == 0) {
            node.stepWall(random.nextLong(-100 * SECOND, 100 * SECOND));
            if (random.nextInt(4) == 0) {
                boolean ahead = random.nextBoolean();
                tally.count(Kind.NODE_WALL_YEARS);
                node.stepWall(ahead ? YEARS : -YEARS);
                agenda.in(random.nextLong(3 * unit), () -> node.stepWall(ahead ? -YEARS : YEARS));
            }
        }
        if (plan.has(Trouble.FREEZES) && random.nextInt(40) == 0) {
            node.freeze(random.nextBoolean(), random.nextLong(3 * lease));
        }
    }

    private void killServer(SimulatedServer server) {
        if (server.alive()) {
            tally.count(Kind.SERVER_KILLED_IDLE);
            trace.say("server", () -> "killed");
            server.kill();
            agenda.in(random.nextLong(8 * plan.unitMillis() + 5 * SECOND), server::start);
        }
    }

    /** All trouble ends, and everybody who was stopped goes on. */
    private void heal() {
        trace.say("world", () -> "heals");
        healed = true;
        network.heal();
        ledger.setFaults(0, 0);
        nodes.forEach(SimNode::heal);
        // A message may still be under way, and open a lease that nobody will close.
        long longest = Network.DUPLICATE_AFTER
                + 2 * plan.settings().leaseMillis()
                + 2 * plan.graceMillis()
                + 3 * plan.settings().leaseMillis()
                + 30 * plan.unitMillis();
        agenda.runUntil(agenda.now() + longest);
        for (LicenseId license : licenses) {
            if (ledger.held(license) > 0) {
                throw new AssertionError(license + " is still held long after everybody went: " + ledger.held(license));
            }
        }
        nodes.forEach(SimNode::start);
        licenses.forEach(workload::reactivate);
        licenses.forEach(license -> workload.topUp(license, FaultPlan.PLENTY));
        // A refusal for want of a license's status is remembered for a minute.
        agenda.runUntil(agenda.now() + 70 * SECOND);
        if (workload.underWay() > 0) {
            throw new AssertionError(workload.underWay() + " calls are not answered long after all trouble ended");
        }
    }

    private void everybodyIsServed() {
        int refused = customers.refusedByNodes + customers.refusedByServer;
        long served = tally.of(Kind.SERVED);
        int asked = 0;
        for (LicenseId license : licenses) {
            for (int node = 0; node < nodes.size(); node++) {
                for (LicenseRef named : List.of(customers.newestKey(license), license)) {
                    customers.visit(new Customers.Visit(license, named, null, SECOND, false), node);
                    asked++;
                }
            }
        }
        agenda.runUntil(agenda.now() + 10 * SECOND);
        if (tally.of(Kind.SERVED) != served + asked
                || customers.refusedByNodes + customers.refusedByServer != refused) {
            throw new AssertionError(
                    "of " + asked + " requests after a top-up " + (tally.of(Kind.SERVED) - served) + " were served");
        }
        tally.count(Kind.CHECK, asked);
    }

    private void end() {
        nodes.forEach(node -> process(node).requests.endEndless());
        agenda.runUntil(agenda.now() + 8 * plan.unitMillis() + plan.gapMillis() + 10 * SECOND);
        nodes.forEach(node -> process(node).shutDown());
        // The leases of processes that died for good lapse 30 s after their authorization, and the reaper looks each 10
        // s.
        agenda.runUntil(
                agenda.now() + plan.settings().leaseMillis() + plan.settings().minimumMillis() + 50 * SECOND);
    }

    private static NodeProcess process(SimNode node) {
        NodeProcess process = node.process;
        if (process == null) {
            throw new AssertionError("node-" + node.number + " does not run");
        }
        return process;
    }

    private void check() {
        for (SimNode node : nodes) {
            NodeProcess process = process(node);
            if (process.unacknowledged() > 0 || process.running() > 0 || process.requestsInHub() > 0) {
                throw new AssertionError(process.name + " did not come to rest: " + process.unacknowledged()
                        + " leases unacknowledged, " + process.running() + " requests, " + process.requestsInHub());
            }
        }
        ledger.quiet();
        workload.check();
        everythingIsPaid();
        processes.forEach(process -> process.check(ledger, tally));
        tally.count(Kind.CHECK, processes.size());
        if (plan.calm()) {
            bill();
        }
        replay();
    }

    /**
     * Where what cannot be paid is owed, the bill is in the end all that was ever used, and what was deducted: the last
     * purchase was large enough for all of it.
     */
    private void everythingIsPaid() {
        for (LicenseId license : plan.owes() ? licenses : List.<LicenseId>of()) {
            long used = ledger.covered(license) + ledger.debited(license);
            if (ledger.charged(license) != used) {
                throw new AssertionError(license + " was charged " + ledger.charged(license)
                        + " ms in the end, and used " + used + " ms");
            }
        }
    }

    /** In a calm world the bill is known from the customers alone. */
    private void bill() {
        long overrun =
                nodes.stream().mapToLong(node -> process(node).unbilledMillis()).sum();
        boolean undisturbed = customers.refusedByNodes + customers.refusedByServer == 0 && overrun == 0;
        // After an own refusal a node has the pause before its next lease left out, also the part after the refusal;
        // after time that was not billed the pause that follows may be too long to count.
        long pauses = customers.refusedByNodes + tally.of(Kind.OVERRUN) + unbilledTimes;
        long leftOut = pauses * plan.gapMillis() + overrun;
        for (LicenseId license : licenses) {
            long billed = ledger.charged(license) - ledger.debited(license);
            long allowed = allowedByDrift(license, billed);
            // With clocks that drift a pause of just the idle gap may count or not.
            long shorter = Math.max(0, plan.gapMillis() - allowed);
            long least = customers.sum(license, truth -> truth.least(shorter)) - allowed;
            long most = customers.sum(
                            license,
                            truth -> undisturbed
                                    ? truth.least(plan.gapMillis() + allowed)
                                    : truth.lenient(plan.gapMillis() + allowed))
                    + allowed;
            if (billed < least - (undisturbed ? 0 : leftOut) || billed > most) {
                throw new AssertionError(license + " was billed " + billed + " ms, true are " + least + " to " + most
                        + ", of which " + allowed + " for drifting clocks");
            }
            // Where a pause is so nearly the idle gap that it may count or not, the deviation is that pause.
            boolean decided = most - least == 2 * allowed;
            if (undisturbed && decided && allowed > 0) {
                long exact = customers.sum(license, truth -> truth.least(plan.gapMillis()));
                tally.shift(Math.abs(billed - exact), allowed);
            }
        }
        if (undisturbed) {
            tally.count(plan.driftPpm() == 0 ? Kind.EXACT_WORLD : Kind.BOUNDED_WORLD);
        }
        tally.count(Kind.CHECK, licenses.size());
    }

    /** Each node's clock is wrong by that many millionths, and each lease begins and ends at whole milliseconds. */
    private long allowedByDrift(LicenseId license, long billed) {
        return plan.driftPpm() == 0 ? 0 : billed * plan.driftPpm() / 1_000_000 + 2L * ledger.leases(license);
    }

    /** Whatever was said is said again, in any order, and changes nothing. */
    private void replay() {
        List<UsageBatch> all = new ArrayList<>(network.committed());
        Collections.shuffle(all, new java.util.Random(plan.seed()));
        if (plan.has(Trouble.ROTATION)) {
            // Under a key that has ended a message is a close, which says more than it did before.
            return;
        }
        long commits = tally.of(Kind.COMMIT);
        for (UsageBatch batch : all.subList(0, Math.min(REPLAYED, all.size()))) {
            ledger.replay(servers.get(0), batch);
            tally.count(Kind.REPLAYED_MESSAGE);
        }
        if (tally.of(Kind.COMMIT) != commits) {
            throw new AssertionError("messages that were all known have changed something");
        }
    }
}
