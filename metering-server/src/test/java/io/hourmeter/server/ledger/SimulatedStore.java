package io.hourmeter.server.ledger;

import io.hourmeter.server.ledger.rules.ClockStep;
import io.hourmeter.server.ledger.rules.LeaseMessage;
import io.hourmeter.server.ledger.rules.LeaseRow;
import io.hourmeter.server.ledger.rules.LoadPlan;
import io.hourmeter.server.ledger.rules.ScopeRow;
import io.hourmeter.server.ledger.store.Account;
import io.hourmeter.server.ledger.store.LedgerStore;
import io.hourmeter.server.ledger.store.LoadRequest;
import io.hourmeter.server.ledger.store.StoreException;
import io.hourmeter.server.ledger.store.UnitOfWork;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One server process's way to the shared {@link Tables}: loads what {@link LoadRequest} and {@link LoadPlan} name and nothing
 * else, as the real stores do, and commits as fate has it.
 *
 * <p>A transaction happens at one moment. The row locks of a real store, held from load to commit, make any two
 * transactions on one license follow each other, so that nothing is lost by that.
 */
final class SimulatedStore implements LedgerStore {

    /** What becomes of a commit. */
    enum Fate {
        DURABLE,
        FAILED,
        UNKNOWN,
        KILLED_BEFORE,
        KILLED_AFTER
    }

    /** The process is killed at this very moment. */
    static final class Killed extends Error {
        private static final long serialVersionUID = 1;

        Killed() {
            super("kill -9", null, false, false);
        }
    }

    private final Tables tables;
    private final LongSupplier clock;
    private final Supplier<Fate> fate;
    private final LedgerWatch watch;
    private final StoreMutant mutant;

    SimulatedStore(Tables tables, LongSupplier clock, Supplier<Fate> fate, LedgerWatch watch, StoreMutant mutant) {
        this.tables = tables;
        this.clock = clock;
        this.fate = fate;
        this.watch = watch;
        this.mutant = mutant;
    }

    @Override
    public Transaction begin() {
        watch.begin();
        return new Simulated(clock.getAsLong());
    }

    @Override
    public Reads reads() {
        throw new UnsupportedOperationException("reading is not simulated");
    }

    @Override
    public boolean clockWorthKeeping(long afterMillis) {
        return false;
    }

    @Override
    public void tidyWhenQuiet() {
        throw new UnsupportedOperationException("the tables are in memory");
    }

    @Override
    public void close() {}

    private final class Simulated implements Transaction {

        private final long storeMillis;
        private @Nullable UnitOfWork written;

        Simulated(long storeMillis) {
            this.storeMillis = storeMillis;
        }

        @Override
        public UnitOfWork load(LoadRequest needs) {
            UnitOfWork work = new UnitOfWork(mutant.clock(storeMillis, tables, needs), false, () -> {
                throw new AssertionError("no license is created here");
            });
            for (String name : needs.licenses()) {
                Tables.Named named = tables.named(name);
                if (named != null) {
                    work.add(named.license().license);
                    work.name(name, named.license().row().id(), named.endsAt());
                }
            }
            for (long id : needs.licenseIds()) {
                Tables.Stored stored = tables.byId(id);
                if (stored != null) {
                    work.add(stored.license);
                }
            }
            for (Account account : work.accounts()) {
                loadLeases(account, needs.messages(work, account), needs.debts(work, account));
            }
            for (LoadRequest.EntryKey key : needs.entries()) {
                loadEntry(work, key);
            }
            for (LoadRequest.EntryKey key : needs.purchases()) {
                Tables.Named named = tables.named(key.license());
                if (named != null) {
                    Account account = work.byId(named.license().row().id());
                    named.license()
                            .reversals
                            .getOrDefault(key.idempotencyKey(), Map.of())
                            .values()
                            .forEach(account::addLoaded);
                }
            }
            for (String name : needs.keys()) {
                Tables.Named named = tables.named(name);
                if (named != null) {
                    Account account = work.byId(named.license().row().id());
                    named.license().keys.values().forEach(account::addLoaded);
                }
            }
            return work;
        }

        private void loadEntry(UnitOfWork work, LoadRequest.EntryKey key) {
            Tables.Named named = tables.named(key.license());
            if (named != null) {
                Account account = work.byId(named.license().row().id());
                named.license()
                        .entriesByKey
                        .getOrDefault(key.idempotencyKey(), Map.of())
                        .values()
                        .forEach(account::addLoaded);
            }
        }

        private void loadLeases(Account account, List<LeaseMessage> messages, boolean debts) {
            Tables.Stored stored = tables.byId(account.id());
            if (stored == null || (stored.open.isEmpty() && messages.isEmpty() && !debts)) {
                return;
            }
            List<LeaseRow> leases = new ArrayList<>(stored.open.values());
            if (debts) {
                stored.leases.values().stream()
                        .filter(lease -> lease.debtMillis() > 0)
                        .forEach(leases::add);
            }
            for (LeaseMessage message : messages) {
                LeaseRow named = stored.leases.get(message.item().lease());
                if (named != null) {
                    leases.add(named);
                }
            }
            List<ScopeRow> breaks = new ArrayList<>();
            LoadPlan.of(account.row(), leases, messages).since().forEach((scope, since) -> {
                for (LeaseRow lease : stored.scope(scope).values()) {
                    if (lease.reachMillis() >= since) {
                        leases.add(lease);
                    }
                }
                ScopeRow row = stored.breaks.get(scope);
                if (row != null) {
                    breaks.add(row);
                }
            });
            account.setLeases(leases, breaks);
        }

        @Override
        public void write(UnitOfWork work) {
            written = work;
        }

        @Override
        public void commit() throws StoreException {
            UnitOfWork work = written;
            if (work == null) {
                throw new AssertionError("a commit without anything written");
            }
            Fate drawn = fate.get();
            if (drawn == Fate.KILLED_BEFORE || drawn == Fate.FAILED) {
                if (mutant.answersBeforeCommit()) {
                    return;
                }
                stop(drawn);
            }
            watch.committed(work);
            stop(drawn);
        }

        private static void stop(Fate drawn) throws StoreException {
            switch (drawn) {
                case DURABLE -> {}
                case FAILED -> throw new StoreException("the store failed, for a test", false, null);
                case UNKNOWN -> throw new StoreException("the connection broke, for a test", false, null);
                case KILLED_BEFORE, KILLED_AFTER -> throw new Killed();
            }
        }

        @Override
        public void close() {}
    }

    /** Licenses with leases whose nodes are silent; the one thing that a server process reads by itself. */
    List<Long> overdue(int limit) {
        List<Long> overdue = new ArrayList<>();
        long storeNow = clock.getAsLong();
        for (Tables.Stored stored : tables.all()) {
            long now = Math.max(
                    stored.row().lastNowMillis(), storeNow + stored.row().clockOffsetMillis());
            boolean any = stored.open.values().stream()
                    .anyMatch(lease -> lease.authorizedEndMillis() + LeaseRow.LAPSE_AFTER_MILLIS < now);
            boolean back = storeNow + stored.row().clockOffsetMillis() + ClockStep.TOLERATED_MILLIS
                    < stored.row().lastNowMillis();
            if ((any || (back && !stored.open.isEmpty())) && overdue.size() < limit) {
                overdue.add(stored.row().id());
            }
        }
        return overdue;
    }
}
