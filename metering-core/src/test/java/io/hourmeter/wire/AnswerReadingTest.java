package io.hourmeter.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.hourmeter.Balance;
import io.hourmeter.History;
import io.hourmeter.Hours;
import io.hourmeter.License;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseStatus;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerReadingTest {

    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

    @Test
    void whatIsWrittenIsReadBack() {
        for (long seed = 0; seed < 500; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            License license = license(random);
            History history = history(random);

            assertThat(LicenseJson.read(json(LicenseJson.masked(license)), "?", NOW))
                    .as("seed %d", seed)
                    .isEqualTo(license);
            assertThat(Json.read(json(HistoryJson.of(history)), HistoryJson.class)
                            .toHistory())
                    .as("seed %d", seed)
                    .isEqualTo(history);
        }
    }

    @Test
    void remainingAloneMakesABalance() {
        Balance balance = balance(json("{'hours_remaining': 2}"), NOW);

        assertThat(balance).isEqualTo(new Balance(2 * Hours.MILLIS_PER_HOUR, 0, 0, NOW));
    }

    @Test
    void anyTwoOfThreeMakeTheThird() {
        Balance balance = new Balance(10 * Hours.MILLIS_PER_HOUR, 3 * Hours.MILLIS_PER_HOUR, 0, NOW);

        assertThat(balance(json("{'hours_remaining': 7, 'purchased_hours': 10}"), NOW))
                .isEqualTo(balance);
        assertThat(balance(json("{'hours_remaining': 7.0, 'used_hours': 3}"), NOW))
                .isEqualTo(balance);
        assertThat(balance(json("{'used_hours': 3, 'purchased_hours': 10}"), NOW))
                .isEqualTo(balance);
    }

    @Test
    void binaryFloatingPointIsRoundedToTheMillisecond() {
        assertThat(balance(json("{'hours_remaining': 9.999999999999998}"), NOW).remainingMillis())
                .isEqualTo(10 * Hours.MILLIS_PER_HOUR);
        assertThat(balance(json("{'hours_remaining': 1e-400}"), NOW).remainingMillis())
                .isZero();
        assertThat(balance(json("{'hours_remaining': -0.5}"), NOW).remainingMillis())
                .isEqualTo(-Hours.MILLIS_PER_HOUR / 2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{'hours_remaining': '5'}",
                "{'hours_remaining': true}",
                "{'hours_remaining': 1e400}",
                "{'hours_remaining': -1e400}",
                "{'hours_remaining': 1e999999999}",
                "{'hours_remaining': [1]}"
            })
    void aBalanceThatMakesNoSenseIsRefused(String body) {
        assertThatThrownBy(() -> balance(json(body), NOW))
                .isInstanceOf(MalformedAnswerException.class)
                .hasMessageContaining("hours_remaining");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "null", "[]", "\"text\"", "5", "<html>", "{", "{}{}", "{'a': NaN}", "{'a':1} x"})
    void onlyOneJsonObjectIsAnAnswer(String body) {
        assertThat(Json.answer(body.replace('\'', '"').getBytes(StandardCharsets.UTF_8)))
                .isNull();
    }

    @Test
    void nestingHasABound() {
        String deep = "{\"a\":".repeat(2000) + "1" + "}".repeat(2000);

        assertThat(Json.answer(deep.getBytes(StandardCharsets.UTF_8))).isNull();
    }

    @Test
    void aLocalTimeOfAnOlderServerIsNoInstant() {
        License license = LicenseJson.read(
                json("{'created': '2024-01-01T10:00:00.123456', 'status': 'Active', 'hours_remaining': 1}"),
                "RL-…",
                NOW);

        assertThat(license.created()).isNull();
        assertThat(license.status()).isEqualTo(LicenseStatus.ACTIVE);
        assertThat(license.id()).isNull();
    }

    @Test
    void aKeyInFullIsNotTakenForAMaskedOne() {
        License license = LicenseJson.read(
                json("{'key': 'RL-AAAAAAAA-BBBBBBBB-CCCCCCCC', 'hours_remaining': 1}"), "RL-AAAA…", NOW);

        assertThat(license.maskedKey()).isEqualTo("RL-AAAA…");
    }

    private static License license(SplittableRandom random) {
        return new License(
                new LicenseId("lic_" + Long.toHexString(random.nextLong() | Long.MIN_VALUE)),
                "RL-ABCD…",
                random.nextBoolean() ? "standard" : "päd \"x\"",
                LicenseStatus.values()[random.nextInt(3)],
                instant(random),
                random.nextBoolean() ? null : instant(random),
                balance(random));
    }

    private static Balance balance(SplittableRandom random) {
        long purchased = random.nextLong(1L << random.nextInt(1, 42));
        long used = random.nextLong(1L << random.nextInt(1, 42));
        long uncollected = random.nextBoolean() ? 0 : random.nextLong(1L << 30);
        long owed = random.nextLong(uncollected + 1);
        return new Balance(purchased, used, random.nextLong(1L << 30), uncollected, owed, instant(random));
    }

    private static History history(SplittableRandom random) {
        List<History.Entry> entries = new ArrayList<>();
        List<History.Session> sessions = new ArrayList<>();
        List<History.Day> days = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            long millis = random.nextLong(-(1L << 40), 1L << 40);
            entries.add(new History.Entry("e" + i, instant(random), "DEBIT", millis, -millis, "", "words"));
            sessions.add(new History.Session(
                    "s" + i, instant(random), instant(random), random.nextLong(1 << 30), i, random.nextInt(9), i));
            days.add(new History.Day(LocalDate.ofEpochDay(random.nextInt(40_000)), i, random.nextLong(1L << 40)));
        }
        return new History(
                entries,
                sessions,
                days,
                new History.Totals(random.nextLong(1L << 40), random.nextLong(1L << 40), 3, 4),
                random.nextBoolean() ? null : "cursor");
    }

    private static Instant instant(SplittableRandom random) {
        return Instant.ofEpochMilli(random.nextLong(4_000_000_000_000L));
    }

    private static Balance balance(JsonNode node, Instant now) {
        return Json.read(node, BalanceJson.class).toBalance(now);
    }

    private static JsonNode json(Object message) {
        return json(Json.text(message));
    }

    private static JsonNode json(String text) {
        return Objects.requireNonNull(Json.answer(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8)), text);
    }
}
