package io.hourmeter.server.ledger.sqlite;

import io.hourmeter.server.ledger.rules.LeaseMessage;
import io.hourmeter.server.ledger.rules.LeaseRow;
import io.hourmeter.server.ledger.rules.LicenseRow;
import io.hourmeter.server.ledger.rules.LoadPlan;
import io.hourmeter.server.ledger.rules.ScopeRow;
import io.hourmeter.server.ledger.store.Account;
import io.hourmeter.server.ledger.store.CreationRecord;
import io.hourmeter.server.ledger.store.KeyRecord;
import io.hourmeter.server.ledger.store.LicenseNames;
import io.hourmeter.server.ledger.store.LicenseRecord;
import io.hourmeter.server.ledger.store.LoadRequest;
import io.hourmeter.server.ledger.store.UnitOfWork;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Loads what the calls of one transaction must see; the first half of {@link SqliteTransaction}. */
final class SqliteLoader {

    private final SqliteWriter writer;
    private @Nullable Long lastLicenseId;

    SqliteLoader(SqliteWriter writer) {
        this.writer = writer;
    }

    UnitOfWork load(LoadRequest needs, long storeMillis, boolean dateUncertain) throws SQLException {
        UnitOfWork work = new UnitOfWork(storeMillis, dateUncertain, this::nextLicenseId);
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
            loadLeases(account, needs.messages(work, account), needs.debts(work, account));
        }
        for (LoadRequest.EntryKey key : needs.entries()) {
            loadEntry(work, key);
        }
        for (LoadRequest.EntryKey key : needs.purchases()) {
            loadReversals(work, key);
        }
        for (String name : needs.keys()) {
            loadKeys(work, name);
        }
        return work;
    }

    private void loadLicense(UnitOfWork work, String name) throws SQLException {
        String byId =
                "SELECT " + SqliteRows.LICENSE_COLUMNS + ", NULL AS key_ends_at FROM license l WHERE l.public_id = ?";
        String byKey = "SELECT " + SqliteRows.LICENSE_COLUMNS + """
                , n.ends_at AS key_ends_at FROM license_key n JOIN license l ON l.id = n.license WHERE n.sha256 = ?""";
        boolean id = LicenseNames.isPublicId(name);
        Object parameter = id ? name : SqliteRows.bytes(name);
        try (ResultSet row = writer.get(id ? byId : byKey, parameter).executeQuery()) {
            if (row.next()) {
                LicenseRecord license = SqliteRows.license(row);
                work.add(license);
                work.name(name, license.row().id(), SqliteRows.nullableLong(row, "key_ends_at"));
            }
        }
    }

    private void loadLicense(UnitOfWork work, long id) throws SQLException {
        String sql = "SELECT " + SqliteRows.LICENSE_COLUMNS + " FROM license l WHERE l.id = ?";
        try (ResultSet row = writer.get(sql, id).executeQuery()) {
            if (row.next()) {
                work.add(SqliteRows.license(row));
            }
        }
    }

    private void loadCreation(UnitOfWork work, String lookup) throws SQLException {
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

    private void loadEntry(UnitOfWork work, LoadRequest.EntryKey key) throws SQLException {
        Account account = work.ever(key.license());
        if (account == null) {
            return;
        }
        String sql = "SELECT * FROM entry WHERE license = ? AND idempotency_key = ?";
        String stored = work.stored(account, key.idempotencyKey());
        try (ResultSet row = writer.get(sql, account.id(), stored).executeQuery()) {
            while (row.next()) {
                account.addLoaded(SqliteRows.entry(row));
            }
        }
    }

    private void loadReversals(UnitOfWork work, LoadRequest.EntryKey key) throws SQLException {
        Account account = work.ever(key.license());
        if (account == null) {
            return;
        }
        String sql = "SELECT * FROM reversal WHERE license = ? AND purchase = ?";
        String purchase = work.stored(account, key.idempotencyKey());
        try (ResultSet row = writer.get(sql, account.id(), purchase).executeQuery()) {
            while (row.next()) {
                account.addLoaded(SqliteRows.reversal(row));
            }
        }
    }

    private void loadKeys(UnitOfWork work, String name) throws SQLException {
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

    private void loadLeases(Account account, List<LeaseMessage> messages, boolean debts) throws SQLException {
        long license = account.id();
        List<LeaseRow> leases =
                new ArrayList<>(leases("SELECT * FROM lease WHERE license = ? AND closed = 0 AND lapsed = 0", license));
        for (LeaseMessage message : messages) {
            leases.addAll(leases(
                    "SELECT * FROM lease WHERE license = ? AND lease = ?",
                    license,
                    message.item().lease()));
        }
        if (debts && account.row().debtMillis() > 0) {
            leases.addAll(leases("SELECT * FROM lease WHERE license = ? AND owed > collected", license));
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

    /** One more than the largest there is: this is the only writer, and no license is ever deleted. */
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
}
