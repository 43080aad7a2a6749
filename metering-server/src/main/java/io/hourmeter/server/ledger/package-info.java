/**
 * The ledger: balances, entries and leases, behind one door.
 *
 * <p>Read {@code Ledger} first: every call there is. A change becomes a {@code WriteCall} (package {@code calls}) that
 * {@code GroupCommit} queues and {@code BatchCommit} carries out together with its neighbours, in one transaction of the
 * store. {@code LedgerEngine} is what one open database has: store, writer, and the reaper of silent leases.
 * {@code LedgerProbe} finds out whether all of it works; {@code LedgerAudit} and {@code LicenseAudit} recompute it.
 * {@code LedgerDatabases} is the one class that knows which kinds of databases there are.
 *
 * <p>Arrows go one way: this package, then {@code calls}, {@code store}, {@code rules}. The packages of databases know
 * {@code store} and {@code rules}, and nobody but {@code LedgerDatabases} knows them.
 */
@NullMarked
package io.hourmeter.server.ledger;

import org.jspecify.annotations.NullMarked;
