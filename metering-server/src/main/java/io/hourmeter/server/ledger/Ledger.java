package io.hourmeter.server.ledger;

import io.hourmeter.Balance;
import io.hourmeter.CreatedLicense;
import io.hourmeter.Credited;
import io.hourmeter.Debited;
import io.hourmeter.History;
import io.hourmeter.HistoryQuery;
import io.hourmeter.License;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import io.hourmeter.LicenseStatus;
import io.hourmeter.NewLicense;
import io.hourmeter.Reversal;
import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageBatch;
import io.hourmeter.Validation;
import io.hourmeter.config.MeteringConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The only door to balances: each call is one transaction. */
public final class Ledger implements AutoCloseable {

    private Ledger() {}

    /** A page of licenses; next is null at the end. */
    public record LicensePage(
            List<License> licenses, @Nullable String next) {}

    /** A key that replaces another; the old one ends at {@code oldEnds}. */
    public record RotatedKey(LicenseKey key, License license, Instant oldEnds) {}

    /** What an operator changes: null leaves a thing as it is; {@code clearExpires} removes the date. */
    public record LicenseChange(
            @Nullable LicenseStatus status, @Nullable Instant expires, boolean clearExpires) {}

    /**
     * Opens the ledger that the settings name. Opens of one database within one process share one writer; each is
     * closed by whoever opened it.
     */
    public static Ledger open(MeteringConfig config) {
        return new Ledger();
    }

    /** {@code actor} is the scope that called, for the entry: admin, credit, usage or local. */
    public CreatedLicense create(NewLicense license, @Nullable String idempotencyKey, String actor) {
        throw new UnsupportedOperationException();
    }

    public Validation validate(LicenseRef license) {
        throw new UnsupportedOperationException();
    }

    public License license(LicenseRef license) {
        throw new UnsupportedOperationException();
    }

    public Credited credit(
            LicenseRef license,
            long millis,
            @Nullable String idempotencyKey,
            String reference,
            String description,
            String actor) {
        throw new UnsupportedOperationException();
    }

    public Debited debit(LicenseRef license, long millis, @Nullable String idempotencyKey, String actor) {
        throw new UnsupportedOperationException();
    }

    public Balance reverse(LicenseRef license, Reversal reversal, String actor) {
        throw new UnsupportedOperationException();
    }

    public License change(LicenseRef license, LicenseChange change, String actor) {
        throw new UnsupportedOperationException();
    }

    public RotatedKey rotate(LicenseRef license, Duration grace, String actor) {
        throw new UnsupportedOperationException();
    }

    public History history(LicenseRef license, HistoryQuery query) {
        throw new UnsupportedOperationException();
    }

    public LicensePage list(@Nullable String query, int limit, @Nullable String cursor) {
        throw new UnsupportedOperationException();
    }

    public UsageAnswers usage(UsageBatch batch) {
        throw new UnsupportedOperationException();
    }

    /** Whether the store answers. */
    public boolean healthy() {
        return false;
    }

    @Override
    public void close() {}
}
