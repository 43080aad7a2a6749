package io.hourmeter.server.ledger;

import static io.hourmeter.server.ledger.TestLedgers.ACTOR;
import static io.hourmeter.server.ledger.TestLedgers.CUSTOMER;
import static io.hourmeter.server.ledger.TestLedgers.HOUR;
import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.CreatedLicense;
import io.hourmeter.ErrorCode;
import io.hourmeter.HistoryQuery;
import io.hourmeter.NewLicense;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The end of a license is one instant, and a day is one of its zone, also where clocks are changed. */
class ExpiryAndDaysTest {

    private static final Duration MILLI = Duration.ofMillis(1);

    @TempDir
    Path folder;

    private final ManualClock clock = new ManualClock();

    private Ledger open(String zone) {
        return Ledger.open(
                MeteringConfig.builder()
                        .set(Settings.LICENSE_SERVER_DATABASE, TestLedgers.url(folder))
                        .set(Settings.LICENSE_ZONE, zone)
                        .build(),
                Duration.ofMinutes(1),
                clock);
    }

    private void moveTo(String instant) {
        clock.move(Duration.between(clock.instant(), Instant.parse(instant)));
    }

    @Test
    void aLicenseEndsAtItsInstantInEveryZoneAndSoDoesEachOfItsKeys() {
        try (Ledger ledger = open("Pacific/Auckland")) {
            Instant end = clock.instant().plus(Duration.ofHours(3));
            CreatedLicense created =
                    ledger.create(new NewLicense(CUSTOMER, HOUR, NewLicense.STANDARD, null, end), null, ACTOR);
            Ledger.RotatedKey rotated = ledger.rotate(created.key(), Duration.ofHours(5), ACTOR);
            assertThat(rotated.license().expires()).isEqualTo(end);

            clock.move(Duration.ofHours(3).minus(MILLI));
            assertThat(ledger.validate(created.key()).valid()).isTrue();
            assertThat(ledger.validate(rotated.key()).valid()).isTrue();

            clock.move(MILLI);
            assertThat(ledger.validate(created.key()).refusal()).isEqualTo(ErrorCode.LICENSE_EXPIRED);
            assertThat(ledger.validate(rotated.key()).refusal()).isEqualTo(ErrorCode.LICENSE_EXPIRED);
        }
    }

    @Test
    void aDayOfTwentyThreeHoursBeginsAndEndsAtItsMidnights() {
        try (Ledger ledger = open("Europe/Berlin")) {
            CreatedLicense created = TestLedgers.create(ledger, HOUR);
            moveTo("2026-03-28T22:59:59.999Z");
            ledger.debit(created.key(), 1, null, ACTOR);
            clock.move(MILLI);
            ledger.debit(created.key(), 2, null, ACTOR);
            moveTo("2026-03-29T21:59:59.999Z");
            ledger.debit(created.key(), 4, null, ACTOR);
            clock.move(MILLI);
            ledger.debit(created.key(), 8, null, ACTOR);

            assertThat(ledger.history(created.key(), HistoryQuery.newest()).daily())
                    .filteredOn(day -> day.usedMillis() > 0)
                    .extracting(day -> day.day() + " " + day.usedMillis())
                    .containsExactly("2026-03-30 8", "2026-03-29 6", "2026-03-28 1");
        }
    }
}
