package io.hourmeter.server.ledger;

import io.hourmeter.Customer;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One transaction of the writer's connection. It begins immediate, so that what is loaded is locked: SQLite has one
 * writer. Statements run row by row, since there is no network between them and the store.
 */
final class SqliteTransaction implements LedgerStore.Transaction {

    private final SqliteWriter writer;
    private final long storeMillis;
    private final Runnable onFailure;
    private @Nullable Long lastLicenseId;
    /** False while something is under way: a transaction closed in that state has failed. */
    private boolean intact;

    private boolean committed;

    SqliteTransaction(SqliteWriter writer, long storeMillis, Runnable onFailure) {
        this.writer = writer;
        this.storeMillis = storeMillis;
        this.onFailure = onFailure;
    }

    SqliteWriter writer() {
        return writer;
    }

    @Override
    public WorkSet load(Needs needs) throws SQLException {
        WorkSet work = new WorkSet(storeMillis, this::nextLicenseId);
        for (String name : needs.licenses()) {
            loadLicense(work, name);
        }
        for (long id : needs.licenseIds()) {
            loadLicense(work, id);
        }
        for (String lookup : needs.creations()) {
            loadCreation(work, lookup);
        }
        for (Account account : work.accounts()) {
            loadLeases(account, messages(work, needs, account));
        }
        for (Needs.EntryKey key : needs.entries()) {
            loadEntry(work, key);
        }
        for (Needs.EntryKey key : needs.purchases()) {
            loadReversals(work, key);
        }
        for (String name : needs.keys()) {
            loadKeys(work, name);
        }
        intact = true;
        return work;
    }

    private void loadLicense(WorkSet work, String name) throws SQLException {
        String byId =
                "SELECT " + SqliteRows.LICENSE_COLUMNS + ", NULL AS key_ends_at FROM license l WHERE l.public_id = ?";
        String byKey = "SELECT " + SqliteRows.LICENSE_COLUMNS + """
                , n.ends_at AS key_ends_at FROM license_key n JOIN license l ON l.id = n.license WHERE n.sha256 = ?""";
        boolean id = Names.isPublicId(name);
        Object parameter = id ? name : SqliteRows.bytes(name);
        try (ResultSet row = writer.get(id ? byId : byKey, parameter).executeQuery()) {
            if (row.next()) {
                LicenseRecord license = SqliteRows.license(row);
                work.add(license);
                work.name(name, license.row().id(), SqliteRows.nullableLong(row, "key_ends_at"));
            }
        }
    }

    private void loadLicense(WorkSet work, long id) throws SQLException {
        String sql = "SELECT " + SqliteRows.LICENSE_COLUMNS + " FROM license l WHERE l.id = ?";
        try (ResultSet row = writer.get(sql, id).executeQuery()) {
            if (row.next()) {
                work.add(SqliteRows.license(row));
            }
        }
    }

    private void loadCreation(WorkSet work, String lookup) throws SQLException {
        String sql = "SELECT " + SqliteRows.LICENSE_COLUMNS + """
                , c.input_hash, c.sealed_key, c.masked AS first_masked, c.credited AS first_credited,
                  c.expires_at AS first_expires_at
                FROM creation c JOIN license l ON l.id = c.license WHERE c.lookup = ?""";
        try (ResultSet row = writer.get(sql, SqliteRows.bytes(lookup)).executeQuery()) {
            if (row.next()) {
                Long expires = SqliteRows.nullableLong(row, "first_expires_at");
                work.add(
                        work.add(SqliteRows.license(row)),
                        new CreationRecord(
                                lookup,
                                Objects.requireNonNull(SqliteRows.hex(row.getBytes("input_hash"))),
                                Objects.requireNonNull(SqliteRows.hex(row.getBytes("sealed_key"))),
                                row.getString("first_masked"),
                                row.getLong("first_credited"),
                                expires == null ? LicenseRow.NEVER : expires));
            }
        }
    }

    private void loadEntry(WorkSet work, Needs.EntryKey key) throws SQLException {
        Account account = work.ever(key.license());
        if (account == null) {
            return;
        }
        String sql = "SELECT * FROM entry WHERE license = ? AND idempotency_key = ?";
        try (ResultSet row = writer.get(sql, account.id(), key.idempotencyKey()).executeQuery()) {
            if (row.next()) {
                account.addLoaded(SqliteRows.entry(row));
            }
        }
    }

    private void loadReversals(WorkSet work, Needs.EntryKey key) throws SQLException {
        Account account = work.ever(key.license());
        if (account == null) {
            return;
        }
        String sql = "SELECT * FROM reversal WHERE license = ? AND purchase = ?";
        try (ResultSet row = writer.get(sql, account.id(), key.idempotencyKey()).executeQuery()) {
            while (row.next()) {
                account.addLoaded(SqliteRows.reversal(row));
            }
        }
    }

    private void loadKeys(WorkSet work, String name) throws SQLException {
        Account account = work.ever(name);
        if (account == null) {
            return;
        }
        String sql = "SELECT sha256, masked, created_at, ends_at FROM license_key WHERE license = ?";
        try (ResultSet row = writer.get(sql, account.id()).executeQuery()) {
            while (row.next()) {
                account.addLoaded(new KeyRecord(
                        Objects.requireNonNull(SqliteRows.hex(row.getBytes(1))),
                        row.getString(2),
                        row.getLong(3),
                        SqliteRows.nullableLong(row, "ends_at")));
            }
        }
    }

    private static List<LeaseMessage> messages(WorkSet work, Needs needs, Account account) {
        List<LeaseMessage> messages = new ArrayList<>();
        needs.messages().forEach((name, some) -> {
            if (account == work.ever(name)) {
                messages.addAll(some);
            }
        });
        return messages;
    }

    private void loadLeases(Account account, List<LeaseMessage> messages) throws SQLException {
        long license = account.id();
        List<LeaseRow> leases =
                new ArrayList<>(leases("SELECT * FROM lease WHERE license = ? AND closed = 0 AND lapsed = 0", license));
        for (LeaseMessage message : messages) {
            leases.addAll(leases(
                    "SELECT * FROM lease WHERE license = ? AND lease = ?",
                    license,
                    message.item().lease()));
        }
        if (leases.isEmpty() && messages.isEmpty()) {
            return;
        }
        List<ScopeRow> breaks = new ArrayList<>();
        for (Map.Entry<String, Long> scope :
                LoadPlan.of(account.row(), leases, messages).since().entrySet()) {
            leases.addAll(leases(
                    "SELECT * FROM lease WHERE license = ? AND scope = ? AND reach >= ?",
                    license,
                    scope.getKey(),
                    scope.getValue()));
            String sql = "SELECT break_at FROM scope_break WHERE license = ? AND scope = ?";
            try (ResultSet row = writer.get(sql, license, scope.getKey()).executeQuery()) {
                if (row.next()) {
                    breaks.add(new ScopeRow(scope.getKey(), row.getLong(1)));
                }
            }
        }
        account.setLeases(leases, breaks);
    }

    private List<LeaseRow> leases(String sql, Object... parameters) throws SQLException {
        List<LeaseRow> leases = new ArrayList<>();
        try (ResultSet row = writer.get(sql, parameters).executeQuery()) {
            while (row.next()) {
                leases.add(SqliteRows.lease(row));
            }
        }
        return leases;
    }

    private long nextLicenseId() {
        try {
            Long last = lastLicenseId;
            if (last == null) {
                try (ResultSet row =
                        writer.get("SELECT COALESCE(MAX(id), 0) FROM license").executeQuery()) {
                    last = row.getLong(1);
                }
            }
            lastLicenseId = last + 1;
            return last + 1;
        } catch (SQLException e) {
            throw new IllegalStateException("no number for a new license", e);
        }
    }

    @Override
    public void write(WorkSet work) throws SQLException {
        intact = false;
        for (Account account : work.changed()) {
            if (account.created()) {
                insert(account.license());
            } else {
                update(account.row());
            }
            writeLeases(account);
            for (KeyRecord key : account.changedKeys()) {
                write(account.id(), key);
            }
            CreationRecord creation = account.creation();
            if (creation != null) {
                insert(account.id(), creation);
            }
            for (EntryRecord entry : account.posted()) {
                insert(account.id(), entry);
            }
            for (ReversalRecord reversal : account.changedReversals()) {
                write(account.id(), reversal);
            }
            for (EventRecord event : account.events()) {
                writer.changeOne(
                        "INSERT INTO license_event (license, what, actor, at) VALUES (?, ?, ?, ?)",
                        account.id(),
                        event.what(),
                        event.actor(),
                        event.at());
            }
        }
    }

    private void insert(LicenseRecord license) throws SQLException {
        LicenseRow row = license.row();
        writer.changeOne(
                """
                INSERT INTO license (id, public_id, email, company, name, type, search, status, created_at, expires_at,
                  clock_offset, last_now, max_gap, credited, reversed, charged, held, uncollected)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
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
                row.uncollectedMillis());
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
                  credited = ?, reversed = ?, charged = ?, held = ?, uncollected = ?
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
                row.id());
    }

    private void writeLeases(Account account) throws SQLException {
        LicenseState.Changes changes = account.changes();
        for (LeaseRow lease : changes.added()) {
            insert(account, lease);
        }
        for (LeaseRow lease : changes.changed()) {
            update(account, lease);
        }
        for (ScopeRow scope : changes.breaks()) {
            writer.changeOne("""
                    INSERT INTO scope_break (license, scope, break_at) VALUES (?, ?, ?)
                    ON CONFLICT (license, scope) DO UPDATE SET break_at = excluded.break_at""", account.id(), scope.scope(), scope.breakMillis());
        }
    }

    private void insert(Account account, LeaseRow lease) throws SQLException {
        writer.changeOne(
                """
                INSERT INTO lease (license, lease, scope, session, node, from_at, gap, ahead, grace, break_at,
                  used, authorized, offline, closed, lapsed, seq, charged, uncollected, charged_at, reach)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
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
                account.now(),
                lease.reachMillis());
    }

    private void update(Account account, LeaseRow lease) throws SQLException {
        writer.changeOne(
                """
                UPDATE lease SET used = ?, authorized = ?, offline = ?, closed = ?, lapsed = ?, seq = ?,
                  charged_at = CASE WHEN charged = ? THEN charged_at ELSE ? END,
                  charged = ?, uncollected = ?, reach = ?
                WHERE license = ? AND lease = ?""",
                lease.usedMillis(),
                lease.authorizedMillis(),
                lease.offline() ? 1 : 0,
                lease.closed() ? 1 : 0,
                lease.lapsed() ? 1 : 0,
                lease.seq(),
                lease.chargedMillis(),
                account.now(),
                lease.chargedMillis(),
                lease.uncollectedMillis(),
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

    private void insert(long license, EntryRecord entry) throws SQLException {
        EntryRecord.After after = entry.after();
        writer.changeOne(
                """
                INSERT INTO entry (license, kind, millis, remaining_after, purchased_after, used_after, held_after,
                  idempotency_key, input_hash, reference, description, actor, at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                license,
                entry.kind().name(),
                entry.millis(),
                after.purchased() - after.used(),
                after.purchased(),
                after.used(),
                after.held(),
                entry.idempotencyKey(),
                SqliteRows.bytes(entry.inputHash()),
                entry.reference(),
                entry.description(),
                entry.actor(),
                entry.at());
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

    @Override
    public void commit() throws SQLException {
        writer.commit();
        committed = true;
    }

    @Override
    public void close() throws SQLException {
        if (committed) {
            return;
        }
        if (intact) {
            writer.rollback();
        } else {
            // Closing the connection undoes what it has not committed.
            onFailure.run();
        }
    }
}
