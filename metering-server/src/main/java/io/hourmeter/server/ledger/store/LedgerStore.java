package io.hourmeter.server.ledger.store;

import io.hourmeter.History;
import io.hourmeter.HistoryQuery;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;

/**
 * Where the ledger is kept. The port is cut so that a store may be shared by several server processes: a transaction
 * loads everything its calls need in a few set-based statements, with the license rows locked in the order of their
 * numbers, and writes everything back the same way. Reading takes no lock. A failure of the store is a
 * {@link StoreException}, whatever its driver throws.
 */
public interface LedgerStore extends AutoCloseable {

    /** Begins a transaction. Called by writer threads only; a store with one writer connection has one at a time. */
    Transaction begin() throws StoreException;

    /** Reads without locking; thread-safe. */
    Reads reads();

    /** Looks at the clock; whether what was seen of it is worth a transaction, at the latest after that long. */
    boolean clockWorthKeeping(long afterMillis);

    /** Does what is better done while nothing is written. Called by one thread, every few seconds. */
    void tidyWhenQuiet() throws StoreException;

    @Override
    void close();

    /** One transaction. Closing one that was not committed undoes it. */
    interface Transaction extends AutoCloseable {

        /** Locks the licenses in the order of their numbers, then loads the rest; what does not exist is left out. */
        UnitOfWork load(LoadRequest needs) throws StoreException;

        /** Writes back what has changed. */
        void write(UnitOfWork work) throws StoreException;

        /** Makes it durable. When this fails, the outcome is unknown. */
        void commit() throws StoreException;

        @Override
        void close() throws StoreException;
    }

    /** Reads; each call sees one state of the store. */
    interface Reads {

        /** The license that a key or id names now, with its clock read. */
        Optional<LicenseRecord> license(String name) throws StoreException;

        /** Those that match, newest first. */
        List<LicenseRecord> list(LicenseSearch search) throws StoreException;

        /** One page of the history of the license that a key or id names now. */
        Optional<History> history(String name, HistoryQuery query, ZoneId zone) throws StoreException;

        /**
         * Licenses with leases whose node went silent, or of which nobody knows because the clock went back since their
         * last transaction; at most {@code limit}.
         */
        List<Long> overdue(int limit) throws StoreException;

        /** Everything about the license with the lowest number above the given one. */
        Optional<AuditCase> audit(long aboveId) throws StoreException;

        /** Every row of every table, in a fixed order. */
        String dump() throws StoreException;

        /** Fails when the store does not answer. */
        void ping() throws StoreException;
    }
}
