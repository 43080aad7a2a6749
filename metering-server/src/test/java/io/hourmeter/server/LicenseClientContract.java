package io.hourmeter.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hourmeter.Balance;
import io.hourmeter.CreatedLicense;
import io.hourmeter.Credited;
import io.hourmeter.Customer;
import io.hourmeter.Debited;
import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.LicenseStatus;
import io.hourmeter.NewLicense;
import io.hourmeter.Validation;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link LicenseClient} must do that speaks to a server of its own version, whichever way it speaks. The
 * clock is the real one; nothing here waits for it.
 */
public abstract class LicenseClientContract {

    protected static final Customer CUSTOMER = new Customer("ann@example.com", "Example Ltd", "Ann");
    private static final Duration HOUR = Duration.ofHours(1);
    private static final long HOUR_MILLIS = HOUR.toMillis();

    protected LicenseClient client;

    /** A client of an empty server, with every scope. */
    protected abstract LicenseClient open() throws Exception;

    @BeforeEach
    final void openClient() throws Exception {
        client = open();
    }

    @AfterEach
    final void closeClient() {
        client.close();
    }

    @Test
    void createdLicenseHasKeyIdAndBalance() {
        CreatedLicense created = create(HOUR);
        assertThat(created.repeated()).isFalse();
        assertThat(created.customer()).isEqualTo(CUSTOMER);
        assertThat(created.key().text()).matches("RL(-[0-9A-HJKMNP-TV-Z]{8}){3}");
        assertThat(created.license().id()).isNotNull();
        assertThat(created.license().maskedKey()).isEqualTo(created.key().masked());
        assertThat(created.license().type()).isEqualTo("standard");
        assertThat(created.license().status()).isEqualTo(LicenseStatus.ACTIVE);
        assertThat(created.license().created()).isCloseTo(Instant.now(), within(1, ChronoUnit.MINUTES));
        assertThat(created.license().expires()).isNull();
        assertBalance(created.license().balance(), HOUR_MILLIS, 0);
    }

    @Test
    void licenseWithoutHoursIsExhausted() {
        CreatedLicense created = create(Duration.ZERO);
        assertBalance(created.license().balance(), 0, 0);
        assertThat(client.validate(created.key()).refusal()).isEqualTo(ErrorCode.HOURS_EXHAUSTED);
    }

    @Test
    void createWithTheSameIdempotencyKeyAnswersTheFirstLicenseAndKey() {
        String idempotencyKey = unique();
        CreatedLicense first = client.create(NewLicense.of(CUSTOMER, HOUR), idempotencyKey);
        client.addHours(first.key(), HOUR, null, "", "");
        CreatedLicense second = client.create(NewLicense.of(CUSTOMER, HOUR), idempotencyKey);
        assertThat(second.repeated()).isTrue();
        assertThat(second.key()).isEqualTo(first.key());
        assertThat(second.license()).isEqualTo(first.license());
    }

    @Test
    void createWithTheSameIdempotencyKeyAndOtherInputIsRefused() {
        String idempotencyKey = unique();
        CreatedLicense first = client.create(NewLicense.of(CUSTOMER, HOUR), idempotencyKey);
        assertRefused(
                ErrorCode.IDEMPOTENCY_MISMATCH,
                () -> client.create(NewLicense.of(CUSTOMER, Duration.ZERO), idempotencyKey));
        assertRefused(ErrorCode.IDEMPOTENCY_MISMATCH, () -> client.addHours(first.key(), HOUR, idempotencyKey, "", ""));
    }

    @Test
    void keyAndIdNameTheSameLicense() {
        CreatedLicense created = create(HOUR);
        LicenseId id = created.license().id();
        assertThat(client.validate(id).license()).isNotNull();
        assertThat(client.hoursRemaining(id).purchasedMillis()).isEqualTo(HOUR_MILLIS);
        assertThat(client.hoursRemaining(LicenseKey.of(created.key().text().toLowerCase(java.util.Locale.ROOT)))
                        .purchasedMillis())
                .isEqualTo(HOUR_MILLIS);
    }

    @Test
    void validLicenseValidates() {
        CreatedLicense created = create(HOUR);
        Validation validation = client.validate(created.key());
        assertThat(validation.valid()).isTrue();
        assertThat(validation.license()).isNotNull();
        assertThat(validation.license().id()).isEqualTo(created.license().id());
    }

    @Test
    void unknownLicenseIsAnAnswerOfValidateAndARefusalElsewhere() {
        for (LicenseRef unknown : new LicenseRef[] {
            LicenseKey.of("RL-00000000-00000000-00000000"), new LicenseId("lic_00000000000000000000")
        }) {
            Validation validation = client.validate(unknown);
            assertThat(validation.refusal()).isEqualTo(ErrorCode.INVALID_LICENSE);
            assertThat(validation.license()).isNull();
            assertRefused(ErrorCode.LICENSE_NOT_FOUND, () -> client.hoursRemaining(unknown));
            assertRefused(ErrorCode.LICENSE_NOT_FOUND, () -> client.addHours(unknown, HOUR, null, "", ""));
            assertRefused(ErrorCode.LICENSE_NOT_FOUND, () -> client.deductHours(unknown, HOUR, null));
        }
    }

    @Test
    void expiredLicenseDoesNotValidate() {
        CreatedLicense created = client.create(
                new NewLicense(CUSTOMER, HOUR, "trial", null, Instant.now().minusSeconds(1)), null);
        assertThat(client.validate(created.key()).refusal()).isEqualTo(ErrorCode.LICENSE_EXPIRED);
    }

    @Test
    void validityInDaysSetsTheExpiry() {
        CreatedLicense created =
                client.create(new NewLicense(CUSTOMER, HOUR, "standard", Duration.ofDays(30), null), null);
        assertThat(created.license().expires())
                .isEqualTo(created.license().created().plus(30, ChronoUnit.DAYS));
    }

    @Test
    void addedHoursAreInTheBalance() {
        CreatedLicense created = create(HOUR);
        Credited credited = client.addHours(created.key(), Duration.ofMillis(1), null, "", "");
        assertThat(credited.addedMillis()).isEqualTo(1);
        assertThat(credited.repeated()).isFalse();
        assertBalance(credited.balance(), HOUR_MILLIS + 1, 0);
        assertBalance(client.hoursRemaining(created.key()), HOUR_MILLIS + 1, 0);
    }

    @Test
    void addingTwiceWithOneKeyAddsOnceAndAnswersTheFirstAnswer() {
        CreatedLicense created = create(Duration.ZERO);
        String idempotencyKey = unique();
        Credited first = client.addHours(created.key(), HOUR, idempotencyKey, "cs_1", "one hour");
        client.addHours(created.key(), HOUR, unique(), "cs_2", "another");
        Credited again = client.addHours(created.license().id(), HOUR, idempotencyKey, "cs_1", "worded differently");
        assertThat(again.repeated()).isTrue();
        assertThat(again.addedMillis()).isEqualTo(first.addedMillis());
        assertBalance(again.balance(), HOUR_MILLIS, 0);
        assertBalance(client.hoursRemaining(created.key()), 2 * HOUR_MILLIS, 0);
    }

    @Test
    void oneKeyForOtherInputIsAMismatchAndChangesNothing() {
        CreatedLicense created = create(Duration.ZERO);
        String idempotencyKey = unique();
        client.addHours(created.key(), HOUR, idempotencyKey, "cs_1", "");
        assertRefused(
                ErrorCode.IDEMPOTENCY_MISMATCH,
                () -> client.addHours(created.key(), HOUR.plusMillis(1), idempotencyKey, "cs_1", ""));
        assertRefused(
                ErrorCode.IDEMPOTENCY_MISMATCH, () -> client.addHours(created.key(), HOUR, idempotencyKey, "cs_2", ""));
        assertRefused(ErrorCode.IDEMPOTENCY_MISMATCH, () -> client.deductHours(created.key(), HOUR, idempotencyKey));
        assertBalance(client.hoursRemaining(created.key()), HOUR_MILLIS, 0);
    }

    @Test
    void oneIdempotencyKeyServesTwoLicenses() {
        String idempotencyKey = unique();
        for (int i = 0; i < 2; i++) {
            CreatedLicense created = create(Duration.ZERO);
            assertThat(client.addHours(created.key(), HOUR, idempotencyKey, "", "")
                            .repeated())
                    .isFalse();
        }
    }

    @Test
    void amountsOutOfRangeAreRefused() {
        CreatedLicense created = create(HOUR);
        for (Duration bad : new Duration[] {
            Duration.ZERO, HOUR.negated(), Duration.ofHours(1_000_000).plusMillis(1)
        }) {
            assertRefused(ErrorCode.INVALID_REQUEST, () -> client.addHours(created.key(), bad, null, "", ""));
            assertRefused(ErrorCode.INVALID_REQUEST, () -> client.deductHours(created.key(), bad, null));
        }
        assertBalance(client.hoursRemaining(created.key()), HOUR_MILLIS, 0);
    }

    @Test
    void idempotencyKeysOutOfRangeAreRefused() {
        CreatedLicense created = create(HOUR);
        assertRefused(ErrorCode.INVALID_REQUEST, () -> client.addHours(created.key(), HOUR, "k".repeat(256), "", ""));
        assertThat(client.addHours(created.key(), HOUR, "k".repeat(255), "", "").repeated())
                .isFalse();
    }

    @Test
    void deductionIsInTheBalance() {
        CreatedLicense created = create(HOUR);
        Debited debited = client.deductHours(created.key(), Duration.ofMinutes(15), null);
        assertThat(debited.deductedMillis()).isEqualTo(HOUR_MILLIS / 4);
        assertBalance(debited.balance(), HOUR_MILLIS, HOUR_MILLIS / 4);
        assertBalance(client.hoursRemaining(created.key()), HOUR_MILLIS, HOUR_MILLIS / 4);
    }

    @Test
    void deductionTakesAtMostWhatIsThere() {
        CreatedLicense created = create(HOUR);
        Debited debited = client.deductHours(created.key(), HOUR.multipliedBy(3), null);
        assertThat(debited.deductedMillis()).isEqualTo(HOUR_MILLIS);
        assertThat(debited.balance().remainingMillis()).isZero();
        assertRefused(ErrorCode.HOURS_EXHAUSTED, () -> client.deductHours(created.key(), HOUR, null));
        assertThat(client.validate(created.key()).refusal()).isEqualTo(ErrorCode.HOURS_EXHAUSTED);
    }

    @Test
    void deductingTwiceWithOneKeyDeductsOnce() {
        CreatedLicense created = create(HOUR);
        String idempotencyKey = unique();
        Debited first = client.deductHours(created.key(), HOUR.multipliedBy(3), idempotencyKey);
        Debited again = client.deductHours(created.key(), HOUR.multipliedBy(3), idempotencyKey);
        assertThat(again.repeated()).isTrue();
        assertThat(again.deductedMillis()).isEqualTo(first.deductedMillis());
        assertBalance(again.balance(), HOUR_MILLIS, HOUR_MILLIS);
    }

    @Test
    void refusedDeductionMayBeRepeatedWithItsKeyAfterATopUp() {
        CreatedLicense created = create(Duration.ZERO);
        String idempotencyKey = unique();
        assertRefused(ErrorCode.HOURS_EXHAUSTED, () -> client.deductHours(created.key(), HOUR, idempotencyKey));
        client.addHours(created.key(), HOUR, null, "", "");
        assertThat(client.deductHours(created.key(), HOUR, idempotencyKey).repeated())
                .isFalse();
    }

    protected final CreatedLicense create(Duration hours) {
        return client.create(NewLicense.of(CUSTOMER, hours), null);
    }

    protected static String unique() {
        return UUID.randomUUID().toString();
    }

    protected static void assertBalance(Balance balance, long purchasedMillis, long usedMillis) {
        assertThat(balance.purchasedMillis()).as("purchased").isEqualTo(purchasedMillis);
        assertThat(balance.usedMillis()).as("used").isEqualTo(usedMillis);
    }

    protected static void assertRefused(ErrorCode code, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        LicenseRequestException.class,
                        refusal -> assertThat(refusal.code()).isEqualTo(code));
    }

    private static org.assertj.core.data.TemporalUnitOffset within(long amount, ChronoUnit unit) {
        return org.assertj.core.api.Assertions.within(amount, unit);
    }
}
