package io.hourmeter.server.ledger;

import io.hourmeter.server.ledger.store.LedgerStore;
import io.hourmeter.server.ledger.store.LoadRequest;
import io.hourmeter.server.ledger.store.StoreException;
import io.hourmeter.server.ledger.store.UnitOfWork;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** A store that counts its commits and fails on request. */
final class CountingStore implements LedgerStore {

    final AtomicInteger commits = new AtomicInteger();
    volatile boolean failNextCommit;
    /** Work that the tables refuse, whatever is in it. */
    volatile Predicate<UnitOfWork> refuse = work -> false;

    private final LedgerStore store;

    CountingStore(LedgerStore store) {
        this.store = store;
    }

    @Override
    public Transaction begin() throws StoreException {
        return new Counting(store.begin());
    }

    @Override
    public Reads reads() {
        return store.reads();
    }

    @Override
    public boolean clockWorthKeeping(long afterMillis) {
        return store.clockWorthKeeping(afterMillis);
    }

    @Override
    public void tidyWhenQuiet() throws StoreException {
        store.tidyWhenQuiet();
    }

    @Override
    public void close() {
        store.close();
    }

    private final class Counting implements Transaction {

        private final Transaction transaction;

        Counting(Transaction transaction) {
            this.transaction = transaction;
        }

        @Override
        public UnitOfWork load(LoadRequest needs) throws StoreException {
            return transaction.load(needs);
        }

        @Override
        public void write(UnitOfWork work) throws StoreException {
            if (refuse.test(work)) {
                throw new IllegalStateException("refused by the test");
            }
            transaction.write(work);
        }

        @Override
        public void commit() throws StoreException {
            if (failNextCommit) {
                failNextCommit = false;
                throw new StoreException("the disk is gone, for a test", false, null);
            }
            transaction.commit();
            commits.incrementAndGet();
        }

        @Override
        public void close() throws StoreException {
            transaction.close();
        }
    }
}
