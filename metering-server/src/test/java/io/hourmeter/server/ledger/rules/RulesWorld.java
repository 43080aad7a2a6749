package io.hourmeter.server.ledger.rules;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.LicenseStatus;
import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.UsageBatch;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * One license in a world of some hundred milliseconds, driven by a seed: nodes that open, report, lie, repeat, come late
 * and fall silent, purchases, debits, refunds, suspensions, and a clock that is set back. Each event goes to the rules
 * (through a store of maps that loads no more than {@link LoadPlan} asks for) and to {@link OracleLedger}; after each,
 * the answers, all rows and the invariants are compared.
 */
final class RulesWorld {

    private final long seed;
    private final SplittableRandom random;
    /** Whether the operator and the payment provider interfere; in half of the worlds they do not. */
    private final boolean troubled;
    /** Sessions that are billed apart, or the license as a whole, or both mixed. */
    private final List<String> scopes;

    /** Draws what the seller has set: half of the worlds forgive what cannot be paid, a quarter changes its mind. */
    private final SplittableRandom seller;

    private final RulesEngine engine;
    private final OracleLedger oracle;
    private final List<Object> story = new ArrayList<>();

    // The store.
    private LicenseRow license;
    private final Map<String, LeaseRow> leases = new LinkedHashMap<>();
    private final Map<String, ScopeRow> breaks = new HashMap<>();

    // What the nodes and the customer know.
    private long storeClock = 100;
    private final List<LeaseMessage> sent = new ArrayList<>();
    private final List<LeaseMessage> settled = new ArrayList<>();
    private final Map<String, List<Long>> arrivals = new HashMap<>();
    private final Map<String, List<Long>> refusals = new HashMap<>();

    RulesWorld(long seed, RulesEngine engine) {
        this.seed = seed;
        this.random = new SplittableRandom(seed);
        this.engine = engine;
        this.troubled = random.nextBoolean();
        this.scopes = List.of(List.of(""), List.of("a", "b", "c"), List.of("", "a", "b"))
                .get(random.nextInt(3));
        this.license = LicenseRow.fresh(1, "lic_12345678", LicenseRow.NEVER, storeClock);
        this.oracle = new OracleLedger(RulesEngine.TINY, storeClock);
        this.seller = new SplittableRandom(~seed);
        oracle.owes = seller.nextBoolean();
        credit(random.nextInt(60));
        if (troubled && random.nextInt(3) == 0) {
            long expires = storeClock + random.nextInt(150);
            license = license.withExpires(expires);
            oracle.expires = expires;
        }
    }

    void run(int events) {
        for (int i = 0; i < events; i++) {
            event();
            if (i % 8 == 7) {
                fair();
            }
        }
        replayEverything();
        quiet();
        heal();
    }

    private void event() {
        pass();
        if (oracle.owes ? seller.nextInt(80) == 0 : seller.nextInt(160) == 0) {
            oracle.owes = !oracle.owes;
            note("owes " + oracle.owes);
        }
        switch (random.nextInt(20)) {
            case 0, 1 -> credit(random.nextInt(20));
            case 2 -> debit(random.nextInt(10));
            case 3 -> trouble();
            case 4 -> transaction("reaper", List.of());
            case 5 -> repeat();
            case 6, 7, 8 -> transaction("swap", swap());
            case 9, 10, 11, 12, 13 -> transaction("known", List.of(known()));
            default -> transaction("fresh", batch());
        }
    }

    private void pass() {
        storeClock += random.nextInt(random.nextInt(6) == 0 ? 25 : 6);
        if (random.nextInt(60) == 0) {
            storeClock -= 20_000;
        } else if (random.nextInt(60) == 0) {
            storeClock -= random.nextInt(20);
        }
    }

    private void credit(long millis) {
        transaction("credit " + millis, List.of());
        license = license.plusCredited(millis);
        if (oracle.owes) {
            LicenseState before = LicenseState.of(
                    license,
                    leases.values().stream()
                            .filter(row -> row.open() || row.debtMillis() > 0)
                            .toList(),
                    List.of());
            write(engine.collect(before, millis).changesSince(before));
        }
        oracle.credit(millis);
        compare();
    }

    private void debit(long wanted) {
        transaction("debit", List.of());
        long millis = Math.min(wanted, license.availableMillis());
        assertThat(millis)
                .as(this::tell)
                .isEqualTo(Math.min(wanted, Math.max(0, oracle.purchased() - oracle.charged - oracle.held())));
        note("debit " + millis);
        license = license.plusCharged(millis);
        oracle.charged += millis;
        oracle.debits += millis;
    }

    private void trouble() {
        if (troubled && random.nextBoolean()) {
            reverse();
        } else if (troubled) {
            suspendOrResume();
        }
    }

    private void reverse() {
        long reversed = random.nextInt(3) > 0 ? 0 : random.nextLong(license.creditedMillis() + 1);
        note("reversed " + reversed);
        license = license.withReversed(reversed);
        oracle.reversed = reversed;
    }

    private void suspendOrResume() {
        boolean active = random.nextInt(3) > 0;
        note("active " + active);
        license = license.withStatus(active ? LicenseStatus.ACTIVE : LicenseStatus.SUSPENDED);
        oracle.active = active;
    }

    private void repeat() {
        if (!sent.isEmpty()) {
            transaction("again", List.of(sent.get(random.nextInt(sent.size()))));
        }
    }

    /** The next arrival of a customer whose lease is over: close it, and open the next in its scope. */
    private List<LeaseMessage> swap() {
        List<LeaseRow> open = leases.values().stream().filter(LeaseRow::holder).toList();
        if (open.isEmpty()) {
            return List.of(fresh());
        }
        LeaseRow row = open.get(random.nextInt(open.size()));
        long elapsed = license.lastNowMillis() - row.fromMillis();
        long used = random.nextLong(Math.min(elapsed, row.authorizedMillis()) + 1);
        return List.of(
                message(row.lease(), row.scope(), elapsed, used, random.nextInt(4) > 0, row.seq() + 1, false, true),
                message("s" + row.lease() + sent.size(), row.scope(), 0, null, false, 0, false, true));
    }

    /** Up to three messages, so that one may close a lease and open the next. */
    private List<LeaseMessage> batch() {
        List<LeaseMessage> messages = new ArrayList<>();
        if (random.nextInt(3) == 0) {
            messages.add(known());
        }
        messages.add(fresh());
        if (random.nextInt(5) == 0) {
            messages.add(fresh());
        }
        return messages;
    }

    private LeaseMessage fresh() {
        boolean opens = random.nextInt(5) > 0;
        boolean offline = !opens && random.nextBoolean();
        long age = random.nextInt(3) == 0 ? random.nextInt(20) : random.nextInt(2);
        Long used = opens ? null : (Long) (long) random.nextInt((int) age + 4);
        boolean done = random.nextInt(opens ? 20 : 3) == 0;
        return message(
                "l" + (100 + sent.size() * 10 + random.nextInt(10)),
                scopes.get(random.nextInt(scopes.size())),
                age,
                used,
                done,
                random.nextInt(3),
                offline,
                random.nextInt(6) > 0);
    }

    private LeaseMessage known() {
        if (leases.isEmpty()) {
            return fresh();
        }
        List<LeaseRow> rows = new ArrayList<>(leases.values());
        LeaseRow row = rows.get(random.nextInt(3) > 0 ? rows.size() - 1 : random.nextInt(rows.size()));
        long elapsed = Math.max(0, license.lastNowMillis() - row.fromMillis());
        boolean offline = random.nextInt(6) == 0;
        Long used = switch (random.nextInt(6)) {
            case 0 -> null;
            case 1 -> (Long) (long) random.nextInt(40);
            default -> Long.valueOf(Math.min(elapsed, row.authorizedMillis() + (offline ? row.graceMillis() : 0)));
        };
        long seq = random.nextInt(5) == 0 ? row.seq() - random.nextInt(2) : row.seq() + 1;
        return message(
                row.lease(),
                random.nextInt(40) == 0 ? "b" : row.scope(),
                elapsed,
                used,
                random.nextInt(4) == 0,
                Math.max(0, seq),
                offline,
                true);
    }

    private LeaseMessage message(
            String lease,
            String scope,
            long age,
            @Nullable Long used,
            boolean done,
            long seq,
            boolean offline,
            boolean bridge) {
        UsageBatch.Item item = new UsageBatch.Item(lease, "", null, scope, "s", age, used, done, seq, offline, bridge);
        UsageBatch head =
                new UsageBatch("n", random.nextInt(4) * 4, 1 + random.nextInt(25), random.nextInt(3) * 4, List.of());
        return new LeaseMessage(head, item);
    }

    /** What a store does. */
    private void transaction(String what, List<LeaseMessage> messages) {
        note(what);
        note(messages);
        license = ClockStep.of(license, storeClock).license();
        oracle.begin(storeClock);
        List<LeaseRow> loaded = new ArrayList<>();
        List<String> named = messages.stream().map(m -> m.item().lease()).toList();
        for (LeaseRow row : leases.values()) {
            if (row.open() || named.contains(row.lease())) {
                loaded.add(row);
            }
        }
        LoadPlan plan = LoadPlan.of(license, loaded, messages, RulesEngine.TINY);
        for (LeaseRow row : leases.values()) {
            Long since = plan.since().get(row.scope());
            if (since != null && row.reachMillis() >= since) {
                loaded.add(row);
            }
        }
        List<ScopeRow> loadedBreaks = breaks.values().stream()
                .filter(row -> plan.since().containsKey(row.scope()))
                .toList();
        LicenseState before = LicenseState.of(license, loaded, loadedBreaks);
        LicenseState state = engine.lapse(before);
        for (LeaseMessage message : messages) {
            state = apply(state, message);
        }
        write(state.changesSince(before));
        compare();
    }

    private LicenseState apply(LicenseState state, LeaseMessage message) {
        UsageBatch.Item item = message.item();
        OracleLedger.Lease known = oracle.leases.get(item.lease());
        boolean open = known == null || known.open();
        boolean news = known == null || item.seq() > known.seq;
        long authorized = known == null ? 0 : known.authorized;
        long uncollected = oracle.uncollected;
        long now = oracle.now;

        OracleLedger.Answer expected = oracle.apply(message.batch(), item);
        LeaseOutcome outcome = engine.apply(state, message);
        UsageAnswers.Answer answer = outcome.answer();
        note(answer);
        assertThat(new OracleLedger.Answer(
                        answer.state(),
                        answer.authorizedMillis(),
                        answer.last(),
                        answer.remainingMillis(),
                        answer.retryAfterMillis()))
                .as(this::tell)
                .isEqualTo(expected);

        OracleLedger.Lease after = oracle.leases.get(item.lease());
        if (answer.state() == State.INVALID || after == null) {
            return owed(state, outcome, message);
        }
        if (after.authorized > authorized) {
            assertThat(oracle.charged + oracle.held())
                    .as(() -> "no overspend when granted\n" + tell())
                    .isLessThanOrEqualTo(oracle.purchased());
        }
        assertThat(after.authorized)
                .as(() -> "granted time is never taken back\n" + tell())
                .isGreaterThanOrEqualTo(authorized);
        if (open && !item.offline() && !oracle.lateUse) {
            assertThat(oracle.uncollected)
                    .as(() -> "paid from its own hold\n" + tell())
                    .isEqualTo(uncollected);
        }
        arrivals.computeIfAbsent(item.scope(), scope -> new ArrayList<>()).add(after.from);
        boolean opens = item.usedMillis() == null && !item.done() && news;
        if (opens && answer.state() != State.OK && after.open()) {
            refusals.computeIfAbsent(item.scope(), scope -> new ArrayList<>()).add(now);
        }
        sent.add(message);
        Long used = item.usedMillis();
        if (used == null || (after.used != null && used <= after.used)) {
            settled.add(message);
        }
        return owed(state, outcome, message);
    }

    private LicenseState owed(LicenseState before, LeaseOutcome outcome, LeaseMessage message) {
        return oracle.owes ? engine.owe(before, outcome.state(), message) : outcome.state();
    }

    private void write(LicenseState.Changes changes) {
        license = changes.license();
        changes.added()
                .forEach(row ->
                        assertThat(leases.put(row.lease(), row)).as(this::tell).isNull());
        changes.changed()
                .forEach(row ->
                        assertThat(leases.put(row.lease(), row)).as(this::tell).isNotNull());
        changes.breaks().forEach(row -> breaks.put(row.scope(), row));
    }

    private void compare() {
        assertThat(List.of(
                        license.chargedMillis(),
                        license.heldMillis(),
                        license.uncollectedMillis(),
                        license.owedMillis(),
                        license.collectedMillis(),
                        license.lastNowMillis(),
                        license.clockOffsetMillis()))
                .as(() -> "charged, held, uncollected, owed, collected, now, offset\n" + tell())
                .isEqualTo(List.of(
                        oracle.charged,
                        oracle.held(),
                        oracle.uncollected,
                        oracle.owed,
                        oracle.collected,
                        oracle.now,
                        oracle.offset));
        assertThat(leases.keySet()).as(this::tell).isEqualTo(oracle.leases.keySet());
        for (OracleLedger.Lease expected : oracle.leases.values()) {
            LeaseRow row = Objects.requireNonNull(leases.get(expected.id));
            assertThat(describe(row)).as(this::tell).isEqualTo(describe(expected));
        }
        Map<String, Long> moments = new HashMap<>();
        breaks.values().forEach(row -> moments.put(row.scope(), row.breakMillis()));
        assertThat(moments).as(this::tell).isEqualTo(oracle.breaks);
        conservation();
    }

    private void conservation() {
        long lines = leases.values().stream().mapToLong(LeaseRow::chargedMillis).sum();
        assertThat(license.chargedMillis())
                .as(() -> "conservation\n" + tell())
                .isEqualTo(oracle.covered() - license.unpaidMillis() + oracle.debits)
                .isEqualTo(lines + license.collectedMillis() + oracle.debits);
    }

    private void fair() {
        for (String scope : oracle.scopes()) {
            fair(scope, oracle.actual(scope));
        }
    }

    /** Every covered moment was reported, or lies in a pause before an arrival that no refusal interrupts. */
    private void fair(String scope, BitSet covered) {
        for (long moment = -100; moment < oracle.now + 60; moment++) {
            if (OracleLedger.has(covered, moment) && !reported(scope, moment) && !bridged(scope, moment)) {
                throw new AssertionError("billed without use: " + moment + " of scope '" + scope + "'\n" + tell());
            }
        }
    }

    private boolean reported(String scope, long moment) {
        for (LeaseMessage message : sent) {
            UsageBatch.Item item = message.item();
            LeaseRow row = leases.get(item.lease());
            Long used = item.usedMillis();
            if (used != null
                    && item.scope().equals(scope)
                    && row != null
                    && row.fromMillis() <= moment
                    && moment < row.fromMillis() + used) {
                return true;
            }
        }
        return false;
    }

    private boolean bridged(String scope, long moment) {
        long longestGap = 12;
        for (long arrival : arrivals.getOrDefault(scope, List.of())) {
            boolean inPause = arrival - longestGap <= moment && moment < arrival;
            boolean interrupted = refusals.getOrDefault(scope, List.of()).stream()
                    .anyMatch(refusal -> moment <= refusal && refusal < arrival);
            if (inPause && !interrupted) {
                return true;
            }
        }
        return false;
    }

    /** A message whose use was accepted may come again, any number of times, in any order. */
    private void replayEverything() {
        transaction("before the replay", List.of());
        LicenseRow licenseBefore = license;
        Map<String, LeaseRow> leasesBefore = Map.copyOf(leases);
        Map<String, ScopeRow> breaksBefore = Map.copyOf(breaks);
        Collections.shuffle(settled, new Random(seed));
        for (LeaseMessage message : List.copyOf(settled)) {
            transaction("replay", List.of(message));
        }
        assertThat(license).as(() -> "replayed\n" + tell()).isEqualTo(licenseBefore);
        assertThat(leases).as(() -> "replayed\n" + tell()).isEqualTo(leasesBefore);
        assertThat(breaks).as(() -> "replayed\n" + tell()).isEqualTo(breaksBefore);
    }

    private void quiet() {
        storeClock += 200;
        transaction("everything is quiet", List.of());
        assertThat(license.heldMillis()).as(() -> "held\n" + tell()).isZero();
    }

    /** After a purchase that also covers a debt, an active license that has not expired is served in every scope. */
    private void heal() {
        license = license.withStatus(LicenseStatus.ACTIVE).withExpires(LicenseRow.NEVER);
        oracle.active = true;
        oracle.expires = LicenseRow.NEVER;
        credit(1_000 - Math.min(0, license.remainingMillis()));
        if (oracle.owes) {
            assertThat(license.debtMillis()).as(() -> "owed\n" + tell()).isZero();
        }
        for (String scope : scopes) {
            LeaseMessage open = message("healed" + scope, scope, 0, null, false, 0, false, true);
            transaction("heal", List.of(open));
            assertThat(Objects.requireNonNull(leases.get(open.item().lease())).granted())
                    .as(this::tell)
                    .isTrue();
        }
    }

    private static String describe(LeaseRow row) {
        return row.lease() + " '" + row.scope() + "' from " + row.fromMillis() + " used "
                + (row.hasUse() ? row.usedMillis() : "none") + " authorized " + row.authorizedMillis() + " break "
                + row.breakMillis() + " offline " + row.offline() + " closed " + row.closed() + " lapsed "
                + row.lapsed() + " seq " + row.seq() + " charged " + row.chargedMillis() + " uncollected "
                + row.uncollectedMillis() + " owed " + row.owedMillis() + " collected " + row.collectedMillis();
    }

    private static String describe(OracleLedger.Lease lease) {
        return lease.id + " '" + lease.scope + "' from " + lease.from + " used "
                + (lease.used == null ? "none" : lease.used) + " authorized " + lease.authorized + " break "
                + lease.brk + " offline " + lease.offline + " closed " + lease.closed + " lapsed " + lease.lapsed
                + " seq " + lease.seq + " charged " + lease.charged + " uncollected " + lease.uncollected
                + " owed " + lease.owed + " collected " + lease.collected;
    }

    private void note(Object event) {
        story.add(storeClock);
        story.add(event);
    }

    private String tell() {
        return "seed " + seed + "\n" + story.stream().map(Object::toString).collect(joining("\n"));
    }
}
