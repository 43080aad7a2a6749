package io.hourmeter.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import io.hourmeter.Balance;
import io.hourmeter.CreatedLicense;
import io.hourmeter.CreditKind;
import io.hourmeter.Credited;
import io.hourmeter.Customer;
import io.hourmeter.Debited;
import io.hourmeter.ErrorCode;
import io.hourmeter.History;
import io.hourmeter.HistoryQuery;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.LicenseStatus;
import io.hourmeter.NewLicense;
import io.hourmeter.Reversal;
import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageAnswers.Answer;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.UsageBatch;
import io.hourmeter.UsageBatch.Item;
import io.hourmeter.Validation;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every {@link LicenseClient} must do that speaks to a server of its own version, whichever way it speaks. The
 * clock is the real one; nothing here waits for it.
 */
public abstract class LicenseClientContract {

    protected static final Customer CUSTOMER = new Customer("ann@example.com", "Example Ltd", "Ann");
    private static final Duration HOUR = Duration.ofHours(1);
    private static final long HOUR_MILLIS = HOUR.toMillis();
    private static final long DAY_MILLIS = 24 * HOUR_MILLIS;
    private static final long YEAR_MILLIS = 365 * DAY_MILLIS;

    protected LicenseClient client;

    /** What the limits are tried on. */
    private LicenseKey bought;

    /** A client of an empty server, with every scope. */
    protected abstract LicenseClient open() throws Exception;

    /** The same, of a server that has {@code outage.uncollected=owe}. The one before is closed. */
    protected abstract LicenseClient openOwing() throws Exception;

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
    void whatPastingAddsToAKeyNamesTheSameLicense() {
        CreatedLicense created = create(HOUR);
        LicenseKey pasted = LicenseKey.of(
                "\u201c" + created.key().text().toLowerCase(Locale.ROOT).replace('-', '\u2013') + "\u201d");
        assertThat(client.validate(pasted).valid()).isTrue();
        assertThat(client.hoursRemaining(pasted).remainingMillis()).isEqualTo(HOUR_MILLIS);
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
        assertThat(client.create(NewLicense.of(CUSTOMER, HOUR), idempotencyKey).key())
                .isEqualTo(first.key());
    }

    @Test
    void oneIdempotencyKeyServesEachKindOfCall() {
        String idempotencyKey = unique();
        CreatedLicense created = client.create(NewLicense.of(CUSTOMER, HOUR), idempotencyKey);
        for (boolean again : new boolean[] {false, true}) {
            Debited debited = client.deductHours(created.key(), Duration.ofMinutes(10), idempotencyKey);
            assertThat(debited.repeated()).isEqualTo(again);
            Credited credited = client.addHours(created.key(), HOUR, idempotencyKey, "cs_1", "");
            assertThat(credited.repeated()).isEqualTo(again);
            CreatedLicense repeated = client.create(NewLicense.of(CUSTOMER, HOUR), idempotencyKey);
            assertThat(repeated.key()).isEqualTo(created.key());
            Balance reversed = client.reverse(created.key(), new Reversal(idempotencyKey, "re_1", 1, 1, 2, ""));
            assertBalance(reversed, HOUR_MILLIS + HOUR_MILLIS / 2, 600_000);
        }
    }

    @Test
    void keyAndIdNameTheSameLicense() {
        CreatedLicense created = create(HOUR);
        LicenseId id = created.license().id();
        assertThat(client.validate(id).license()).isNotNull();
        assertThat(client.hoursRemaining(id).purchasedMillis()).isEqualTo(HOUR_MILLIS);
        assertThat(client.hoursRemaining(LicenseKey.of(created.key().text().toLowerCase(Locale.ROOT)))
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
        for (LicenseRef unknown :
                List.of(LicenseKey.of("RL-00000000-00000000-00000000"), new LicenseId("lic_00000000000000000000"))) {
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
    void aCreditSaysInTheHistoryWhatItIs() {
        CreatedLicense created = create(Duration.ZERO);
        for (CreditKind kind : CreditKind.values()) {
            client.addHours(created.key(), HOUR, kind, null, "ticket-4711", "sorry");
        }
        // A reference alone makes no sale.
        client.addHours(created.key(), HOUR, null, "ticket-4711", "sorry");
        client.addHours(created.key(), HOUR, "stripe:cs_1", "cs_1", "");
        History history = client.history(created.key(), HistoryQuery.newest());
        assertThat(history.entries())
                .extracting(History.Entry::kind)
                .containsExactly("PURCHASE", "GRANT", "COMPENSATION", "TRIAL", "GRANT", "PURCHASE");
        assertThat(history.totals().payments()).isEqualTo(2);
        assertBalance(client.hoursRemaining(created.key()), 6 * HOUR_MILLIS, 0);
    }

    @Test
    void aRepeatMayNameTheUsualKindAndNoOther() {
        CreatedLicense created = create(Duration.ZERO);
        client.addHours(created.key(), HOUR, "once", "", "");
        assertThat(client.addHours(created.key(), HOUR, CreditKind.GRANT, "once", "", "")
                        .repeated())
                .isTrue();
        assertRefused(
                ErrorCode.IDEMPOTENCY_MISMATCH,
                () -> client.addHours(created.key(), HOUR, CreditKind.TRIAL, "once", "", ""));
        assertBalance(client.hoursRemaining(created.key()), HOUR_MILLIS, 0);
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
        client.deductHours(created.key(), Duration.ofMinutes(10), idempotencyKey);
        assertRefused(
                ErrorCode.IDEMPOTENCY_MISMATCH,
                () -> client.deductHours(created.key(), Duration.ofMinutes(11), idempotencyKey));
        assertBalance(client.hoursRemaining(created.key()), HOUR_MILLIS, 600_000);
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

    /**
     * A text that a call takes.
     *
     * @param member its name on the wire, which the refusal has
     * @param most code points of it
     * @param ascii whether it is for programs
     * @param send sends it
     */
    record TextLimit(String member, int most, boolean ascii, BiConsumer<LicenseClientContract, String> send) {

        @Override
        public String toString() {
            return member;
        }
    }

    static Stream<TextLimit> texts() {
        return Stream.of(
                new TextLimit("email", 254, false, (test, text) -> {
                    // A text of one letter and its length, put before what makes an address of it.
                    test.create(new Customer(text.substring(0, text.length() - 4) + "@b.c", "", ""));
                }),
                new TextLimit("company", 200, false, (test, text) -> test.create(new Customer("a@b.c", text, ""))),
                new TextLimit("name", 200, false, (test, text) -> test.create(new Customer("a@b.c", "", text))),
                new TextLimit(
                        "type",
                        64,
                        false,
                        (test, text) -> test.client.create(new NewLicense(CUSTOMER, HOUR, text, null, null), null)),
                new TextLimit(
                        "reference",
                        255,
                        false,
                        (test, text) -> test.client.addHours(test.bought, HOUR, unique(), text, "")),
                new TextLimit(
                        "description",
                        1000,
                        false,
                        (test, text) -> test.client.addHours(test.bought, HOUR, unique(), "", text)),
                new TextLimit(
                        "Idempotency-Key",
                        255,
                        true,
                        (test, text) -> test.client.addHours(test.bought, HOUR, text, "", "")),
                new TextLimit(
                        "Idempotency-Key",
                        255,
                        true,
                        (test, text) -> test.client.deductHours(test.bought, Duration.ofMillis(1), text)),
                new TextLimit(
                        "Idempotency-Key",
                        255,
                        true,
                        (test, text) -> test.client.create(NewLicense.of(CUSTOMER, HOUR), text)),
                new TextLimit(
                        "object",
                        255,
                        true,
                        (test, text) ->
                                test.client.reverse(test.bought, new Reversal("stripe:cs_1", text, 1, 1, 2, ""))),
                new TextLimit(
                        "purchase",
                        255,
                        true,
                        (test, text) -> test.asksOfNoPurchase(new Reversal(text, unique(), 1, 1, 2, ""))),
                new TextLimit(
                        "reason",
                        1000,
                        false,
                        (test, text) -> test.client.reverse(
                                test.bought, new Reversal("stripe:cs_1", unique(), 1, 1, 2, text))));
    }

    @ParameterizedTest
    @MethodSource("texts")
    void aTextOfOneMoreThanTheLimitIsRefused(TextLimit limit) {
        bought = bought();
        limit.send().accept(this, "x".repeat(limit.most()));
        limit.send().accept(this, "x".repeat(limit.most() - 1));
        refusedUnchanged(limit.member(), () -> limit.send().accept(this, "x".repeat(limit.most() + 1)));
    }

    @ParameterizedTest
    @MethodSource("texts")
    void anEmojiIsOneCharacterOfATextForPeople(TextLimit limit) {
        bought = bought();
        if (limit.ascii()) {
            refusedUnchanged(limit.member(), () -> limit.send().accept(this, "\uD83D\uDE00".repeat(10)));
            return;
        }
        // The last four are cut off for an address.
        String tail = "x".repeat(4);
        limit.send().accept(this, "\uD83D\uDE00".repeat(limit.most() - 4) + tail);
        refusedUnchanged(
                limit.member(), () -> limit.send().accept(this, "\uD83D\uDE00".repeat(limit.most() - 3) + tail));
    }

    @ParameterizedTest
    @MethodSource("texts")
    void controlCharactersInvisibleOnesAndHalfCharactersAreRefused(TextLimit limit) {
        bought = bought();
        for (String bad : List.of(
                "\u0000", "\n", "\u007f", "\u0085", "\u202E", "\u2066", "\u200E", "\u061C", "\u200B", "\u2028",
                "\uFEFF")) {
            refusedUnchanged(limit.member(), () -> limit.send().accept(this, "xxxx" + bad + "xxxx"));
        }
        // Over HTTP a half character does not even get into the body.
        refusedUnchanged("", () -> limit.send().accept(this, "xxxx\uD83Dxxxx"));
    }

    /**
     * A number that a call takes.
     *
     * @param member its name on the wire
     * @param taken the least and the most
     * @param refused just outside
     * @param send sends it
     */
    record NumberLimit<T>(String member, List<T> taken, List<T> refused, BiConsumer<LicenseClientContract, T> send) {

        @Override
        public String toString() {
            return member;
        }
    }

    static Stream<NumberLimit<?>> numbers() {
        Duration most = Duration.ofHours(1_000_000);
        Duration millisecond = Duration.ofMillis(1);
        List<Duration> noHours = List.of(
                most.plusMillis(1),
                most.plusNanos(1),
                HOUR.negated(),
                Duration.ofSeconds(Long.MAX_VALUE),
                Duration.ofSeconds(Long.MIN_VALUE),
                Duration.ofNanos(999_999),
                Duration.ofNanos(1_500_000));
        List<Duration> nothing =
                Stream.concat(Stream.of(Duration.ZERO), noHours.stream()).toList();
        return Stream.of(
                new NumberLimit<>(
                        "hours",
                        List.of(millisecond, most),
                        nothing,
                        (test, hours) -> test.client.addHours(test.bought, hours, null, "", "")),
                new NumberLimit<>(
                        "hours",
                        List.of(millisecond, most),
                        nothing,
                        (test, hours) ->
                                test.client.deductHours(test.create(HOUR).key(), hours, null)),
                new NumberLimit<>(
                        "hours",
                        List.of(Duration.ZERO, millisecond, most),
                        noHours.stream().filter(hours -> !hours.isNegative()).toList(),
                        (test, hours) -> test.create(hours)),
                new NumberLimit<>(
                        "duration_days",
                        List.of(Duration.ofDays(1), Duration.ofDays(36_500)),
                        List.of(
                                Duration.ZERO,
                                Duration.ofDays(-1),
                                Duration.ofDays(36_501),
                                Duration.ofHours(23),
                                Duration.ofHours(36),
                                Duration.ofSeconds(Long.MAX_VALUE)),
                        (test, days) -> test.client.create(new NewLicense(CUSTOMER, HOUR, "x", days, null), null)),
                new NumberLimit<>(
                        "expires",
                        instants(),
                        noInstants(),
                        (test, expires) ->
                                test.client.create(new NewLicense(CUSTOMER, HOUR, "x", null, expires), null)),
                new NumberLimit<>(
                        "part",
                        List.of(0L, 10_000_000_000_000L),
                        List.of(10_000_000_000_001L, Long.MAX_VALUE),
                        (test, part) -> test.client.reverse(
                                test.bought, new Reversal("stripe:cs_1", unique(), 1, part, 2, ""))),
                new NumberLimit<>(
                        "whole",
                        List.of(10_000_000_000_000L),
                        List.of(10_000_000_000_001L, Long.MAX_VALUE),
                        (test, whole) -> test.client.reverse(
                                test.bought, new Reversal("stripe:cs_1", unique(), 1, 0, whole, ""))),
                new NumberLimit<>(
                        "from",
                        instants(),
                        noInstants(),
                        (test, from) -> test.client.history(test.bought, between(from, null))),
                new NumberLimit<>(
                        "to",
                        instants(),
                        noInstants(),
                        (test, to) -> test.client.history(test.bought, between(null, to))),
                new NumberLimit<>(
                        "gap_ms",
                        List.of(0L, YEAR_MILLIS),
                        List.of(-1L, YEAR_MILLIS + 1, Long.MIN_VALUE, Long.MAX_VALUE),
                        (test, gap) -> test.opens(gap, 900_000, 0)),
                new NumberLimit<>(
                        "lease_ms",
                        List.of(1L, DAY_MILLIS),
                        List.of(-1L, 0L, DAY_MILLIS + 1, Long.MIN_VALUE, Long.MAX_VALUE),
                        (test, lease) -> test.opens(0, lease, 0)),
                new NumberLimit<>(
                        "grace_ms",
                        List.of(0L, DAY_MILLIS),
                        List.of(-1L, DAY_MILLIS + 1, Long.MIN_VALUE, Long.MAX_VALUE),
                        (test, grace) -> test.opens(0, 900_000, grace)));
    }

    private static List<Instant> instants() {
        return List.of(Instant.EPOCH, Instant.parse("9999-12-31T23:59:59.999999Z"));
    }

    private static List<Instant> noInstants() {
        return List.of(Instant.EPOCH.minusMillis(1), Instant.parse("+10000-01-01T00:00:00Z"), Instant.MAX, Instant.MIN);
    }

    private static HistoryQuery between(@Nullable Instant from, @Nullable Instant to) {
        return new HistoryQuery(HistoryQuery.Type.ALL, from, to, 10, null);
    }

    /** A message with an item that is served, and the same without any: what is said of all items is checked in both. */
    private void opens(long gap, long lease, long grace) {
        client.sync(new UsageBatch("node-1", gap, lease, grace, List.of()));
        Item open = open(create(HOUR).key(), "", 0);
        UsageAnswers answers = client.sync(new UsageBatch("node-1", gap, lease, grace, List.of(open)));
        assertThat(answers.items()).extracting(Answer::state).containsExactly(State.OK);
    }

    /** What passes its checks comes as far as to find that there is no such purchase. */
    private void asksOfNoPurchase(Reversal reversal) {
        try {
            client.reverse(bought, reversal);
        } catch (LicenseRequestException e) {
            if (e.code() != ErrorCode.CONFLICT) {
                throw e;
            }
        }
    }

    @ParameterizedTest
    @MethodSource("numbers")
    <T> void aNumberJustOutsideItsLimitsIsRefused(NumberLimit<T> limit) {
        bought = bought();
        for (T refused : limit.refused()) {
            refusedUnchanged(limit.member(), () -> limit.send().accept(this, refused));
        }
        for (T taken : limit.taken()) {
            limit.send().accept(this, taken);
        }
    }

    @Test
    void anAddressIsTakenWithoutWhatIsNotSeenAtItsEnds() {
        for (String pasted : List.of(
                "ann@example.com ", "\tann@example.com\n", "\u00a0ann@example.com\u200b", "\ufeffann@example.com")) {
            assertThat(create(new Customer(pasted, "", "")).customer().email()).isEqualTo("ann@example.com");
        }
        for (String none :
                List.of("", " ", "ann", "@", "ann@", "@example.com", "ann @example.com", "a@b@c", "a\u202eb@c.d")) {
            assertRefused(ErrorCode.INVALID_REQUEST, () -> create(new Customer(none, "", "")));
        }
    }

    @Test
    void aTypeThatSaysNothingIsRefused() {
        for (String none : List.of("", " ")) {
            assertRefused(
                    ErrorCode.INVALID_REQUEST,
                    () -> client.create(new NewLicense(CUSTOMER, HOUR, none, null, null), null));
        }
    }

    @Test
    void aHistoryIsAskedForByAtMostFiveHundredLines() {
        CreatedLicense created = create(HOUR);
        for (int limit : new int[] {1, 500}) {
            assertThat(client.history(created.key(), new HistoryQuery(HistoryQuery.Type.ALL, null, null, limit, null))
                            .entries())
                    .hasSize(1);
        }
        for (int limit : new int[] {0, 501, -1, Integer.MAX_VALUE}) {
            assertThatThrownBy(() -> new HistoryQuery(HistoryQuery.Type.ALL, null, null, limit, null))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("limit");
        }
    }

    @Test
    void anInstantCountsInWholeMilliseconds() {
        Instant expires = Instant.parse("2100-01-31T00:00:00.123999Z");
        CreatedLicense created = client.create(new NewLicense(CUSTOMER, HOUR, "x", null, expires), null);
        assertThat(created.license().expires()).isEqualTo(Instant.parse("2100-01-31T00:00:00.123Z"));
    }

    @Test
    void moreItemsThanAMessageTakesGoInSeveral() {
        LicenseKey key = create(HOUR).key();
        for (int size : new int[] {500, 501}) {
            Item[] items = Stream.generate(() -> open(key, "", 0)).limit(size).toArray(Item[]::new);
            UsageAnswers answers = client.sync(batch(items));
            assertThat(answers.items())
                    .extracting(Answer::lease)
                    .containsExactly(Stream.of(items).map(Item::lease).toArray(String[]::new));
            assertThat(answers.items()).extracting(Answer::state).containsOnly(State.OK);
        }
    }

    @Test
    void anItemIsInvalidJustOutsideItsLimitsAndChangesNothing() {
        bought = bought();
        Item open = open(bought, "", 1_000);
        History before = client.history(bought, HistoryQuery.newest());
        for (Item bad : List.of(
                report(open, -1, null, false, 1),
                report(open, 1_000, -1L, false, 1),
                // Far from the limit, since its way adds to the age of a message.
                report(open, 1_000, 60_000L, false, 1),
                report(open, 1_000, null, false, -1),
                named(open, "f".repeat(63)),
                named(open, "g".repeat(64)),
                named(open, ""))) {
            assertThat(sync(bad).state()).as("%s", bad).isEqualTo(State.INVALID);
        }
        assertThat(sync(report(open, 7 * DAY_MILLIS + 1, null, false, 1)).state())
                .isEqualTo(State.TOO_LATE);
        assertThat(client.history(bought, HistoryQuery.newest())).isEqualTo(before);
        assertThat(client.hoursRemaining(bought).heldMillis()).isZero();
        assertThat(sync(report(open, 0, 2_000L, false, 0)).state()).isEqualTo(State.OK);
        assertThat(sync(report(open(bought, "", 0), 7 * DAY_MILLIS - 60_000, null, true, Long.MAX_VALUE))
                        .state())
                .isEqualTo(State.CLOSED);
    }

    private static Item named(Item open, String keySha256) {
        return new Item(
                open.lease(), keySha256, null, "", open.session(), open.ageMillis(), null, false, 1, false, true);
    }

    /** A license with a purchase of one hour that can be reversed. */
    private LicenseKey bought() {
        LicenseKey key = create(HOUR).key();
        client.addHours(key, HOUR, "stripe:cs_1", "cs_1", "");
        return key;
    }

    private CreatedLicense create(Customer customer) {
        return client.create(NewLicense.of(customer, HOUR), null);
    }

    private void refusedUnchanged(String member, ThrowingCallable call) {
        History before = client.history(bought, HistoryQuery.newest());
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        LicenseRequestException.class,
                        refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_REQUEST))
                .hasMessageContaining(member);
        assertThat(client.history(bought, HistoryQuery.newest())).isEqualTo(before);
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

    @Test
    void reversalTakesItsPartOfThePurchase() {
        CreatedLicense created = create(Duration.ZERO);
        client.addHours(created.key(), HOUR, "stripe:cs_1", "cs_1", "");
        assertBalance(client.reverse(created.key(), reversal("re_1", 1, 250, 1000)), HOUR_MILLIS * 3 / 4, 0);
        assertBalance(client.reverse(created.key(), reversal("re_2", 1, 750, 1000)), 0, 0);
    }

    @Test
    void reversalsInAnyOrderLeaveTheSameBalance() {
        List<Reversal> states = List.of(
                reversal("re_1", 1, 333, 1000),
                reversal("re_1", 2, 0, 1000),
                reversal("re_2", 1, 333, 1000),
                reversal("du_1", 1, 1000, 1000),
                reversal("du_1", 5, 334, 1000));
        for (List<Reversal> order : orders(states)) {
            CreatedLicense created = create(Duration.ZERO);
            client.addHours(created.key(), HOUR, "stripe:cs_1", "cs_1", "");
            for (Reversal state : order) {
                client.reverse(created.key(), state);
                client.reverse(created.key(), state);
            }
            // 333 + 334 of 1000 are taken in the end
            assertBalance(client.hoursRemaining(created.key()), HOUR_MILLIS - HOUR_MILLIS * 667 / 1000, 0);
        }
    }

    @Test
    void reversalGivenBackRestoresThePurchase() {
        CreatedLicense created = create(Duration.ZERO);
        client.addHours(created.key(), HOUR, "stripe:cs_1", "cs_1", "");
        client.reverse(created.key(), reversal("du_1", 1, 1000, 1000));
        assertBalance(client.reverse(created.key(), reversal("du_1", 2, 0, 1000)), HOUR_MILLIS, 0);
        assertThat(client.history(created.key(), HistoryQuery.newest()).entries())
                .extracting(History.Entry::kind)
                .containsExactly("REINSTATEMENT", "REVERSAL", "PURCHASE");
    }

    @Test
    void reversalsTakeNeverMoreThanThePurchase() {
        CreatedLicense created = create(HOUR);
        client.addHours(created.key(), HOUR, "stripe:cs_1", "cs_1", "");
        client.reverse(created.key(), reversal("re_1", 1, 1000, 1000));
        assertBalance(client.reverse(created.key(), reversal("du_1", 1, 1000, 1000)), HOUR_MILLIS, 0);
    }

    @Test
    void reversalOfUsedTimeLeavesANegativeBalance() {
        CreatedLicense created = create(Duration.ZERO);
        client.addHours(created.key(), HOUR, "stripe:cs_1", "cs_1", "");
        client.deductHours(created.key(), HOUR, null);
        Balance balance = client.reverse(created.key(), reversal("re_1", 1, 500, 1000));
        assertThat(balance.remainingMillis()).isEqualTo(-HOUR_MILLIS / 2);
        assertThat(balance.availableMillis()).isZero();
        Balance after = client.addHours(created.key(), HOUR, null, "", "").balance();
        assertThat(after.remainingMillis()).isEqualTo(HOUR_MILLIS / 2);
    }

    @Test
    void reversalOfAnUnknownPurchaseIsAConflict() {
        CreatedLicense created = create(HOUR);
        assertRefused(ErrorCode.CONFLICT, () -> client.reverse(created.key(), reversal("re_1", 1, 1, 1)));
        client.deductHours(created.key(), Duration.ofMinutes(1), "stripe:cs_1");
        assertRefused(ErrorCode.CONFLICT, () -> client.reverse(created.key(), reversal("re_1", 1, 1, 1)));
    }

    @Test
    void reversalWithAnotherWholeIsAConflict() {
        CreatedLicense created = create(Duration.ZERO);
        client.addHours(created.key(), HOUR, "stripe:cs_1", "cs_1", "");
        client.reverse(created.key(), reversal("re_1", 1, 1, 1000));
        assertRefused(ErrorCode.CONFLICT, () -> client.reverse(created.key(), reversal("re_2", 1, 1, 999)));
    }

    @Test
    void emptyBatchAnswersNothing() {
        assertThat(client.sync(batch()).items()).isEmpty();
    }

    @Test
    void openedLeaseIsAuthorizedAndHeld() {
        CreatedLicense created = create(HOUR);
        Answer answer = sync(open(created.key(), "", 60_000));
        assertThat(answer.state()).isEqualTo(State.OK);
        assertThat(answer.license()).isEqualTo(created.license().id());
        // The clock goes on between lease and answer.
        assertThat(answer.authorizedMillis()).isBetween(960_000L, 990_000L);
        assertThat(answer.last()).isFalse();
        assertThat(answer.remainingMillis()).isEqualTo(HOUR_MILLIS);
        assertThat(client.hoursRemaining(created.key()).heldMillis()).isEqualTo(answer.authorizedMillis());
    }

    @Test
    void reportedUseIsChargedOnceHoweverOftenItIsReported() {
        CreatedLicense created = create(HOUR);
        Item open = open(created.key(), "", 60_000);
        sync(open);
        Item report = report(open, 60_000, 50_000L, false, 2);
        assertThat(sync(report).remainingMillis()).isEqualTo(HOUR_MILLIS - 50_000);
        assertThat(sync(report).remainingMillis()).isEqualTo(HOUR_MILLIS - 50_000);
        sync(open);
        assertBalance(client.hoursRemaining(created.key()), HOUR_MILLIS, 50_000);
    }

    @Test
    void closedLeaseHoldsNothingAndStaysClosed() {
        CreatedLicense created = create(HOUR);
        Item open = open(created.key(), "", 60_000);
        sync(open);
        Item close = report(open, 60_000, 50_000L, true, 3);
        assertThat(sync(close).state()).isEqualTo(State.CLOSED);
        assertThat(sync(report(open, 60_000, 40_000L, false, 2)).state()).isEqualTo(State.CLOSED);
        Balance balance = client.hoursRemaining(created.key());
        assertBalance(balance, HOUR_MILLIS, 50_000);
        assertThat(balance.heldMillis()).isZero();
    }

    @Test
    void offlineUseBeyondTheBalanceIsSeenInBalanceAndHistory() {
        CreatedLicense created = create(Duration.ofSeconds(60));
        Item open = open(created.key(), "", 90_000);
        assertThat(sync(offline(open, 80_000, 2)).state()).isEqualTo(State.CLOSED);
        Balance balance = client.hoursRemaining(created.key());
        assertThat(balance.uncollectedMillis()).isEqualTo(20_000);
        assertBalance(balance, 60_000, 60_000);
        assertThat(client.validate(created.key()).license().balance().uncollectedMillis())
                .isEqualTo(20_000);
        assertThat(client.history(created.key(), HistoryQuery.newest()).sessions())
                .singleElement()
                .satisfies(session -> {
                    assertThat(session.chargedMillis()).isEqualTo(60_000);
                    assertThat(session.uncollectedMillis()).isEqualTo(20_000);
                });
    }

    @Test
    void offlineUseBeyondTheBalanceIsPaidByTheNextCreditWhereItIsOwed() throws Exception {
        client.close();
        client = openOwing();
        CreatedLicense created = create(Duration.ofSeconds(60));
        Item open = open(created.key(), "", 120_000);
        sync(offline(open, 98_000, 2));
        Balance before = client.hoursRemaining(created.key());
        assertBalance(before, 60_000, 60_000);
        assertThat(before.uncollectedMillis()).isEqualTo(38_000);
        assertThat(before.owedMillis()).isEqualTo(38_000);

        Credited first = client.addHours(created.key(), HOUR, "stripe:cs_owed", "", "");
        assertThat(first.addedMillis()).isEqualTo(HOUR_MILLIS);
        assertThat(first.collectedMillis()).isEqualTo(38_000);
        assertBalance(first.balance(), 60_000 + HOUR_MILLIS, 98_000);
        Credited again = client.addHours(created.key(), HOUR, "stripe:cs_owed", "", "");
        assertThat(again).isEqualTo(new Credited(HOUR_MILLIS, first.balance(), true, 38_000));
        assertThat(client.addHours(created.key(), HOUR, "stripe:cs_whole", "", "")
                        .collectedMillis())
                .isZero();

        sync(offline(open, 98_000, 3));
        Balance after = client.hoursRemaining(created.key());
        assertBalance(after, 60_000 + 2 * HOUR_MILLIS, 98_000);
        assertThat(after.uncollectedMillis()).isZero();
        assertThat(after.owedMillis()).isZero();
        History history = client.history(created.key(), HistoryQuery.newest());
        assertThat(history.entries())
                .extracting(History.Entry::kind, History.Entry::millis)
                .contains(tuple("COLLECTION", -38_000L), tuple("USAGE", -60_000L));
        assertThat(history.sessions()).singleElement().satisfies(session -> {
            assertThat(session.chargedMillis()).isEqualTo(98_000);
            assertThat(session.uncollectedMillis()).isZero();
        });
    }

    private static Item offline(Item open, long usedMillis, long seq) {
        return new Item(
                open.lease(),
                open.keySha256(),
                open.license(),
                "",
                open.session(),
                open.ageMillis(),
                usedMillis,
                true,
                seq,
                true,
                true);
    }

    @Test
    void overlappingLeasesOfTwoNodesAreChargedOnce() {
        CreatedLicense created = create(HOUR);
        Item one = open(created.key(), "", 60_000);
        Item two = open(created.key(), "", 60_000);
        sync(one);
        sync(two);
        sync(report(one, 60_000, 55_000L, true, 2));
        sync(report(two, 60_000, 55_000L, true, 2));
        long used = client.hoursRemaining(created.key()).usedMillis();
        // The two began within the time between two calls.
        assertThat(used).isBetween(55_000L, 90_000L);
    }

    @Test
    void aLicenseIsServedUnderItsId() {
        LicenseId id = create(HOUR).license().id();
        Item open = open(id, "", 60_000);
        Answer answer = sync(open);
        assertThat(answer.state()).isEqualTo(State.OK);
        assertThat(answer.license()).isEqualTo(id);
        assertThat(answer.remainingMillis()).isEqualTo(HOUR_MILLIS);
        assertThat(sync(report(open, 60_000, 50_000L, true, 2)).state()).isEqualTo(State.CLOSED);
        assertBalance(client.hoursRemaining(id), HOUR_MILLIS, 50_000);
        assertThat(client.hoursRemaining(id).heldMillis()).isZero();
    }

    @Test
    void keyAndIdOfOneLicenseAreOneScopeAndChargedOnce() {
        CreatedLicense created = create(HOUR);
        Item byKey = open(created.key(), "", 60_000);
        Item byId = open(created.license().id(), "", 60_000);
        assertThat(client.sync(batch(byKey, byId)).items())
                .extracting(Answer::state)
                .containsExactly(State.OK, State.OK);
        assertThat(client.sync(batch(report(byId, 60_000, 55_000L, true, 2), report(byKey, 60_000, 55_000L, true, 2)))
                        .items())
                .extracting(Answer::state)
                .containsExactly(State.CLOSED, State.CLOSED);
        assertBalance(client.hoursRemaining(created.key()), HOUR_MILLIS, 55_000);
    }

    @Test
    void whatKeyAndIdHoldIsHeldOnce() {
        CreatedLicense created = create(Duration.ofMinutes(1));
        assertThat(sync(open(created.key(), "session-one", 0)).state()).isEqualTo(State.OK);
        assertThat(sync(open(created.license().id(), "session-two", 0)).state()).isEqualTo(State.HELD);
    }

    @Test
    void anUnknownIdIsUnknown() {
        Answer answer = sync(open(new LicenseId("lic_00000000"), "", 0));
        assertThat(answer.state()).isEqualTo(State.UNKNOWN);
        assertThat(answer.license()).isNull();
    }

    @Test
    void usedUpBalanceIsExhausted() {
        CreatedLicense created = create(Duration.ZERO);
        assertThat(sync(open(created.key(), "", 0)).state()).isEqualTo(State.EXHAUSTED);
    }

    @Test
    void balanceHeldByAnotherSessionIsHeld() {
        CreatedLicense created = create(Duration.ofMinutes(1));
        assertThat(sync(open(created.key(), "session-one", 0)).state()).isEqualTo(State.OK);
        Answer second = sync(open(created.key(), "session-two", 0));
        assertThat(second.state()).isEqualTo(State.HELD);
        assertThat(second.retryAfterMillis()).isPositive();
    }

    @Test
    void deductionLeavesWhatSessionsHold() {
        CreatedLicense created = create(HOUR);
        long held = sync(open(created.key(), "", 0)).authorizedMillis();
        Debited debited = client.deductHours(created.key(), HOUR, null);
        assertThat(debited.deductedMillis()).isEqualTo(HOUR_MILLIS - held);
        assertThat(debited.balance().heldMillis()).isEqualTo(held);
        assertRefused(ErrorCode.HOURS_EXHAUSTED, () -> client.deductHours(created.key(), HOUR, null));
    }

    @Test
    void eachItemHasItsOwnOutcomeInItsPlace() {
        CreatedLicense created = create(HOUR);
        Item unknown = open(LicenseKey.of("RL-00000000-00000000-00000000"), "", 0);
        Item good = open(created.key(), "", 0);
        Item invalid = report(open(created.key(), "", 0), -HOUR_MILLIS, null, false, 1);
        UsageAnswers answers = client.sync(batch(unknown, good, invalid));
        assertThat(answers.items()).extracting(Answer::state).containsExactly(State.UNKNOWN, State.OK, State.INVALID);
        assertThat(answers.items())
                .extracting(Answer::lease)
                .containsExactly(unknown.lease(), good.lease(), invalid.lease());
    }

    @Test
    void idsInAMessageAreVisibleAsciiAndBounded() {
        CreatedLicense created = create(HOUR);
        assertThat(client.sync(new UsageBatch("n".repeat(64), 0, 900_000, 0, List.of()))
                        .items())
                .isEmpty();
        for (String bad : List.of("n".repeat(65), "", "n n", "n\u00e9")) {
            assertRefused(ErrorCode.INVALID_REQUEST, () -> client.sync(new UsageBatch(bad, 0, 900_000, 0, List.of())));
        }
        assertThat(sync(open(created.key(), "s".repeat(128), 0)).state()).isEqualTo(State.OK);
        for (String bad : List.of("s".repeat(129), "s s", "s\u00e9")) {
            assertThat(sync(open(created.key(), bad, 0)).state()).isEqualTo(State.INVALID);
        }
    }

    @Test
    void historyLinesAddUpToTheBalance() {
        CreatedLicense created = create(HOUR);
        client.addHours(created.key(), HOUR, "stripe:cs_1", "cs_1", "10 hours");
        client.deductHours(created.key(), Duration.ofMinutes(10), null);
        client.reverse(created.key(), reversal("re_1", 1, 1, 3));
        Item open = open(created.key(), "", 60_000);
        sync(open);
        sync(report(open, 60_000, 50_000L, true, 2));

        History history = client.history(created.key(), HistoryQuery.newest());
        long remaining = client.hoursRemaining(created.key()).remainingMillis();
        assertThat(history.entries())
                .extracting(History.Entry::kind)
                .containsExactlyInAnyOrder("GRANT", "PURCHASE", "DEBIT", "REVERSAL", "USAGE");
        assertThat(history.entries().stream().mapToLong(History.Entry::millis).sum())
                .isEqualTo(remaining);
        assertThat(history.entries().get(0).remainingAfterMillis()).isEqualTo(remaining);
        for (int i = 1; i < history.entries().size(); i++) {
            History.Entry newer = history.entries().get(i - 1);
            assertThat(history.entries().get(i).remainingAfterMillis())
                    .isEqualTo(newer.remainingAfterMillis() - newer.millis());
        }
        assertThat(history.sessions()).singleElement().satisfies(session -> {
            assertThat(session.session()).isEqualTo(open.session());
            assertThat(session.chargedMillis()).isEqualTo(50_000);
            assertThat(session.activeMillis()).isEqualTo(50_000);
            assertThat(session.uncollectedMillis()).isZero();
            assertThat(session.nodes()).isEqualTo(1);
        });
        assertThat(history.totals()).isEqualTo(new History.Totals(2 * HOUR_MILLIS - HOUR_MILLIS / 3, 650_000, 1, 1));
        assertThat(history.daily().stream().mapToLong(History.Day::usedMillis).sum())
                .isEqualTo(650_000);
        assertThat(history.daily().stream()
                        .mapToLong(History.Day::purchasedMillis)
                        .sum())
                .isEqualTo(2 * HOUR_MILLIS - HOUR_MILLIS / 3);
        assertThat(history.next()).isNull();
    }

    @Test
    void historyPagesTogetherAreTheWholeHistory() {
        CreatedLicense created = create(HOUR);
        for (int i = 0; i < 6; i++) {
            client.addHours(created.key(), Duration.ofMillis(1 + i), null, "", "line " + i);
            Item open = open(created.key(), "session-" + i, 60_000);
            sync(open);
            sync(report(open, 60_000, 1_000L, true, 2));
        }
        History whole = client.history(created.key(), HistoryQuery.newest());
        List<History.Entry> entries = new ArrayList<>();
        List<History.Session> sessions = new ArrayList<>();
        String cursor = null;
        do {
            History page =
                    client.history(created.key(), new HistoryQuery(HistoryQuery.Type.ALL, null, null, 2, cursor));
            assertThat(page.entries()).hasSizeLessThanOrEqualTo(2);
            assertThat(page.sessions()).hasSizeLessThanOrEqualTo(2);
            entries.addAll(page.entries());
            sessions.addAll(page.sessions());
            cursor = page.next();
        } while (cursor != null);
        assertThat(entries).isEqualTo(whole.entries()).hasSize(13);
        assertThat(sessions).isEqualTo(whole.sessions()).hasSize(6);
    }

    @Test
    void historyByTypeShowsUseOrPayments() {
        CreatedLicense created = create(HOUR);
        client.deductHours(created.key(), Duration.ofMinutes(10), null);
        assertThat(history(created, HistoryQuery.Type.USAGE).entries())
                .extracting(History.Entry::kind, History.Entry::remainingAfterMillis)
                .containsExactly(tuple("DEBIT", HOUR_MILLIS - 600_000));
        assertThat(history(created, HistoryQuery.Type.PAYMENT).entries())
                .extracting(History.Entry::kind, History.Entry::remainingAfterMillis)
                .containsExactly(tuple("GRANT", HOUR_MILLIS));
    }

    @Test
    void historyIsBoundedByInstants() {
        CreatedLicense created = create(HOUR);
        Instant at = client.history(created.key(), HistoryQuery.newest())
                .entries()
                .get(0)
                .at();
        assertThat(client.history(
                                created.key(), new HistoryQuery(HistoryQuery.Type.ALL, at, at.plusMillis(1), 10, null))
                        .entries())
                .hasSize(1);
        assertThat(client.history(created.key(), new HistoryQuery(HistoryQuery.Type.ALL, null, at, 10, null))
                        .entries())
                .isEmpty();
    }

    @Test
    void historyOfAnUnknownLicenseAndWithAForgedCursorIsRefused() {
        CreatedLicense created = create(HOUR);
        assertRefused(
                ErrorCode.LICENSE_NOT_FOUND,
                () -> client.history(LicenseKey.of("RL-00000000-00000000-00000000"), HistoryQuery.newest()));
        assertRefused(
                ErrorCode.INVALID_REQUEST,
                () -> client.history(created.key(), new HistoryQuery(HistoryQuery.Type.ALL, null, null, 10, "forged")));
    }

    private History history(CreatedLicense created, HistoryQuery.Type type) {
        return client.history(created.key(), new HistoryQuery(type, null, null, 10, null));
    }

    private static Reversal reversal(String object, long version, long part, long whole) {
        return new Reversal("stripe:cs_1", object, version, part, whole, "requested_by_customer");
    }

    /** Every item first, last and next to every other, forwards and backwards. */
    private static <T> List<List<T>> orders(List<T> items) {
        List<List<T>> orders = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            List<T> rotated = new ArrayList<>(items);
            Collections.rotate(rotated, i);
            orders.add(rotated);
            List<T> reversed = new ArrayList<>(rotated);
            Collections.reverse(reversed);
            orders.add(reversed);
        }
        return orders;
    }

    protected static UsageBatch batch(Item... items) {
        return new UsageBatch("node-1", 300_000, 900_000, 600_000, List.of(items));
    }

    /** A lease that began so long ago and asks to be served. */
    protected static Item open(LicenseKey key, String scope, long ageMillis) {
        String session = scope.isEmpty() ? "session-of-the-license" : scope;
        return new Item(unique(), key.sha256(), key, scope, session, ageMillis, null, false, 1, false, true);
    }

    /** The same for a license that is named by its id. */
    protected static Item open(LicenseId id, String scope, long ageMillis) {
        String session = scope.isEmpty() ? "session-of-the-license" : scope;
        return new Item(unique(), null, id, scope, session, ageMillis, null, false, 1, false, true);
    }

    protected static Item report(Item open, long ageMillis, @Nullable Long usedMillis, boolean done, long seq) {
        return new Item(
                open.lease(),
                open.keySha256(),
                open.license(),
                open.scope(),
                open.session(),
                ageMillis,
                usedMillis,
                done,
                seq,
                false,
                true);
    }

    protected final Answer sync(Item item) {
        return client.sync(batch(item)).items().get(0);
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
}
