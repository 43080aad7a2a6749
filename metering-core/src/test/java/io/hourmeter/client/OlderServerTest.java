package io.hourmeter.client;

import static io.hourmeter.client.MockServerTest.KEY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.hourmeter.Customer;
import io.hourmeter.ErrorCode;
import io.hourmeter.HistoryQuery;
import io.hourmeter.Hours;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.NewLicense;
import io.hourmeter.Reversal;
import io.hourmeter.UsageAnswers.Answer;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.UsageBatch;
import io.hourmeter.UsageBatch.Item;
import io.hourmeter.client.FakeOlderServer.Account;
import io.hourmeter.client.FakeOlderServer.Fault;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A client for {@code license.server.kind=older}, against a server that has nothing but validate, hours and usage. */
class OlderServerTest {

    private static final long GAP = 300_000;
    private static final long LEASE = 900_000;

    private final FakeClock clock = new FakeClock();
    private FakeOlderServer server;
    private LicenseClient client;
    private Account account;

    @BeforeEach
    void start() throws IOException {
        server = new FakeOlderServer();
        account = server.add(KEY, 10);
        client = client(Duration.ofSeconds(10));
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    private LicenseClient client(Duration timeout) {
        return HttpLicenseClient.builder(server.url()).timeout(timeout).buildOlder(clock);
    }

    /** A lease as a node keeps it. */
    private final class Lease {
        private final String id;
        private final String scope;
        private final LicenseKey key;
        private final long start = clock.millis();
        private boolean bridge = true;

        private Lease(String id, String scope, LicenseKey key) {
            this.id = id;
            this.scope = scope;
            this.key = key;
        }

        private Item item(@Nullable Long used, boolean done) {
            return new Item(
                    id, key.sha256(), key, scope, "session", clock.millis() - start, used, done, 1, false, bridge);
        }

        private Answer open() {
            return send(item(null, false));
        }

        private Answer report(long used) {
            return send(item(used, false));
        }

        private Answer close(long used) {
            return send(item(used, true));
        }

        private long age() {
            return clock.millis() - start;
        }
    }

    private Lease lease(String id) {
        return new Lease(id, "", KEY);
    }

    private Answer send(Item item) {
        return sync(item).get(0);
    }

    private List<Answer> sync(Item... items) {
        return client.sync(new UsageBatch("node", GAP, LEASE, 0, List.of(items)))
                .items();
    }

    private void pass(long millis) {
        clock.advance(Duration.ofMillis(millis));
    }

    private double usedMillis() {
        return account.used * Hours.MILLIS_PER_HOUR;
    }

    private void assertUsed(long millis) {
        assertThat(usedMillis()).isCloseTo(millis, within(0.001));
    }

    @Test
    void anOpenIsValidatedAndAuthorizedForTheLease() {
        assertThat(lease("a").open())
                .isEqualTo(new Answer("a", null, State.OK, LEASE, false, 10 * Hours.MILLIS_PER_HOUR, 0));
        assertUsed(0);
    }

    @Test
    void aReportDeductsWhatIsNewAndAClosingTheRest() {
        Lease lease = lease("a");
        lease.open();
        pass(60_000);
        Answer report = lease.report(60_000);
        assertUsed(60_000);
        assertThat(report.authorizedMillis()).isEqualTo(60_000 + LEASE);
        assertThat(report.remainingMillis()).isEqualTo(10 * Hours.MILLIS_PER_HOUR - 60_000);
        pass(7_001);

        assertThat(lease.close(65_001).state()).isEqualTo(State.CLOSED);
        assertUsed(65_001);
    }

    @Test
    void aReportThatIsRepeatedIsChargedOnce() {
        Lease lease = lease("a");
        lease.open();
        pass(10_000);
        lease.report(10_000);
        lease.report(10_000);
        lease.close(10_000);
        pass(50);
        lease.close(10_000);

        assertUsed(10_000);
        assertThat(server.count("/usage")).isEqualTo(1);
    }

    @Test
    void manySmallDeductionsAddUpExactly() {
        account.purchased = 100;
        Lease lease = lease("a");
        lease.open();
        for (int i = 1; i <= 300; i++) {
            pass(1);
            lease.report(i);
        }

        assertThat(usedMillis()).isCloseTo(300, within(0.000_5));
    }

    @Test
    void theLeaseEndsWithTheBalance() {
        account.purchased = 0.01;
        Lease lease = lease("a");
        assertThat(lease.open()).isEqualTo(new Answer("a", null, State.OK, 36_000, true, 36_000, 0));
        pass(20_000);
        assertThat(lease.report(20_000)).isEqualTo(new Answer("a", null, State.OK, 36_000, true, 16_000, 0));
        pass(16_000);

        Answer last = lease.report(36_000);

        assertThat(last.state()).isEqualTo(State.EXHAUSTED);
        assertThat(last.last()).isTrue();
        assertThat(account.purchased - account.used).isCloseTo(0, within(1e-9));
        assertThat(lease.close(36_000).state()).isEqualTo(State.CLOSED);
        assertThat(lease("b").open().state()).isEqualTo(State.EXHAUSTED);
    }

    @Test
    void aDeductionThatTakesLessEndsTheLeaseAndIsNotOwedLater() {
        Lease lease = lease("a");
        lease.open();
        account.purchased = 0.001;
        pass(10_000);
        assertThat(lease.report(10_000).state()).isEqualTo(State.EXHAUSTED);
        assertThat(lease.close(10_000).state()).isEqualTo(State.CLOSED);
        account.purchased = 5;

        assertThat(lease("b").open().state()).isEqualTo(State.OK);
        assertUsed(3_600);
    }

    @Test
    void paymentRequiredEndsTheLease() {
        Lease lease = lease("a");
        lease.open();
        account.purchased = 0;
        pass(10_000);

        assertThat(lease.report(10_000).state()).isEqualTo(State.EXHAUSTED);
        assertUsed(0);
    }

    @Test
    void aTopUpLetsTheCustomerInAgainAndTheTimeOfRefusalIsFree() {
        account.purchased = 0.01;
        Lease first = lease("a");
        first.open();
        pass(36_000);
        first.report(36_000);
        pass(1_000);
        assertThat(lease("b").open().state()).isEqualTo(State.EXHAUSTED);
        pass(9_000);
        account.purchased = 1.01;
        Lease again = lease("c");
        assertThat(again.open().state()).isEqualTo(State.OK);
        pass(5_000);
        again.close(5_000);

        assertUsed(41_000);
    }

    @Test
    void leasesThatOverlapAreChargedOnce() {
        Lease first = lease("a");
        first.open();
        pass(30_000);
        Lease second = lease("b");
        second.open();
        pass(1_000);
        sync(first.item(31_000L, true), second.item(1_000L, false));
        pass(9_000);
        second.close(10_000);

        assertUsed(40_000);
    }

    @Test
    void aPauseUpToTheGapCountsAndALongerOneDoesNot() {
        Lease first = lease("a");
        first.open();
        pass(10_000);
        first.close(10_000);
        pass(GAP);
        Lease second = lease("b");
        assertThat(second.open().authorizedMillis()).isEqualTo(LEASE);
        assertUsed(10_000);
        second.report(0);
        assertUsed(10_000 + GAP);
        second.close(0);
        pass(GAP + 1);
        Lease third = lease("c");
        third.open();
        pass(1_000);
        third.close(1_000);

        assertUsed(10_000 + GAP + 1_000);
    }

    @Test
    void aPauseThatContainsARefusalByTheNodeDoesNotCount() {
        Lease first = lease("a");
        first.open();
        pass(10_000);
        first.close(10_000);
        pass(20_000);
        Lease second = lease("b");
        second.bridge = false;
        second.open();
        pass(5_000);
        second.close(5_000);

        assertUsed(15_000);
    }

    @Test
    void aPauseThatEatsTheBalanceIsChargedAsFarAsItGoesAndRefused() {
        account.purchased = 0.01;
        Lease first = lease("a");
        first.open();
        pass(16_000);
        first.close(16_000);
        pass(25_000);

        assertThat(lease("b").open().state()).isEqualTo(State.EXHAUSTED);
        assertUsed(36_000);
    }

    @Test
    void aPauseIsTakenOffTheTimeThatIsAuthorizedAfterIt() {
        account.purchased = 0.01;
        Lease first = lease("a");
        first.open();
        pass(16_000);
        first.close(16_000);
        pass(5_000);
        Lease second = lease("b");

        assertThat(second.open().authorizedMillis()).isEqualTo(15_000);
        pass(15_000);
        assertThat(second.close(15_000).state()).isEqualTo(State.CLOSED);
        assertUsed(36_000);
    }

    @Test
    void sessionsAreChargedEachAndShareTheBalance() {
        account.purchased = 0.01;
        Lease one = new Lease("a", "session-1", KEY);
        Lease two = new Lease("b", "session-2", KEY);
        List<Answer> answers = sync(one.item(null, false), two.item(null, false));
        assertThat(answers).extracting(Answer::authorizedMillis).containsExactly(18_000L, 18_000L);
        assertThat(answers).allMatch(Answer::last);
        pass(18_000);
        sync(one.item(18_000L, true), two.item(18_000L, true));

        assertUsed(36_000);
    }

    @ParameterizedTest
    @CsvSource({
        "License inactive, INACTIVE",
        "License expired, EXPIRED_LICENSE",
        "No hours remaining, EXHAUSTED",
        "Invalid license key, UNKNOWN"
    })
    void refusalsAreReadFromTheSentence(String sentence, State expected) {
        account.refusal = sentence;

        assertThat(lease("a").open().state()).isEqualTo(expected);
    }

    @Test
    void anUnknownKeyIsUnknown() {
        LicenseKey other = LicenseKey.of("RL-AAAAAAAA-BBBBBBBB-CCCCCCCC");

        assertThat(new Lease("a", "", other).open().state()).isEqualTo(State.UNKNOWN);
    }

    @Test
    void aLicenseThatIsRevokedInMidUseIsCutAtTheNextQuietReport() {
        Lease lease = lease("a");
        lease.open();
        pass(1_000);
        lease.report(1_000);
        account.refusal = "License inactive";

        assertThat(lease.report(1_000).state()).isEqualTo(State.INACTIVE);
    }

    @Test
    void theKeyIsSentAsTheCustomerWroteIt() {
        lease("a").open();

        assertThat(server.calls).contains("POST /api/licenses/rl-0123abcd-efgh4567-jkmn89pq/validate");
    }

    @Test
    void sparseAnswersSuffice() {
        server.sparse = true;
        Lease lease = lease("a");
        assertThat(lease.open().state()).isEqualTo(State.OK);
        pass(10_000);
        lease.report(10_000);
        pass(5_000);
        server.faults.add(Fault.ANSWER_LOST);
        assertThatThrownBy(() -> lease.close(15_000)).isInstanceOf(LicenseServerUnavailableException.class);

        assertThat(lease.close(15_000).state()).isEqualTo(State.CLOSED);
        assertUsed(15_000);
    }

    @Test
    void itIsSaidOnceWhatIsWeaker() {
        try (LogCapture log = new LogCapture()) {
            sync();
            lease("a").open();
            lease("b").open();

            assertThat(log.warnings()).singleElement().asString().contains("older", "weaker");
        }
        assertThat(server.count("POST /api/usage")).isZero();
    }

    @Test
    void leasesFromAJournalCannotBeSettledAndAreSaidOnce() {
        Item replayed = new Item("old", KEY.sha256(), null, "", "s", 50_000, 40_000L, true, 1, false, true);
        Item other = new Item("older", KEY.sha256(), null, "", "s", 50_000, 40_000L, true, 1, false, true);
        try (LogCapture log = new LogCapture()) {
            sync();
            assertThat(sync(replayed, other)).extracting(Answer::state).containsOnly(State.CLOSED);
            assertThat(log.warnings())
                    .filteredOn(text -> text.contains("before the last start"))
                    .hasSize(1);
        }
        assertUsed(0);
    }

    @Test
    void aLicenseThatIsNamedByItsIdIsForTheOperatorToMend() {
        LicenseId id = new LicenseId("lic_0123456789ab");
        Item named = new Item("a", null, id, "", "s", 0, null, false, 1, false, true);
        try (LogCapture log = new LogCapture()) {
            assertThat(send(named).state()).isEqualTo(State.INVALID);
            assertThat(log.errors()).singleElement().asString().contains("license.server.kind=older", id.value());
        }
        assertThat(server.calls).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"ANSWER_LOST, 60000", "FAILS_AFTER, 60000", "REQUEST_LOST, 0", "FAILS_BEFORE, 0"})
    void aDeductionWhoseAnswerIsLostIsNotSentAgain(Fault fault, long charged) {
        Lease lease = lease("a");
        lease.open();
        pass(60_000);
        server.faults.add(fault);
        try (LogCapture log = new LogCapture()) {
            assertThatThrownBy(() -> lease.close(60_000)).isInstanceOf(LicenseServerUnavailableException.class);
            assertThat(log.warnings())
                    .filteredOn(text -> text.contains("60000 ms"))
                    .singleElement()
                    .asString()
                    .contains("RL-0123…", "given up");
        }
        pass(5_000);

        assertThat(lease.close(60_000).state()).isEqualTo(State.CLOSED);
        assertUsed(charged);
        assertThat(server.count("/usage")).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "404 <h1>Not Found</h1>",
                "403 {\"message\":\"forbidden by policy\"}",
                "302 moved",
                "429 slow down",
            })
    void aDeductionThatAStrangerTurnedAwayIsStillOwed(String answer) {
        Lease lease = lease("a");
        lease.open();
        pass(60_000);
        server.inPlaceOfDeductions = answer;
        assertThatThrownBy(() -> lease.close(60_000)).isInstanceOf(LicenseServerUnavailableException.class);
        assertUsed(0);
        server.inPlaceOfDeductions = "";

        assertThat(lease.close(60_000).state()).isEqualTo(State.CLOSED);
        assertUsed(60_000);
    }

    @Test
    void aDeductionThatTheServerRefusesForAReasonOfItsOwnIsGivenUp() {
        Lease lease = lease("a");
        lease.open();
        pass(60_000);
        server.inPlaceOfDeductions = "400 {\"success\":false,\"error\":\"hours must be a multiple of 0.1\"}";
        assertThatThrownBy(() -> lease.report(60_000)).isInstanceOf(LicenseServerUnavailableException.class);
        server.inPlaceOfDeductions = "";
        pass(5_000);

        assertThat(lease.report(65_000).state()).isEqualTo(State.OK);
        assertUsed(5_000);
    }

    @Test
    void aDeductionThatIsExecutedLateIsChargedOnce() throws Exception {
        client.close();
        client = client(Duration.ofMillis(700));
        Lease lease = lease("a");
        lease.open();
        pass(60_000);
        server.faults.add(Fault.HELD_BACK);
        assertThatThrownBy(() -> lease.report(60_000)).isInstanceOf(LicenseServerUnavailableException.class);

        pass(1_000);
        assertThat(lease.report(61_000).state()).isEqualTo(State.OK);
        assertUsed(1_000);
        server.release();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (server.heldBackAndExecuted.get() == 0 && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        pass(20_000);

        assertThat(lease.close(61_000).state()).isEqualTo(State.CLOSED);
        assertUsed(61_000);
    }

    @Test
    void useDuringAnOutageIsDeductedAfterIt() throws IOException {
        int port = server.port();
        server.close();
        Lease lease = lease("a");
        pass(60_000);
        assertThatThrownBy(() -> lease.report(60_000)).isInstanceOf(LicenseServerUnavailableException.class);
        assertThatThrownBy(() -> lease.report(60_000)).isInstanceOf(LicenseServerUnavailableException.class);
        server = new FakeOlderServer(port);
        account = server.add(KEY, 10);
        pass(60_000);

        assertThat(lease.close(120_000).state()).isEqualTo(State.CLOSED);
        assertUsed(120_000);
    }

    @Test
    void aServerThatBreaksEveryConnectionCostsTheCustomerNothing() {
        Lease lease = lease("a");
        lease.open();
        server.down = true;
        pass(60_000);
        assertThatThrownBy(() -> lease.report(60_000)).isInstanceOf(LicenseServerUnavailableException.class);
        server.down = false;
        pass(60_000);

        assertThat(lease.close(120_000).state()).isEqualTo(State.CLOSED);
        assertUsed(60_000);
    }

    @Test
    void aTokenThatIsRefusedDoesNotLookLikeAWrongKey() {
        lease("a").open();
        server.statusOfEverything = 401;

        try (LogCapture log = new LogCapture()) {
            assertThatThrownBy(() -> lease("b").open()).isInstanceOf(LicenseServerUnavailableException.class);
            assertThatThrownBy(() -> lease("c").open()).isInstanceOf(LicenseServerUnavailableException.class);
            assertThat(log.warnings()).singleElement().asString().contains("license.server.token");
        }
    }

    @Test
    void manyLicensesInManyMessagesAreChargedOnceEach() throws Exception {
        List<LicenseKey> keys = new ArrayList<>();
        List<Account> accounts = new ArrayList<>();
        List<Lease> leases = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            LicenseKey key = LicenseKey.of("RL-%08d-00000000-00000001".formatted(i));
            keys.add(key);
            accounts.add(server.add(key, 1));
            leases.add(new Lease("lease-" + i, "", key));
        }
        assertThat(sync(leases.stream().map(lease -> lease.item(null, false)).toArray(Item[]::new)))
                .extracting(Answer::state)
                .containsOnly(State.OK);
        pass(10_000);
        atOnce(
                4,
                () -> sync(leases.stream()
                        .map(lease -> lease.item(lease.age(), false))
                        .toArray(Item[]::new)));

        assertThat(accounts)
                .allSatisfy(one -> assertThat(one.used * Hours.MILLIS_PER_HOUR).isCloseTo(10_000, within(0.001)));
    }

    @Test
    void aDeductionThatHangsDelaysNoOtherLicense() throws Exception {
        LicenseKey other = LicenseKey.of("RL-AAAAAAAA-BBBBBBBB-CCCCCCCC");
        Account of = server.add(other, 1);
        Lease hanging = lease("a");
        Lease free = new Lease("b", "", other);
        sync(hanging.item(null, false), free.item(null, false));
        pass(10_000);
        server.faults.add(Fault.HELD_BACK);
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try {
            Future<Answer> report = executor.submit(() -> hanging.report(10_000));
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
            while (server.count("/usage") == 0 && System.nanoTime() < end) {
                Thread.onSpinWait();
            }

            assertThat(free.close(10_000).state()).isEqualTo(State.CLOSED);
            assertThat(of.used * Hours.MILLIS_PER_HOUR).isCloseTo(10_000, within(0.001));
            assertThat(report.isDone()).isFalse();
        } finally {
            server.release();
            executor.shutdownNow();
        }
    }

    @Test
    void oneLicenseNeverHasTwoDeductionsUnderWay() throws Exception {
        Lease lease = lease("a");
        lease.open();
        pass(10_000);
        atOnce(8, () -> lease.report(10_000));
        pass(10_000);
        atOnce(8, () -> lease.report(20_000));

        assertThat(server.mostDeductingAtOnce.get()).isEqualTo(1);
        assertUsed(20_000);
    }

    private static void atOnce(int threads, Runnable call) throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            CountDownLatch ready = new CountDownLatch(threads);
            List<Future<?>> futures = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                futures.add(executor.submit(() -> {
                    ready.countDown();
                    ready.await();
                    call.run();
                    return null;
                }));
            }
            for (Future<?> future : futures) {
                future.get(60, TimeUnit.SECONDS);
            }
        } finally {
            executor.shutdownNow();
        }
    }

    @Test
    void theOtherCallsWorkByKey() {
        assertThat(client.hoursRemaining(KEY).remainingMillis()).isEqualTo(10 * Hours.MILLIS_PER_HOUR);
        assertThat(client.validate(KEY).valid()).isTrue();
        assertThat(client.deductHours(KEY, Duration.ofHours(1), null).deductedMillis())
                .isEqualTo(Hours.MILLIS_PER_HOUR);
        assertThat(client.deductHours(KEY, Duration.ofHours(1), null).balance().remainingMillis())
                .isEqualTo(8 * Hours.MILLIS_PER_HOUR);
        account.refusal = "License expired";
        assertThat(client.validate(KEY).refusal()).isEqualTo(ErrorCode.LICENSE_EXPIRED);
    }

    @Test
    void aKeyThatNobodyHasIsNotFound() {
        LicenseKey nobodys = LicenseKey.of("RL-AAAAAAAA-BBBBBBBB-CCCCCCCC");

        assertThat(client.validate(nobodys).refusal()).isEqualTo(ErrorCode.INVALID_LICENSE);
        assertThatThrownBy(() -> client.hoursRemaining(nobodys))
                .isInstanceOfSatisfying(
                        LicenseRequestException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.LICENSE_NOT_FOUND))
                .hasMessageContaining("RL-AAAA…");
    }

    @Test
    void theBalanceOfALicenseThatDoesNotServeIsTold() {
        account.refusal = "License inactive";

        assertThat(client.hoursRemaining(KEY).remainingMillis()).isEqualTo(10 * Hours.MILLIS_PER_HOUR);
    }

    @Test
    void whatSuchAServerHasNotIsRefusedForTheOperatorToRead() {
        LicenseId id = new LicenseId("lic_0123456789ab");
        List<ThrowingCallable> calls = List.of(
                () -> client.create(NewLicense.of(new Customer("a@b", "", ""), Duration.ZERO), null),
                () -> client.addHours(KEY, Duration.ofHours(1), "stripe:cs_1", "", ""),
                () -> client.addHours(KEY, Duration.ofHours(1), null, "", ""),
                () -> client.deductHours(KEY, Duration.ofHours(1), "once"),
                () -> client.reverse(KEY, new Reversal("p", "o", 1, 1, 1, "")),
                () -> client.history(KEY, HistoryQuery.newest()),
                () -> client.validate(id),
                () -> client.hoursRemaining(id));
        for (ThrowingCallable call : calls) {
            assertThatThrownBy(call)
                    .isInstanceOfSatisfying(
                            LicenseRequestException.class,
                            e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST))
                    .hasMessageContaining("license.server.kind=older")
                    .hasMessageContaining(server.url());
        }
        assertThat(server.calls).isEmpty();
    }

    @Test
    void aChangeIsNotRepeatedWhereIdempotencyKeysMeanNothing() {
        server.faults.add(Fault.ANSWER_LOST);

        assertThatThrownBy(() -> client.deductHours(KEY, Duration.ofHours(1), null))
                .isInstanceOf(LicenseServerUnavailableException.class);
        assertUsed(Hours.MILLIS_PER_HOUR);
        assertThat(server.count("/usage")).isEqualTo(1);
    }
}
