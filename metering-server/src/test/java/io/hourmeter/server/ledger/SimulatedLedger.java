package io.hourmeter.server.ledger;

import io.hourmeter.Customer;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseStatus;
import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageBatch;
import io.hourmeter.server.ledger.rules.EntryKind;
import io.hourmeter.server.ledger.rules.LeaseRow;
import io.hourmeter.server.ledger.rules.LicenseRow;
import io.hourmeter.server.ledger.rules.RulesEngine;
import io.hourmeter.server.ledger.rules.RulesMutant;
import io.hourmeter.server.ledger.store.EntryRecord;
import io.hourmeter.server.ledger.store.KeyRecord;
import io.hourmeter.server.ledger.store.LicenseRecord;
import io.hourmeter.server.ledger.store.LoadRequest;
import io.hourmeter.server.simulation.Agenda;
import io.hourmeter.server.simulation.Kind;
import io.hourmeter.server.simulation.Tally;
import io.hourmeter.server.simulation.Trace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A ledger shared by several simulated server processes, with somebody who checks every commit and every answer. All of
 * it runs in virtual time, on one thread.
 */
public final class SimulatedLedger {

    /** What the store's calendar shows at virtual time 0. */
    public static final long CALENDAR = 1_767_225_600_000L;

    private static final Customer CUSTOMER = new Customer("somebody@example.com", "", "");

    final Agenda agenda;
    final SplittableRandom random;
    final Tally tally;
    final Trace trace;
    final Tables tables = new Tables();
    final LedgerWatch watch;
    final List<SimulatedServer> servers = new ArrayList<>();

    @Nullable RulesEngine mutant;

    StoreMutant storeMutant = StoreMutant.NONE;
    boolean reaping = true;

    /** Whether what cannot be paid is owed, and whether credits pay it. */
    private boolean owes;

    private boolean collecting = true;

    /** Percentages of commits that fail, and that kill their server. */
    private int failPercent;

    private int killPercent;
    private long slowest;
    private long clockAhead;

    public SimulatedLedger(Agenda agenda, SplittableRandom random, Tally tally, Trace trace) {
        this.agenda = agenda;
        this.random = random;
        this.tally = tally;
        this.trace = trace;
        this.watch = new LedgerWatch(tables, agenda, tally, trace);
    }

    /** One more server process. */
    public SimulatedServer server() {
        SimulatedServer server = new SimulatedServer(this);
        servers.add(server);
        return server;
    }

    /** A license with some time on it. */
    public LicenseId create(int number, LicenseKey key, long millis) {
        LicenseId id = new LicenseId("lic_%08d".formatted(number));
        long now = storeNow();
        LicenseRow row = LicenseRow.fresh(number, id.value(), aYearOn(), now).plusCredited(millis);
        EntryRecord.After after = new EntryRecord.After(millis, 0, 0);
        tables.create(
                new LicenseRecord(row, key.masked(), CUSTOMER, "", now),
                new KeyRecord(key.sha256(), key.masked(), now, null),
                new EntryRecord(
                        EntryKind.GRANT, millis, after, EntryRecord.Cause.of(""), new EntryRecord.Moment(now, 0)));
        return id;
    }

    /** How long a call waits for its commit at most. */
    public void setSlowest(long millis) {
        slowest = millis;
    }

    /** How many of a hundred commits fail, and how many kill their server. */
    public void setFaults(int failing, int killing) {
        failPercent = failing;
        killPercent = killing;
    }

    /** Has what cannot be paid owed, and paid first by the next credit. */
    public void setOwes() {
        owes = true;
        watch.owes = true;
    }

    boolean owes() {
        return owes;
    }

    boolean collects() {
        return owes && collecting;
    }

    /** The clocks of two servers differ by at most so much. */
    public void setServersDiffer(long millis) {
        watch.serversDiffer = millis;
    }

    /** Sets the store's clock ahead, or back. */
    public void stepClock(long millis) {
        clockAhead += millis;
        if (millis < 0) {
            watch.stepsBack++;
        }
    }

    /** Beyond the end of any world by a clock that is right, and long past by one that is ahead by years. */
    public long aYearOn() {
        return CALENDAR + agenda.now() + Duration.ofDays(365).toMillis();
    }

    /** What the store's calendar shows. */
    public long now() {
        return storeNow();
    }

    long storeNow() {
        return CALENDAR + agenda.now() + clockAhead;
    }

    long commitMillis() {
        return slowest == 0 ? 0 : random.nextLong(slowest + 1);
    }

    SimulatedStore store(LongSupplier clockOff) {
        return new SimulatedStore(tables, () -> storeNow() + clockOff.getAsLong(), this::fate, watch, storeMutant);
    }

    private SimulatedStore.Fate fate() {
        if (failPercent + killPercent == 0) {
            return SimulatedStore.Fate.DURABLE;
        }
        int drawn = random.nextInt(1000);
        boolean before = random.nextBoolean();
        if (drawn < killPercent * 10) {
            tally.count(before ? Kind.SERVER_KILLED_BEFORE_COMMIT : Kind.SERVER_KILLED_AFTER_COMMIT);
            return before ? SimulatedStore.Fate.KILLED_BEFORE : SimulatedStore.Fate.KILLED_AFTER;
        }
        if (drawn < (killPercent + failPercent) * 10) {
            tally.count(before ? Kind.COMMIT_FAILED : Kind.COMMIT_UNKNOWN);
            return before ? SimulatedStore.Fate.FAILED : SimulatedStore.Fate.UNKNOWN;
        }
        return SimulatedStore.Fate.DURABLE;
    }

    /** A server died; it is started again some seconds later. */
    void killed(SimulatedServer server) {
        agenda.in(random.nextLong(20_000), server::start);
    }

    // What a world asks about the ledger

    private LicenseRow row(LicenseId id) {
        Tables.Named named = tables.named(id.value());
        if (named == null) {
            throw new AssertionError("no such license");
        }
        return named.license().row();
    }

    public long charged(LicenseId id) {
        return row(id).chargedMillis();
    }

    /** How many leases there ever were. */
    public int leases(LicenseId id) {
        Tables.Named named = tables.named(id.value());
        return named == null ? 0 : named.license().leases.size();
    }

    public long held(LicenseId id) {
        return row(id).heldMillis();
    }

    public long purchased(LicenseId id) {
        return row(id).purchasedMillis();
    }

    public long credited(LicenseId id) {
        return row(id).creditedMillis();
    }

    public long reversed(LicenseId id) {
        return row(id).reversedMillis();
    }

    public long remaining(LicenseId id) {
        return row(id).remainingMillis();
    }

    /** Used in all, by a recount of every lease there ever was, whether it was paid or not. */
    public long covered(LicenseId id) {
        Tables.Named named = tables.named(id.value());
        return named == null
                ? 0
                : named.license().scopes.values().stream()
                        .mapToLong(scope -> Recount.actual(scope.values()))
                        .sum();
    }

    /** Taken by direct debits. */
    public long debited(LicenseId id) {
        Tables.Named named = tables.named(id.value());
        return named == null
                ? 0
                : named.license().entries.stream()
                        .filter(entry -> entry.kind() == EntryKind.DEBIT)
                        .mapToLong(entry -> -entry.millis())
                        .sum();
    }

    public boolean serves(LicenseId id) {
        return row(id).status() == LicenseStatus.ACTIVE && storeNow() < row(id).expiresMillis();
    }

    /** Through which offset the ledger has a lease used, -1 for not at all, or null when it does not know the lease. */
    public @Nullable Long used(LicenseId id, String lease) {
        Tables.Named named = tables.named(id.value());
        LeaseRow row = named == null ? null : named.license().leases.get(lease);
        return row == null ? null : Long.valueOf(row.usedMillis());
    }

    /** Whether a key was rotated out, and names its license no more or not for long. */
    public boolean keyEnds(String keySha256) {
        Tables.Named named = tables.named(keySha256);
        return named == null || named.endsAt() != null;
    }

    public String dump() {
        return tables.dump();
    }

    /** Checks what must hold when nothing is under way any more. */
    public void quiet() {
        watch.quiet();
    }

    /** Applies a message once more, at once. */
    public UsageAnswers replay(SimulatedServer server, UsageBatch batch) {
        var answer = server.usage(batch);
        agenda.runUntil(agenda.now() + slowest);
        return answer.join();
    }

    // Rules taken out

    /** A mutant by its name, of the rules or of the store. */
    public void mutate(String name) {
        switch (name) {
            case "ANSWER_BEFORE_COMMIT" ->
                storeMutant = new StoreMutant() {
                    @Override
                    public boolean answersBeforeCommit() {
                        return true;
                    }
                };
            case "CLOCK_FROZEN_INSTEAD_OF_REBASED" -> storeMutant = new FrozenClock();
            case "NOTHING_REAPED" -> reaping = false;
            case "DEBT_NEVER_COLLECTED" -> collecting = false;
            case "NOTHING" -> mutant = RulesEngine.STANDARD;
            default -> mutant = RulesMutant.valueOf(name).over(RulesEngine.STANDARD);
        }
    }

    /** A store's clock that went back is waited for. */
    private static final class FrozenClock implements StoreMutant {

        @Override
        public long clock(long storeMillis, Tables tables, LoadRequest needs) {
            long latest = storeMillis;
            for (String name : needs.licenses()) {
                Tables.Named named = tables.named(name);
                if (named != null) {
                    LicenseRow row = named.license().row();
                    latest = Math.max(latest, row.lastNowMillis() - row.clockOffsetMillis());
                }
            }
            return latest;
        }
    }

    /** For tests that bend messages. */
    public static UnaryOperator<UsageBatch.Item> asClose() {
        return WatchedUsage::closing;
    }
}
