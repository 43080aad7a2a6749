package io.hourmeter.tests.simulation;

import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageBatch;
import io.hourmeter.server.ledger.SimulatedServer;
import io.hourmeter.server.simulation.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Carries calls to the servers and answers back: each takes its time, may be lost, may arrive twice, and whoever has
 * called gives up after a while. A call goes to any of the servers, as through a load balancer.
 */
final class Network {

    /** So late a copy of a message arrives at the latest. */
    static final long DUPLICATE_AFTER = 40_000;

    private final World world;
    private final SplittableRandom random;
    private final List<UsageBatch> committed = new ArrayList<>();
    private final Map<String, Long> arrivedSeq = new HashMap<>();
    /** Percentage of messages, and of answers, that are lost at the moment. */
    int lossPercent;

    int duplicatePercent;
    private boolean healed;

    Network(World world) {
        this.world = world;
        this.random = world.random.split();
    }

    /** Every message that was decided and made durable. */
    List<UsageBatch> committed() {
        return committed;
    }

    /** From now on nothing is lost, repeated or held up. */
    void heal() {
        healed = true;
        lossPercent = 0;
        duplicatePercent = 0;
    }

    private long way() {
        FaultPlan plan = world.plan;
        return plan.wayMillis() + (healed || plan.jitterMillis() == 0 ? 0 : random.nextLong(plan.jitterMillis()));
    }

    /** A message of a node. */
    void usage(SimNode from, UsageBatch batch, Consumer<UsageAnswers> answered, Runnable failed) {
        call(from, true, server -> arrive(server, batch), world.plan.settings().timeoutMillis(), answered, failed);
    }

    private CompletableFuture<UsageAnswers> arrive(SimulatedServer server, UsageBatch batch) {
        for (UsageBatch.Item item : batch.items()) {
            long before = arrivedSeq.merge(item.lease(), item.seq(), Math::max);
            if (before > item.seq()) {
                world.tally.count(Kind.MESSAGE_OVERTAKEN);
            }
        }
        return server.usage(batch).thenApply(answers -> {
            committed.add(batch);
            return answers;
        });
    }

    /**
     * Any call.
     *
     * @param from the node it comes from, null for somebody whose line is never cut
     * @param repeatable whether it may arrive twice
     * @param call what is asked of the server
     */
    <T> void call(
            @Nullable SimNode from,
            boolean repeatable,
            Function<SimulatedServer, CompletableFuture<T>> call,
            long timeoutMillis,
            Consumer<T> answered,
            Runnable failed) {
        Waiting<T> waiting = new Waiting<>(answered, failed);
        world.agenda.in(timeoutMillis, waiting::giveUp);
        boolean cut = from != null && from.cutOut();
        boolean lost = cut || random.nextInt(100) < lossPercent;
        boolean twice = repeatable && random.nextInt(100) < duplicatePercent;
        if (lost) {
            world.tally.count(Kind.MESSAGE_LOST);
            if (twice && !world.plan.calm()) {
                later(call);
            }
            return;
        }
        world.agenda.in(way(), () -> {
            CompletableFuture<T> outcome = call.apply(world.anyServer());
            outcome.whenComplete((answer, failure) -> {
                if (failure != null) {
                    world.agenda.in(way(), waiting::giveUp);
                } else {
                    back(from, waiting, answer);
                }
                // In a calm world a copy is never the first to arrive: it would be seen with an age of long ago.
                if (twice && (failure == null || !world.plan.calm())) {
                    later(call);
                }
            });
        });
    }

    private <T> void later(Function<SimulatedServer, CompletableFuture<T>> call) {
        world.tally.count(Kind.MESSAGE_DUPLICATED);
        world.agenda.in(random.nextLong(DUPLICATE_AFTER), () -> call.apply(world.anyServer()));
    }

    private <T> void back(@Nullable SimNode from, Waiting<T> waiting, T answer) {
        boolean cut = from != null && from.cutIn();
        if (cut || random.nextInt(100) < lossPercent) {
            world.tally.count(Kind.ANSWER_LOST);
            return;
        }
        world.agenda.in(way(), () -> waiting.take(answer));
    }

    /** Somebody who waits for an answer, and gets one or gives up. */
    private final class Waiting<T> {

        private final Consumer<T> answered;
        private final Runnable failed;
        private boolean done;

        Waiting(Consumer<T> answered, Runnable failed) {
            this.answered = answered;
            this.failed = failed;
        }

        void take(T answer) {
            if (done) {
                world.tally.count(Kind.ANSWER_TOO_LATE);
                return;
            }
            done = true;
            answered.accept(answer);
        }

        void giveUp() {
            if (!done) {
                done = true;
                failed.run();
            }
        }
    }
}
