package io.hourmeter.tests.simulation;

import io.hourmeter.Credited;
import io.hourmeter.Debited;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.LicenseStatus;
import io.hourmeter.Reversal;
import io.hourmeter.server.ledger.SimulatedServer;
import io.hourmeter.server.simulation.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * What happens to licenses in the middle of their use: payments, refunds, disputes, debits, decisions of an operator.
 * Whoever does it asks again until he is answered, and knows what he did.
 */
final class Workload {

    private static final long TIMEOUT = 6_000;

    private record Payment(LicenseId license, String key, long millis) {}

    /** What a refund or dispute takes by its latest state. */
    private record Taken(long version, long part) {}

    /** Since when a license must not be served, and what each node's clock showed then. */
    private record Stopped(long at, List<Long> nanos) {}

    private final World world;
    private final SplittableRandom random;
    private final List<Payment> paid = new ArrayList<>();
    private final Map<Payment, Credited> answers = new HashMap<>();
    private final Map<LicenseId, Long> expected = new HashMap<>();
    private final Map<LicenseId, Long> debited = new HashMap<>();
    private final Map<Payment, Map<String, Taken>> taken = new HashMap<>();
    private final Map<LicenseId, Stopped> stopped = new HashMap<>();
    /** Licenses about which an operator is just deciding, one thing at a time. */
    private final Set<LicenseId> decided = new HashSet<>();

    private final Set<LicenseId> rotating = new HashSet<>();

    private int underWay;
    private int numbers;

    Workload(World world) {
        this.world = world;
        this.random = world.random.split();
    }

    /** How many calls nobody has answered yet. */
    int underWay() {
        return underWay;
    }

    /** Something happens, or nothing. */
    void happen() {
        LicenseId license = world.licenses.get(random.nextInt(world.licenses.size()));
        if (world.plan.has(FaultPlan.Trouble.BUSINESS)) {
            switch (random.nextInt(18)) {
                case 0, 1, 2 -> topUp(license, amount());
                case 3 -> refund();
                case 4 -> dispute();
                case 5, 6 -> debit(license);
                default -> {}
            }
        }
        if (world.plan.has(FaultPlan.Trouble.STATUS)) {
            switch (random.nextInt(40)) {
                case 0 -> suspend(license);
                case 1 -> expire(license);
                default -> {}
            }
        }
        if (world.plan.has(FaultPlan.Trouble.ROTATION) && random.nextInt(50) == 0) {
            rotate(license);
        }
    }

    private long amount() {
        return 1 + random.nextLong(10 * world.plan.unitMillis());
    }

    /** A call that is repeated until it is answered. */
    private <T> void insist(
            boolean repeatable, Function<SimulatedServer, CompletableFuture<T>> call, Consumer<T> answered) {
        underWay++;
        ask(repeatable, call, answer -> {
            underWay--;
            answered.accept(answer);
        });
    }

    private <T> void ask(
            boolean repeatable, Function<SimulatedServer, CompletableFuture<T>> call, Consumer<T> answered) {
        world.network.call(
                null,
                repeatable,
                call,
                TIMEOUT,
                answered,
                () -> world.agenda.in(500 + random.nextLong(4_000), () -> ask(repeatable, call, answered)));
    }

    /** Somebody pays; the webhook and the success page both say so, in any order. */
    void topUp(LicenseId license, long millis) {
        Payment payment = new Payment(license, "stripe:cs_" + numbers++, millis);
        expected.merge(license, millis, Long::sum);
        world.tally.count(Kind.TOP_UP);
        world.trace.say("shop", () -> "sells " + millis + " ms to " + license);
        boolean twice = random.nextBoolean();
        if (twice) {
            world.tally.count(Kind.TOP_UP_RACE);
            long later = random.nextLong(3_000);
            world.agenda.in(later, () -> credit(payment, 1));
        }
        credit(payment, 0);
    }

    /** Somebody pays, and no application hears of it. */
    void topUpElsewhere(LicenseId license, long millis) {
        expected.merge(license, millis, Long::sum);
        String key = "stripe:cs_" + numbers++;
        insist(true, server -> server.credit(license, millis, key), credited -> {});
    }

    private void credit(Payment payment, int attempt) {
        String key = world.mutant.paymentKey(payment.key, attempt);
        insist(true, server -> server.credit(payment.license, payment.millis, key), credited -> {
            answered(payment, credited);
            if (!paid.contains(payment)) {
                paid.add(payment);
            }
            if (random.nextBoolean()) {
                NodeProcess process = world.nodes.get(random.nextInt(world.nodes.size())).process;
                if (process != null) {
                    process.credited(payment.license);
                }
            }
        });
    }

    /** Whoever asks, and whenever: the answer is the first one, also in what the credit paid of what was owed. */
    private void answered(Payment payment, Credited credited) {
        Credited first = answers.putIfAbsent(payment, credited);
        boolean same = first == null
                || (first.addedMillis() == credited.addedMillis()
                        && first.collectedMillis() == credited.collectedMillis()
                        && first.balance().equals(credited.balance()));
        if (!same || credited.collectedMillis() > credited.addedMillis()) {
            throw new AssertionError("the same payment was answered " + first + " and " + credited);
        }
    }

    private void refund() {
        if (paid.isEmpty()) {
            return;
        }
        Payment payment = paid.get(random.nextInt(paid.size()));
        world.tally.count(Kind.REFUND);
        reverse(payment, "re_" + numbers++, 1, 1 + random.nextLong(payment.millis));
    }

    /** A dispute takes all; it may be won later, and the two messages come in any order. */
    private void dispute() {
        if (paid.isEmpty()) {
            return;
        }
        Payment payment = paid.get(random.nextInt(paid.size()));
        String object = "du_" + numbers++;
        world.tally.count(Kind.DISPUTE);
        boolean won = random.nextBoolean();
        long later = random.nextLong(4 * world.plan.unitMillis());
        boolean crossed = won && random.nextInt(3) == 0;
        if (won) {
            world.tally.count(Kind.DISPUTE_WON);
            world.agenda.in(crossed ? 0 : later, () -> reverse(payment, object, 2, 0));
        }
        world.agenda.in(crossed ? later : 0, () -> reverse(payment, object, 1, payment.millis));
    }

    private void reverse(Payment payment, String object, long version, long part) {
        taken.computeIfAbsent(payment, any -> new HashMap<>())
                .merge(object, new Taken(version, part), (one, other) -> one.version > other.version ? one : other);
        world.trace.say(
                "shop", () -> object + " takes " + part + " of " + payment.millis + " ms of " + payment.license);
        Reversal reversal = new Reversal(payment.key, object, version, part, payment.millis, "");
        insist(true, server -> server.reverse(payment.license, reversal).thenApply(balance -> true), done -> {});
    }

    private void debit(LicenseId license) {
        long millis = amount();
        String key = "debit-" + numbers++;
        world.tally.count(Kind.DEBIT);
        boolean again = random.nextBoolean();
        insist(false, server -> outcome(server.debit(license, millis, key)), first -> {
            debitTold(license, first);
            if (again) {
                world.tally.count(Kind.DEBIT_RETRIED);
                insist(false, server -> outcome(server.debit(license, millis, key)), second -> {
                    boolean same = first.isPresent()
                            && second.isPresent()
                            && first.get().deductedMillis() == second.get().deductedMillis()
                            && second.get().repeated();
                    if (first.isPresent() && !same) {
                        throw new AssertionError("the same debit was answered " + first + " and " + second);
                    }
                    if (first.isEmpty()) {
                        debitTold(license, second);
                    }
                });
            }
        });
    }

    private void debitTold(LicenseId license, Optional<Debited> told) {
        if (told.isPresent()) {
            debited.merge(license, told.get().deductedMillis(), Long::sum);
        } else {
            world.tally.count(Kind.DEBIT_REFUSED);
        }
    }

    private static CompletableFuture<Optional<Debited>> outcome(CompletableFuture<Debited> call) {
        return call.handle((debited, failure) -> {
            if (failure instanceof LicenseRequestException) {
                return Optional.empty();
            }
            if (failure != null) {
                throw new CompletionException(failure);
            }
            return Optional.of(debited);
        });
    }

    private void suspend(LicenseId license) {
        if (!decided.add(license)) {
            return;
        }
        LicenseStatus status = random.nextBoolean() ? LicenseStatus.SUSPENDED : LicenseStatus.REVOKED;
        insist(false, server -> server.change(license, status, null).thenApply(changed -> true), done -> {
            world.tally.count(Kind.SUSPENDED);
            world.trace.say("operator", () -> status + " " + license);
            stopped.put(
                    license,
                    new Stopped(
                            world.agenda.now(),
                            world.nodes.stream().map(SimNode::nanos).toList()));
            world.agenda.in(random.nextLong(20 * world.plan.unitMillis()), () -> reactivate(license));
        });
    }

    /** Whatever was decided about a license is undone. */
    void reactivate(LicenseId license) {
        stopped.remove(license);
        world.tally.count(Kind.REACTIVATED);
        insist(
                false,
                server -> server.change(license, LicenseStatus.ACTIVE, world.ledger.aYearOn())
                        .thenApply(changed -> true),
                done -> decided.remove(license));
        world.trace.say("operator", () -> "reactivates " + license);
    }

    private void expire(LicenseId license) {
        if (!decided.add(license)) {
            return;
        }
        long at = world.ledger.now() + random.nextLong(10 * world.plan.unitMillis());
        world.tally.count(Kind.EXPIRY_SET);
        world.trace.say("operator", () -> license + " expires at " + at);
        insist(
                false,
                server -> server.change(license, null, at).thenApply(changed -> true),
                done -> world.agenda.in(random.nextLong(30 * world.plan.unitMillis()), () -> reactivate(license)));
    }

    private void rotate(LicenseId license) {
        if (!rotating.add(license)) {
            return;
        }
        long grace = random.nextLong(10 * world.plan.unitMillis());
        insist(false, server -> server.rotate(license, Duration.ofMillis(grace)), rotated -> {
            rotating.remove(license);
            LicenseKey key = rotated.key();
            world.tally.count(Kind.KEY_ROTATED);
            world.trace.say("operator", () -> "gives " + license + " the key " + key.masked());
            world.keyOf(license, key);
        });
    }

    /** A request was let in by the server's word: not long after its license was stopped, if at all. */
    void served(Customers.Visit visit, SimNode node, long nanos) {
        Stopped since = stopped.get(visit.license());
        if (since == null) {
            return;
        }
        FaultPlan plan = world.plan;
        long most = plan.settings().leaseMillis() + plan.wayMillis() + plan.jitterMillis() + 1;
        long passed = (nanos - since.nanos.get(node.number)) / SimNode.MILLI;
        if (passed > most) {
            throw new AssertionError("node-" + node.number + " serves " + visit + " " + passed
                    + " ms after the license was stopped, allowed are " + most);
        }
    }

    /** After everything was answered: money is where it belongs. */
    void check() {
        for (LicenseId license : world.licenses) {
            same(
                    license,
                    "credited",
                    world.ledger.credited(license),
                    world.plan.balanceMillis() + expected.getOrDefault(license, 0L));
            same(license, "debited", world.ledger.debited(license), debited.getOrDefault(license, 0L));
            long back = taken.entrySet().stream()
                    .filter(entry -> entry.getKey().license.equals(license))
                    .mapToLong(entry -> Math.min(
                            entry.getKey().millis,
                            entry.getValue().values().stream()
                                    .mapToLong(Taken::part)
                                    .sum()))
                    .sum();
            same(license, "reversed", world.ledger.reversed(license), back);
        }
    }

    private static void same(LicenseId license, String what, long is, long should) {
        if (is != should) {
            throw new AssertionError(license + ": " + what + " is " + is + " ms, should be " + should + " ms");
        }
    }
}
