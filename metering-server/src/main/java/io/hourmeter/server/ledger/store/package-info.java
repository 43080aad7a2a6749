/**
 * The port behind which a ledger is kept: what a database must be able to do, in types of the ledger.
 *
 * <p>Read {@code LedgerStore} first, then {@code LoadRequest} (what a transaction must see), {@code UnitOfWork} and
 * {@code Account} (what it saw, and what it changed). The records are rows: {@code LicenseRecord}, {@code KeyRecord},
 * {@code EntryRecord}, {@code EventRecord}, {@code CreationRecord}. {@code LedgerDatabase} is what can be done with a
 * database as a whole: open, read, copy, restore. {@code ClockWatch} doubts the calendar of a machine.
 *
 * <p>A new kind of database implements {@code LedgerDatabase} and {@code LedgerStore} in a package of its own, passes
 * {@code LedgerStoreContract} of the tests, and gets a line in {@code LedgerDatabases}. No rule and no call changes.
 */
@NullMarked
package io.hourmeter.server.ledger.store;

import org.jspecify.annotations.NullMarked;
