package io.hourmeter.server.ledger.store;

import io.hourmeter.LicenseServerUnavailableException;
import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A database that holds a ledger, or is to hold one; each kind of database has its own. Everything it throws is a
 * {@link LicenseServerUnavailableException} with one line that says why.
 */
public interface LedgerDatabase {

    /** The same for two URLs that name one database. */
    String name();

    /**
     * Takes it for this process, creates it where it is missing, and brings its tables up to date.
     *
     * @param clock the calendar, where the database has none
     * @return a store that the caller closes
     */
    LedgerStore open(StoreClock clock);

    /** Reads what is there, and changes nothing: another process may be at work on it. */
    <T> T read(Function<LedgerStore.Reads, T> reading);

    /**
     * Copies it, as it is at one moment, while a license server may be at work on it.
     *
     * @param target must not exist
     * @param check looks at the copy before it gets its name
     * @return what the check has found
     */
    <T> T backup(Path target, Function<LedgerStore.Reads, T> check);

    /**
     * Puts a copy in its place, while no license server has it open.
     *
     * @param keep whether a ledger that is there may be renamed; else there must be none
     * @param check looks at the copy before it gets the name
     */
    <T> Restored<T> restore(Path backup, boolean keep, Function<LedgerStore.Reads, T> check);

    /**
     * What a restore has done.
     *
     * @param checked what the check has found
     * @param kept the file in which the ledger before is kept; null when there was none
     */
    record Restored<T>(T checked, @Nullable Path kept) {}
}
