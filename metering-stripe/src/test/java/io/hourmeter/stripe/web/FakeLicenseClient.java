package io.hourmeter.stripe.web;

import io.hourmeter.Balance;
import io.hourmeter.CreatedLicense;
import io.hourmeter.CreditKind;
import io.hourmeter.Credited;
import io.hourmeter.Debited;
import io.hourmeter.ErrorCode;
import io.hourmeter.History;
import io.hourmeter.HistoryQuery;
import io.hourmeter.Hours;
import io.hourmeter.License;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.LicenseStatus;
import io.hourmeter.NewLicense;
import io.hourmeter.Reversal;
import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageBatch;
import io.hourmeter.Validation;
import io.hourmeter.client.LicenseClientProvider;
import io.hourmeter.config.MeteringConfig;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A license server of one license with 10 hours, of which 2.5 are used, that answers what a test tells it to. */
final class FakeLicenseClient implements LicenseClient {

    static final LicenseKey KEY = LicenseKey.of("RL-0123ABCD-EFGH4567-JKMN89PQ");
    static final LicenseId ID = new LicenseId("lic_0123456789");
    static final Instant AS_OF = Instant.parse("2026-11-22T10:00:00Z");

    final List<String> calls = new CopyOnWriteArrayList<>();
    volatile @Nullable ErrorCode refusal;
    volatile boolean tellsRefusedLicenses = true;
    volatile @Nullable Throwable failure;
    volatile @Nullable Instant expires;
    volatile @Nullable HistoryQuery asked;
    volatile int closed;

    Balance balance() {
        long used = refusal == ErrorCode.HOURS_EXHAUSTED ? 10 : 2;
        long half = refusal == ErrorCode.HOURS_EXHAUSTED ? 0 : Hours.MILLIS_PER_HOUR / 2;
        return new Balance(10 * Hours.MILLIS_PER_HOUR, used * Hours.MILLIS_PER_HOUR + half, 0, AS_OF);
    }

    private void called(String call) {
        calls.add(call);
        if (failure instanceof Error thrown) {
            throw thrown;
        }
        if (failure instanceof RuntimeException thrown) {
            throw thrown;
        }
    }

    @Override
    public Validation validate(LicenseRef license) {
        called("validate");
        if (!KEY.equals(license) && !ID.equals(license)) {
            return new Validation(ErrorCode.INVALID_LICENSE, null);
        }
        License known = new License(ID, KEY.masked(), "standard", LicenseStatus.ACTIVE, AS_OF, expires, balance());
        return new Validation(refusal, refusal == null || tellsRefusedLicenses ? known : null);
    }

    @Override
    public Balance hoursRemaining(LicenseRef license) {
        called("hoursRemaining");
        return balance();
    }

    @Override
    public History history(LicenseRef license, HistoryQuery query) {
        called("history");
        asked = query;
        if (!KEY.equals(license) && !ID.equals(license)) {
            throw new LicenseRequestException(ErrorCode.LICENSE_NOT_FOUND, "no such license");
        }
        return new History(
                List.of(new History.Entry(
                        "1", AS_OF, "GRANT", 10 * Hours.MILLIS_PER_HOUR, 10 * Hours.MILLIS_PER_HOUR, "", "created")),
                List.of(new History.Session("s1", AS_OF, AS_OF.plusSeconds(9000), 9_000_000, 9_000_000, 0, 1)),
                List.of(new History.Day(LocalDate.of(2026, 11, 22), 9_000_000, 10 * Hours.MILLIS_PER_HOUR)),
                new History.Totals(10 * Hours.MILLIS_PER_HOUR, 9_000_000, 1, 1),
                "next-page");
    }

    @Override
    public UsageAnswers sync(UsageBatch batch) {
        called("sync");
        List<UsageAnswers.Answer> answers = new ArrayList<>();
        for (UsageBatch.Item item : batch.items()) {
            answers.add(new UsageAnswers.Answer(
                    item.lease(),
                    ID,
                    item.done() ? UsageAnswers.State.CLOSED : UsageAnswers.State.OK,
                    batch.leaseMillis(),
                    false,
                    balance().remainingMillis(),
                    0));
        }
        return new UsageAnswers(answers);
    }

    @Override
    public CreatedLicense create(NewLicense license, @Nullable String idempotencyKey) {
        called("create");
        throw new UnsupportedOperationException();
    }

    @Override
    public Credited addHours(
            LicenseRef license,
            Duration hours,
            @Nullable CreditKind kind,
            @Nullable String idempotencyKey,
            String reference,
            String description) {
        called("addHours");
        throw new UnsupportedOperationException();
    }

    @Override
    public Debited deductHours(LicenseRef license, Duration hours, @Nullable String idempotencyKey) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Balance reverse(LicenseRef license, Reversal reversal) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        closed++;
    }

    /** Opens a fake where a servlet finds no client to share. */
    public static final class Provider implements LicenseClientProvider {

        static final List<FakeLicenseClient> OPENED = new CopyOnWriteArrayList<>();

        @Override
        public LicenseClient open(MeteringConfig config) {
            FakeLicenseClient opened = new FakeLicenseClient();
            OPENED.add(opened);
            return opened;
        }
    }
}
