package io.hourmeter.server;

import io.hourmeter.Balance;
import io.hourmeter.CreatedLicense;
import io.hourmeter.CreditKind;
import io.hourmeter.Credited;
import io.hourmeter.Debited;
import io.hourmeter.History;
import io.hourmeter.HistoryQuery;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseRef;
import io.hourmeter.NewLicense;
import io.hourmeter.Reversal;
import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageBatch;
import io.hourmeter.Validation;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.internal.LibraryVersions;
import io.hourmeter.internal.TimeSource;
import io.hourmeter.server.ledger.Ledger;
import io.hourmeter.wire.Limits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A license server inside the application's own process: the same ledger, without HTTP and without a second process.
 * Several clients of one database within one process share it. Thread-safe.
 */
public final class EmbeddedLicenseClient implements LicenseClient {

    /** Who did it, in the record of the ledger. */
    private static final String ACTOR = "local";

    private final Ledger ledger;

    private EmbeddedLicenseClient(Ledger ledger) {
        this.ledger = ledger;
    }

    /**
     * Opens the ledger of {@code license.server.database}. Missing folders and files are created.
     *
     * @param config the settings
     * @return a client that the caller closes
     * @throws io.hourmeter.LicenseServerUnavailableException with one line if the database cannot be opened, or another
     *     process has it
     * @throws IllegalStateException if a library is missing or too old
     * @throws io.hourmeter.config.ConfigurationException if the settings name no usable database
     */
    public static EmbeddedLicenseClient open(MeteringConfig config) {
        LibraryVersions.requireLedger(EmbeddedLicenseClient.class);
        return new EmbeddedLicenseClient(Ledger.open(config, config.get(Settings.SERVER_TIMEOUT), TimeSource.get()));
    }

    @Override
    public CreatedLicense create(NewLicense license, @Nullable String idempotencyKey) {
        return ledger.create(license, idempotencyKey, ACTOR);
    }

    @Override
    public Validation validate(LicenseRef license) {
        return ledger.validate(license);
    }

    @Override
    public Balance hoursRemaining(LicenseRef license) {
        return ledger.license(license).balance();
    }

    @Override
    public Credited addHours(
            LicenseRef license,
            Duration hours,
            @Nullable CreditKind kind,
            @Nullable String idempotencyKey,
            String reference,
            String description) {
        return ledger.credit(license, Limits.hours(hours), kind, idempotencyKey, reference, description, ACTOR);
    }

    @Override
    public Debited deductHours(LicenseRef license, Duration hours, @Nullable String idempotencyKey) {
        return ledger.debit(license, Limits.hours(hours), idempotencyKey, ACTOR);
    }

    @Override
    public Balance reverse(LicenseRef license, Reversal reversal) {
        return ledger.reverse(license, reversal, ACTOR);
    }

    @Override
    public History history(LicenseRef license, HistoryQuery query) {
        return ledger.history(license, query);
    }

    @Override
    public UsageAnswers sync(UsageBatch batch) {
        List<UsageBatch.Item> items = batch.items();
        List<UsageAnswers.Answer> answers = new ArrayList<>(items.size());
        int from = 0;
        do {
            int to = Math.min(items.size(), from + UsageBatch.MAX_ITEMS);
            UsageBatch part = new UsageBatch(
                    batch.node(), batch.gapMillis(), batch.leaseMillis(), batch.graceMillis(), items.subList(from, to));
            answers.addAll(ledger.usage(part).items());
            from = to;
        } while (from < items.size());
        return new UsageAnswers(answers);
    }

    @Override
    public void close() {
        ledger.close();
    }
}
