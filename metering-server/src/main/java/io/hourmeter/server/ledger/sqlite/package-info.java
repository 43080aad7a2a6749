/**
 * Ledgers in SQLite files; all SQL there is.
 *
 * <p>Read {@code SqliteStore} first: connections and durability. A transaction ({@code SqliteTransaction}) loads by
 * {@code SqliteLoader} and writes back by {@code SqliteSaver}, both on the one connection of {@code SqliteWriter}.
 * {@code SqliteReads} and {@code SqliteHistory} read beside it; {@code SqliteRows} turns rows into records and back.
 * {@code SchemaScripts} brings tables up to date. {@code SqliteFile} holds the file for this process, {@code SqliteReader}
 * reads one that another process may hold, and {@code SqliteBackup} copies and restores. {@code SqliteFailure},
 * {@code FileFailure} and {@code SqliteLibrary} say in plain words what is wrong.
 */
@NullMarked
package io.hourmeter.server.ledger.sqlite;

import org.jspecify.annotations.NullMarked;
