package io.hourmeter.server.ledger.sqlite;

import com.zaxxer.hikari.pool.HikariPool;
import io.hourmeter.server.ledger.store.StoreException;
import java.io.IOException;
import java.sql.SQLException;
import org.sqlite.SQLiteErrorCode;

/** What SQLite's failures mean to the person who can mend them. */
final class SqliteFailure {

    /** Extended result codes say more in their higher bits; what went wrong is in these. */
    private static final int PRIMARY = 0xff;

    private SqliteFailure() {}

    /** Of whatever the opening of a database throws. */
    static String reason(Exception failure) {
        if (failure instanceof SQLException sql) {
            return reason(sql);
        }
        if (failure instanceof IOException io) {
            return FileFailure.reason(io);
        }
        // The pool of connections only wraps what the driver said.
        boolean wrapped = failure instanceof HikariPool.PoolInitializationException;
        return wrapped && failure.getCause() instanceof SQLException sql ? reason(sql) : firstLine(failure);
    }

    /** What leaves the store. */
    static StoreException failure(SQLException failure) {
        return new StoreException(reason(failure), blamesData(failure), failure);
    }

    /** A clause in plain words, without the name of the file. */
    static String reason(SQLException failure) {
        return switch (code(failure)) {
            case SQLITE_FULL -> "the disk is full";
            case SQLITE_READONLY -> "the file or its folder may not be written by this user";
            case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_AUTH ->
                "the file cannot be opened; may this user read and write it and its folder?";
            case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL -> "another process keeps the file locked";
            case SQLITE_NOTADB -> "the file is no SQLite database";
            case SQLITE_CORRUPT -> "the file is damaged";
            case SQLITE_IOERR -> "the disk failed: " + firstLine(failure);
            default -> firstLine(failure);
        };
    }

    /** Whether what was to be written is at fault, and neither the store nor the way to it. */
    private static boolean blamesData(SQLException failure) {
        return switch (code(failure)) {
            case SQLITE_CONSTRAINT, SQLITE_MISMATCH, SQLITE_TOOBIG -> true;
            default -> false;
        };
    }

    private static SQLiteErrorCode code(SQLException failure) {
        return SQLiteErrorCode.getErrorCode(failure.getErrorCode() & PRIMARY);
    }

    static String firstLine(Throwable failure) {
        return String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
    }
}
