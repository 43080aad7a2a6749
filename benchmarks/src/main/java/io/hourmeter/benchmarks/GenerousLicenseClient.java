package io.hourmeter.benchmarks;

import io.hourmeter.Balance;
import io.hourmeter.CreatedLicense;
import io.hourmeter.CreditKind;
import io.hourmeter.Credited;
import io.hourmeter.Debited;
import io.hourmeter.History;
import io.hourmeter.HistoryQuery;
import io.hourmeter.Hours;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseRef;
import io.hourmeter.NewLicense;
import io.hourmeter.Reversal;
import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageBatch;
import io.hourmeter.Validation;
import java.time.Duration;

/** Grants every lease a day, so that only the node's own work is measured. */
final class GenerousLicenseClient implements LicenseClient {

    /** As many characters as the license server gives. */
    private static final int ID_LENGTH = 20;

    private static final long DAY_MILLIS = Duration.ofDays(1).toMillis();

    @Override
    public UsageAnswers sync(UsageBatch batch) {
        return new UsageAnswers(batch.items().stream()
                .map(item -> new UsageAnswers.Answer(
                        item.lease(),
                        new LicenseId("lic_" + item.keySha256().substring(0, ID_LENGTH)),
                        item.done() ? UsageAnswers.State.CLOSED : UsageAnswers.State.OK,
                        DAY_MILLIS,
                        false,
                        Hours.MAX_MILLIS,
                        0))
                .toList());
    }

    @Override
    public CreatedLicense create(NewLicense license, String idempotencyKey) {
        throw new UnsupportedOperationException("not measured");
    }

    @Override
    public Validation validate(LicenseRef license) {
        throw new UnsupportedOperationException("not measured");
    }

    @Override
    public Balance hoursRemaining(LicenseRef license) {
        throw new UnsupportedOperationException("not measured");
    }

    @Override
    public Credited addHours(
            LicenseRef license,
            Duration hours,
            CreditKind kind,
            String idempotencyKey,
            String reference,
            String description) {
        throw new UnsupportedOperationException("not measured");
    }

    @Override
    public Debited deductHours(LicenseRef license, Duration hours, String idempotencyKey) {
        throw new UnsupportedOperationException("not measured");
    }

    @Override
    public Balance reverse(LicenseRef license, Reversal reversal) {
        throw new UnsupportedOperationException("not measured");
    }

    @Override
    public History history(LicenseRef license, HistoryQuery query) {
        throw new UnsupportedOperationException("not measured");
    }

    @Override
    public void close() {
        // Holds nothing.
    }
}
