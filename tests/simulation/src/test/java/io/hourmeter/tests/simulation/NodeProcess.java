package io.hourmeter.tests.simulation;

import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageBatch;
import io.hourmeter.internal.RateLimitedLogger;
import io.hourmeter.server.simulation.Items;
import io.hourmeter.server.simulation.Kind;
import io.hourmeter.usage.journal.JournalKeeper;
import io.hourmeter.usage.node.HotSessions;
import io.hourmeter.usage.node.LeaseRecord;
import io.hourmeter.usage.node.NodeCore;
import io.hourmeter.usage.node.NodeHub;
import io.hourmeter.usage.node.NodeProbe;
import io.hourmeter.usage.node.NodeSettings;
import io.hourmeter.usage.node.PendingLease;
import io.hourmeter.usage.node.SyncRequest;
import io.hourmeter.usage.node.TrackerEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.LoggerFactory;

/**
 * One start of an application: the production node core and journal keeper, with events in virtual time where the
 * application has threads. It has two senders, each of which waits for its answer, and a thread for each request that
 * waits; and it notes what is true about itself, apart from the core.
 */
final class NodeProcess implements JournalKeeper.Source {

    private static final int SENDERS = 2;
    static final long TICK = 1_000;

    private final World world;
    private final SimNode node;
    final String name;
    private final NodeHub hub;
    final NodeCore core;
    final Disk.File journal;
    private final JournalKeeper keeper;
    final ProcessTruth truth;

    final Requests requests;

    private boolean alive = true;
    private int senders = SENDERS;
    private long wakeAt = Long.MAX_VALUE;
    private boolean bellRung;
    private long unbilled;
    private long triedAtNanos;
    private long writtenAtNanos = Long.MIN_VALUE;
    private long wallAtTick;
    private long nanosAtTick;

    NodeProcess(SimNode node, String name) {
        this.world = node.world;
        this.node = node;
        this.name = name;
        NodeSettings settings = world.plan.settings();
        this.hub = new NodeHub(settings.gapMillis(), Optional.of(this::ring));
        HotSessions hot = new HotSessions(settings.billing());
        this.requests = new Requests(this, node, hot);
        this.core = new NodeCore(settings, hub, hot, name, node.random.split());
        this.journal = node.disk.open(world, world.mutant::record, node::appended);
        this.keeper = new JournalKeeper(
                journal,
                world.plan.checkpointMillis(),
                node.ticker,
                new RateLimitedLogger(
                        LoggerFactory.getLogger(NodeProcess.class), Duration.ofMinutes(1), node.ticker::nanos));
        this.truth = new ProcessTruth(name, settings);
        world.processes.add(truth);
    }

    /** What a tracker does at its start. */
    void begin() {
        world.trace.say(name, () -> "starts");
        wallAtTick = node.ticker.wallMillis();
        nanosAtTick = now();
        core.tick(now(), wallAtTick);
        List<LeaseRecord> left = world.mutant.replays() ? keeper.leftovers() : List.of();
        if (!left.isEmpty()) {
            world.trace.say(name, () -> "reports " + left.size() + " leases of its journal");
            core.replay(left, now());
        }
        keep();
        keepLater();
        pump();
        tickLater();
    }

    long now() {
        return node.nanos();
    }

    void later(long millis, Runnable action) {
        world.agenda.in(
                millis,
                () -> node.whenRunning(() -> {
                    if (alive) {
                        action.run();
                    }
                }));
    }

    // Its threads

    private void tickLater() {
        later(TICK, () -> {
            tick();
            tickLater();
        });
    }

    private void tick() {
        long wall = node.ticker.wallMillis();
        boolean slept = wall - wallAtTick - (now() - nanosAtTick) / SimNode.MILLI > 5_000;
        wallAtTick = wall;
        nanosAtTick = now();
        core.tick(now(), wall);
        if (slept) {
            truth.endAll(now());
        }
        pump();
    }

    private void ring() {
        if (!bellRung) {
            bellRung = true;
            later(0, this::keep);
        }
    }

    private void keep() {
        bellRung = false;
        long before = journal.triedAt;
        keeper.keep(this);
        if (journal.triedAt != before) {
            triedAtNanos = now();
            if (journal.failingSince == Long.MAX_VALUE) {
                writtenAtNanos = now();
            }
        }
    }

    /** The keeper's thread also wakes by itself, an interval after the last checkpoint. */
    private void keepLater() {
        long interval = world.plan.checkpointMillis() * SimNode.MILLI;
        later(Math.max(1, node.untilPassed(triedAtNanos + interval - now())), () -> {
            keep();
            keepLater();
        });
    }

    @Override
    public List<LeaseRecord> awake() {
        return core.awake(now());
    }

    @Override
    public List<LeaseRecord> checkpoint() {
        return core.checkpoint(now());
    }

    /** After anything was done with the core: what it wants done outside. */
    void pump() {
        if (!alive || node.stopped()) {
            return;
        }
        for (PendingLease pending = core.takePending(); pending != null; pending = core.takePending()) {
            SyncRequest syncRequest = core.requestFor(pending, now());
            if (syncRequest != null) {
                send(syncRequest, false);
            }
        }
        while (senders > 0) {
            SyncRequest syncRequest = core.nextRequest(now());
            if (syncRequest == null) {
                break;
            }
            senders--;
            send(syncRequest, true);
        }
        for (TrackerEvent event = core.takeEvent(); event != null; event = core.takeEvent()) {
            noticed(event);
        }
        requests.checkWhatIsTold();
        if (NodeProbe.unbilledMillis(core) > unbilled) {
            unbilled = NodeProbe.unbilledMillis(core);
            world.unbilledTimes++;
        }
        requests.letIn();
        requests.watch();
        wakeLater();
    }

    private void wakeLater() {
        long due = senders == 0 ? Long.MAX_VALUE : core.nextDue(now());
        if (due == Long.MAX_VALUE) {
            return;
        }
        long at = world.agenda.now() + Math.max(1, node.untilPassed(due - now()));
        if (at < wakeAt) {
            wakeAt = at;
            later(at - world.agenda.now(), () -> {
                if (wakeAt == at) {
                    wakeAt = Long.MAX_VALUE;
                }
                pump();
            });
        }
    }

    private void noticed(TrackerEvent event) {
        switch (event.kind()) {
            case OVERRUN -> world.tally.count(Kind.OVERRUN);
            case REQUEST_LIMIT -> world.tally.count(Kind.ENDLESS_REQUEST);
            case DROPPED -> throw new AssertionError(name + ": the server will never accept a lease: " + event);
            default -> {}
        }
        world.trace.say(name, () -> event.kind() + " " + event.name());
    }

    // Messages

    private void send(SyncRequest syncRequest, boolean bySender) {
        List<UsageBatch.Item> items = new ArrayList<>();
        for (int i = 0; i < syncRequest.sent().size(); i++) {
            UsageBatch.Item item = syncRequest.batch().items().get(i);
            ScopeTruth.LeaseTruth known = sent(syncRequest.sent().get(i), item);
            UsageBatch.Item told = world.mutant.item(boast(syncRequest.sent().get(i), item));
            if (told.bridge() != known.bridge) {
                throw new AssertionError(name + ": lease " + known.id + " began with bridge " + known.bridge
                        + ", is reported with " + told.bridge());
            }
            items.add(told);
        }
        UsageBatch batch = syncRequest.batch();
        UsageBatch told =
                new UsageBatch(batch.node(), batch.gapMillis(), batch.leaseMillis(), batch.graceMillis(), items);
        world.trace.say(name, () -> "sends " + TraceText.of(told));
        world.network.usage(
                node,
                told,
                answers -> node.whenRunning(() -> back(syncRequest, bySender, () -> answered(syncRequest, answers))),
                () -> node.whenRunning(() -> back(syncRequest, bySender, () -> {
                    world.trace.say(name, () -> "gets no answer to " + TraceText.of(told));
                    core.failed(syncRequest, now());
                })));
    }

    private void back(SyncRequest syncRequest, boolean bySender, Runnable effect) {
        if (!alive) {
            return;
        }
        if (bySender) {
            senders++;
        }
        effect.run();
        pump();
    }

    private ScopeTruth.LeaseTruth sent(SyncRequest.Sent sent, UsageBatch.Item item) {
        NodeProbe.OneLease lease = NodeProbe.lease(sent);
        ScopeTruth.LeaseTruth known = world.lease(item.lease());
        if (known == null) {
            known = scope(Items.credential(item), item.scope()).lease(lease.id(), lease.start(), lease.bridge(), now());
            known.ofAnEarlierStart = lease.session() == null;
            known.replaces = lease.replaces();
            world.noteLease(known);
        }
        Long used = item.usedMillis();
        if (used != null) {
            known.claimedMillis = Math.max(known.claimedMillis, used);
        }
        return known;
    }

    /** A node that counts wrongly reports more than it was authorized for; the server must not believe it. */
    private UsageBatch.Item boast(SyncRequest.Sent sent, UsageBatch.Item item) {
        Long used = item.usedMillis();
        boolean could = used != null
                && !item.offline()
                && item.ageMillis() > used
                && used == NodeProbe.lease(sent).authorizedMillis();
        if (!could || !world.boasts() || world.lease(item.lease()) == null) {
            return item;
        }
        world.tally.count(Kind.BOASTING_NODE);
        world.boasted(item.lease());
        return Items.withUsed(item, item.ageMillis());
    }

    private void answered(SyncRequest syncRequest, UsageAnswers received) {
        UsageAnswers answers = new UsageAnswers(
                received.items().stream().map(world.mutant::answer).toList());
        world.trace.say(name, () -> "is told " + TraceText.of(answers));
        long now = now();
        for (int i = 0; i < answers.items().size(); i++) {
            SyncRequest.Sent sent = syncRequest.sent().get(i);
            NodeProbe.OneLease lease = NodeProbe.lease(sent);
            ScopeTruth.LeaseTruth known = world.lease(lease.id());
            boolean wanted = sent.seq() >= lease.answeredSeq() && (lease.isPending() || lease.isLive());
            if (known != null && lease.session() != null) {
                truth.answered(
                        scope(lease.credential(), lease.scope()),
                        known,
                        wanted,
                        lease.isPending() && !lease.replaces(),
                        received.items().get(i),
                        now);
            }
        }
        world.mutant.beforeAnswer(syncRequest);
        core.answered(syncRequest, answers, now);
        world.mutant.afterAnswer(syncRequest);
    }

    ScopeTruth scope(String credential, String scope) {
        return truth.scope(world.licenseOf(credential), credential, scope);
    }

    // The end

    /** The disk goes, and with it what earlier starts had left there and this one has not reported yet. */
    void loseWhatIsUnreported() {
        for (LeaseRecord record : core.checkpoint(now())) {
            ScopeTruth.LeaseTruth lease = world.lease(record.lease().toString());
            Long used = record.usedMillis();
            if (lease != null && used != null) {
                lease.lostMillis = used;
            }
        }
    }

    /** Kill -9. */
    void die(boolean journalKept) {
        requests.breakOff();
        alive = false;
        truth.endedAt = now();
        if (journalKept && journal.failingSince == Long.MAX_VALUE) {
            truth.allowedLossMillis = 2 * world.plan.checkpointMillis();
        }
        long checkpoints = 2 * world.plan.checkpointMillis() * (SimNode.MILLI + SimNode.MILLI / 1_000);
        boolean failing = journal.failingSince != Long.MAX_VALUE;
        long safe = failing ? Math.min(writtenAtNanos, now() - checkpoints) : now() - checkpoints;
        truth.safeUntil = journalKept ? safe : Long.MIN_VALUE;
    }

    /** The application stops in peace. */
    void shutDown() {
        truth.endAll(now());
        core.shutDown(now());
        pump();
    }

    /** Hours were bought through this application. */
    void credited(io.hourmeter.LicenseRef license) {
        node.whenRunning(() -> {
            if (alive) {
                core.credited(license, now());
                pump();
            }
        });
    }

    int unacknowledged() {
        return core.unacknowledged();
    }

    int running() {
        return requests.count();
    }

    int requestsInHub() {
        return NodeProbe.running(hub);
    }

    long unbilledMillis() {
        return NodeProbe.unbilledMillis(core);
    }
}
