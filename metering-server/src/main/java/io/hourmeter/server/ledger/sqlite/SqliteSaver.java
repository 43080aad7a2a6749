package io.hourmeter.server.ledger.sqlite;

import io.hourmeter.Customer;
import io.hourmeter.server.ledger.rules.LeaseRow;
import io.hourmeter.server.ledger.rules.LicenseRow;
import io.hourmeter.server.ledger.rules.LicenseState;
import io.hourmeter.server.ledger.rules.ReversalRecord;
import io.hourmeter.server.ledger.rules.ScopeRow;
import io.hourmeter.server.ledger.store.Account;
import io.hourmeter.server.ledger.store.ClockWatch;
import io.hourmeter.server.ledger.store.CreationRecord;
import io.hourmeter.server.ledger.store.EntryRecord;
import io.hourmeter.server.ledger.store.EventRecord;
import io.hourmeter.server.ledger.store.KeyRecord;
import io.hourmeter.server.ledger.store.LicenseRecord;
import io.hourmeter.server.ledger.store.UnitOfWork;
import java.sql.SQLException;
import java.util.Locale;

/** Writes back what the calls of one transaction have changed; the second half of {@link SqliteTransaction}. */
final class SqliteSaver {

    private final SqliteWriter writer;

    SqliteSaver(SqliteWriter writer) {
        this.writer = writer;
    }

    /** Keeps what was seen of the clock; the row that is always written, whatever a transaction is about. */
    void write(ClockWatch.Seen clock) throws SQLException {
        writer.changeOne(
                "UPDATE clock SET at = ?, ahead = ?, since = ? WHERE id = 1",
                clock.atMillis(),
                clock.aheadMillis(),
                clock.sinceMillis());
    }

    void save(UnitOfWork work) throws SQLException {
        for (Account account : work.changed()) {
            if (account.created()) {
                insert(account.license());
            } else {
                update(account.row());
            }
            int uncertain = work.dateUncertain() ? 1 : 0;
            writeLeases(account, uncertain);
            for (KeyRecord key : account.changedKeys()) {
                write(account.id(), key);
            }
            CreationRecord creation = account.creation();
            if (creation != null) {
                insert(account.id(), creation);
            }
            for (EntryRecord entry : account.posted()) {
                insert(account.id(), entry, uncertain);
            }
            for (ReversalRecord reversal : account.changedReversals()) {
                write(account.id(), reversal);
            }
            for (EventRecord event : account.events()) {
                writer.changeOne(
                        "INSERT INTO license_event (license, what, actor, at, date_uncertain) VALUES (?, ?, ?, ?, ?)",
                        account.id(),
                        event.what(),
                        event.actor(),
                        event.at(),
                        uncertain);
            }
        }
    }

    private void insert(LicenseRecord license) throws SQLException {
        LicenseRow row = license.row();
        writer.changeOne(
                """
                INSERT INTO license (id, public_id, email, company, name, type, search, status, created_at, expires_at,
                  clock_offset, last_now, max_gap, credited, reversed, charged, held, uncollected, owed, collected)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                row.id(),
                row.publicId(),
                license.customer().email(),
                license.customer().company(),
                license.customer().name(),
                license.type(),
                search(license),
                row.status().name(),
                license.createdAt(),
                SqliteRows.expires(row.expiresMillis()),
                row.clockOffsetMillis(),
                row.lastNowMillis(),
                row.maxGapMillis(),
                row.creditedMillis(),
                row.reversedMillis(),
                row.chargedMillis(),
                row.heldMillis(),
                row.uncollectedMillis(),
                row.owedMillis(),
                row.collectedMillis());
    }

    /** Lower case by Java's rules: SQLite's own know ASCII alone. */
    private static String search(LicenseRecord license) {
        Customer customer = license.customer();
        return String.join(
                        "\n",
                        customer.email(),
                        customer.company(),
                        customer.name(),
                        license.row().publicId())
                .toLowerCase(Locale.ROOT);
    }

    private void update(LicenseRow row) throws SQLException {
        writer.changeOne(
                """
                UPDATE license SET status = ?, expires_at = ?, clock_offset = ?, last_now = ?, max_gap = ?,
                  credited = ?, reversed = ?, charged = ?, held = ?, uncollected = ?, owed = ?, collected = ?
                WHERE id = ?""",
                row.status().name(),
                SqliteRows.expires(row.expiresMillis()),
                row.clockOffsetMillis(),
                row.lastNowMillis(),
                row.maxGapMillis(),
                row.creditedMillis(),
                row.reversedMillis(),
                row.chargedMillis(),
                row.heldMillis(),
                row.uncollectedMillis(),
                row.owedMillis(),
                row.collectedMillis(),
                row.id());
    }

    private void writeLeases(Account account, int uncertain) throws SQLException {
        LicenseState.Changes changes = account.changes();
        for (LeaseRow lease : changes.added()) {
            insert(account, lease, uncertain);
        }
        for (LeaseRow lease : changes.changed()) {
            update(account, lease, uncertain);
        }
        for (ScopeRow scope : changes.breaks()) {
            writer.changeOne("""
                    INSERT INTO scope_break (license, scope, break_at) VALUES (?, ?, ?)
                    ON CONFLICT (license, scope) DO UPDATE SET break_at = excluded.break_at""", account.id(), scope.scope(), scope.breakMillis());
        }
    }

    private void insert(Account account, LeaseRow lease, int uncertain) throws SQLException {
        writer.changeOne(
                """
                INSERT INTO lease (license, lease, scope, session, node, from_at, gap, ahead, grace, break_at,
                  used, authorized, offline, closed, lapsed, seq, charged, uncollected, owed, collected, reach,
                  from_clock_offset, from_uncertain, charged_at, charged_clock_offset, charged_uncertain)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                account.id(),
                lease.lease(),
                lease.scope(),
                lease.session(),
                lease.node(),
                lease.fromMillis(),
                lease.gapMillis(),
                lease.leaseMillis(),
                lease.graceMillis(),
                lease.breakMillis(),
                lease.usedMillis(),
                lease.authorizedMillis(),
                lease.offline() ? 1 : 0,
                lease.closed() ? 1 : 0,
                lease.lapsed() ? 1 : 0,
                lease.seq(),
                lease.chargedMillis(),
                lease.uncollectedMillis(),
                lease.owedMillis(),
                lease.collectedMillis(),
                lease.reachMillis(),
                account.row().clockOffsetMillis(),
                uncertain,
                account.now(),
                account.row().clockOffsetMillis(),
                uncertain);
    }

    private void update(Account account, LeaseRow lease, int uncertain) throws SQLException {
        writer.changeOne(
                """
                UPDATE lease SET used = ?1, authorized = ?2, offline = ?3, closed = ?4, lapsed = ?5, seq = ?6,
                  charged_at = CASE WHEN charged = ?7 THEN charged_at ELSE ?8 END,
                  charged_clock_offset = CASE WHEN charged = ?7 THEN charged_clock_offset ELSE ?9 END,
                  charged_uncertain = CASE WHEN charged = ?7 THEN charged_uncertain ELSE ?10 END,
                  charged = ?7, uncollected = ?11, owed = ?12, collected = ?13, reach = ?14
                WHERE license = ?15 AND lease = ?16""",
                lease.usedMillis(),
                lease.authorizedMillis(),
                lease.offline() ? 1 : 0,
                lease.closed() ? 1 : 0,
                lease.lapsed() ? 1 : 0,
                lease.seq(),
                lease.chargedMillis(),
                account.now(),
                account.row().clockOffsetMillis(),
                uncertain,
                lease.uncollectedMillis(),
                lease.owedMillis(),
                lease.collectedMillis(),
                lease.reachMillis(),
                account.id(),
                lease.lease());
    }

    private void write(long license, KeyRecord key) throws SQLException {
        writer.changeOne("""
                INSERT INTO license_key (sha256, license, masked, created_at, ends_at) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (sha256) DO UPDATE SET ends_at = excluded.ends_at WHERE license = excluded.license""", SqliteRows.bytes(key.sha256()), license, key.masked(), key.createdAt(), key.endsAt());
    }

    private void insert(long license, CreationRecord creation) throws SQLException {
        writer.changeOne(
                """
                INSERT INTO creation (lookup, license, input_hash, sealed_key, masked, credited, expires_at)
                VALUES (?, ?, ?, ?, ?, ?, ?)""",
                SqliteRows.bytes(creation.lookup()),
                license,
                SqliteRows.bytes(creation.inputHash()),
                SqliteRows.bytes(creation.sealedKey()),
                creation.maskedKey(),
                creation.creditedMillis(),
                SqliteRows.expires(creation.expiresMillis()));
    }

    private void insert(long license, EntryRecord entry, int uncertain) throws SQLException {
        EntryRecord.After after = entry.after();
        writer.changeOne(
                """
                INSERT INTO entry (license, kind, millis, remaining_after, purchased_after, used_after, held_after,
                  idempotency_key, input_hash, reference, description, actor, at, clock_offset, date_uncertain)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                license,
                entry.kind().name(),
                entry.millis(),
                after.purchased() - after.used(),
                after.purchased(),
                after.used(),
                after.held(),
                entry.idempotencyKey(),
                SqliteRows.bytes(entry.inputHash()),
                entry.cause().reference(),
                entry.cause().description(),
                entry.cause().actor(),
                entry.moment().at(),
                entry.moment().clockOffset(),
                uncertain);
    }

    private void write(long license, ReversalRecord reversal) throws SQLException {
        writer.changeOne(
                """
                INSERT INTO reversal (license, purchase, object, version, part, whole) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (license, purchase, object) DO UPDATE SET version = excluded.version, part = excluded.part""",
                license,
                reversal.purchase(),
                reversal.object(),
                reversal.version(),
                reversal.part(),
                reversal.whole());
    }
}
