package io.hourmeter.usage.node;

import static io.hourmeter.usage.node.VirtualNode.HOUR;
import static io.hourmeter.usage.node.VirtualNode.MINUTE;
import static io.hourmeter.usage.node.VirtualNode.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.Billing;
import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseKey;
import io.hourmeter.OutagePolicy;
import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.UsageBatch;
import io.hourmeter.usage.Admission;
import io.hourmeter.usage.Granted;
import io.hourmeter.usage.Refused;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One scripted case or more for each rule of the node. */
class NodeRulesTest {

    private static final String KEY = "RL-0123ABCD-EFGH4567-JKMN89PQ";
    private static final String OTHER = "RL-ZZZZABCD-EFGH4567-JKMN89PQ";

    private final VirtualTicker ticker = new VirtualTicker();
    private final ModelServer server = new ModelServer(ticker::millis);
    private final ModelServer.Account account = server.sell(KEY, 100 * HOUR);
    private VirtualNode node = new VirtualNode(ticker, server, VirtualNode.settings(), 1);

    private void node(NodeSettings settings) {
        node = new VirtualNode(ticker, server, settings, 1);
    }

    private static Granted granted(Admission admission) {
        assertThat(admission).isInstanceOf(Granted.class);
        return (Granted) admission;
    }

    private static Refused refused(Admission admission) {
        assertThat(admission).isInstanceOf(Refused.class);
        return (Refused) admission;
    }

    private ModelServer.Row row(int index) {
        return account.rows.values().stream().toList().get(index);
    }

    private UsageBatch lastBatch() {
        return server.received.get(server.received.size() - 1);
    }

    // N1

    @Test
    void aLeaseBeginsAtTheArrivalNotAtTheAnswer() {
        node.advance(10 * SECOND);
        node.slow = true;
        long arrived = ticker.nanos();
        Arrival.Waiting waiting = (Arrival.Waiting) node.core.arrive(LicenseKey.of(KEY), KEY, null, "", arrived);
        node.pump();
        node.advance(1_500);
        node.deliver();
        assertThat(waiting.pending().result.join()).isEmpty();
        node.settle();
        assertThat(row(0).used).isEqualTo(1_500);
        assertThat(server.charged(account)).isEqualTo(1_500);
    }

    @Test
    void allRequestsOfALicenseShareOneLease() {
        Granted first = granted(node.admit(KEY));
        node.advance(SECOND);
        Granted second = granted(node.admit(KEY));
        node.advance(SECOND);
        first.close();
        node.advance(SECOND);
        second.close();
        node.settle();
        assertThat(account.rows).hasSize(1);
        assertThat(server.charged(account)).isEqualTo(3 * SECOND);
    }

    @Test
    void requestsThatArriveDuringThePendingLeaseWaitForTheSameLease() {
        node.slow = true;
        Arrival first = node.core.arrive(LicenseKey.of(KEY), KEY, null, "", ticker.nanos());
        Arrival second = node.core.arrive(LicenseKey.of(KEY), KEY, null, "", ticker.nanos());
        assertThat(((Arrival.Waiting) second).pending()).isSameAs(((Arrival.Waiting) first).pending());
        node.pump();
        node.deliver();
        assertThat(node.session(KEY).running()).isEqualTo(2);
        assertThat(account.rows).hasSize(1);
    }

    // N2

    @Test
    void aRequestAfterALongPauseOpensANewLeaseAlthoughNothingWasSwept() {
        node.request(KEY, SECOND);
        // Only the clock moves: no tick, no sweep.
        ticker.advanceTo(ticker.nanos() + (5 * MINUTE + 1) * VirtualTicker.NANOS_PER_MILLI);
        Granted use = granted(node.admit(KEY));
        use.close();
        node.settle();
        assertThat(account.rows).hasSize(2);
        assertThat(server.charged(account)).isEqualTo(SECOND);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aSessionWhoseEndFailedHalfWayIsNotChargedThePauseBehindIt(boolean swept) {
        Granted use = granted(node.admit(KEY));
        node.advance(10 * SECOND);
        use.close();
        // What comes next in the end of a session has failed.
        assertThat(((RunningRequest) use).active().session.closeIfIdle()).isTrue();
        if (swept) {
            node.advance(20 * MINUTE);
        } else {
            ticker.advanceTo(ticker.nanos() + 10 * MINUTE * VirtualTicker.NANOS_PER_MILLI);
        }

        granted(node.admit(KEY)).close();
        node.settle();

        assertThat(row(0).used).isEqualTo(10 * SECOND);
        assertThat(server.charged(account)).isEqualTo(10 * SECOND);
    }

    @Test
    void aPauseOfExactlyTheIdleTimeoutCounts() {
        node.request(KEY, SECOND);
        node.advance(5 * MINUTE);
        granted(node.admit(KEY)).close();
        node.settle();
        assertThat(server.charged(account)).isEqualTo(SECOND + 5 * MINUTE);
    }

    @Test
    void aPauseAMillisecondLongerDoesNot() {
        node.request(KEY, SECOND);
        node.advance(5 * MINUTE + 1);
        granted(node.admit(KEY)).close();
        node.settle();
        assertThat(server.charged(account)).isEqualTo(SECOND);
    }

    // N3

    @Test
    void usedIsElapsedWhileARequestRunsAndElseTheLastEnd() {
        Granted use = granted(node.admit(KEY));
        node.advance(7 * SECOND);
        Lease lease = node.session(KEY).lease;
        assertThat(lease.usedAt(ticker.nanos())).isEqualTo(7 * SECOND);
        use.close();
        node.advance(3 * SECOND);
        assertThat(lease.usedAt(ticker.nanos())).isEqualTo(7 * SECOND);
    }

    @Test
    void aRequestOfNoLengthIsAPoint() {
        granted(node.admit(KEY)).close();
        node.settle();
        assertThat(row(0).used).isZero();
    }

    @Test
    void usedNeverExceedsWhatIsAuthorized() {
        server.sell(OTHER, 20 * SECOND);
        ModelServer.Account poor = server.accounts.get(LicenseKey.of(OTHER).sha256());
        granted(node.admit(OTHER));
        node.advance(HOUR / 2);
        node.settle();
        assertThat(server.charged(poor)).isEqualTo(20 * SECOND);
    }

    @Test
    void aSessionCountsAtLeastTheMinimum() {
        node(VirtualNode.withMinimum(VirtualNode.settings(), MINUTE));
        node.request(KEY, SECOND);
        node.advance(20 * SECOND);
        node.request(KEY, SECOND);
        node.advance(6 * MINUTE);
        assertThat(server.charged(account)).isEqualTo(MINUTE);
        assertThat(server.open(account)).isZero();
    }

    @Test
    void theMinimumCountsAlsoWhenTheSessionIsEndedBefore() {
        node(VirtualNode.withMinimum(VirtualNode.settings(), MINUTE));
        Granted use = granted(node.admit(KEY));
        node.advance(SECOND);
        use.close();
        assertThat(node.core.endSession(use.sessionId(), ticker.nanos())).isTrue();
        node.advance(2 * MINUTE);
        assertThat(server.charged(account)).isEqualTo(MINUTE);
        assertThat(server.open(account)).isZero();
    }

    @Test
    void aSessionThatIsEndedWhileARequestRunsHasAnotherIdFromThenOn() {
        Granted stream = granted(node.admit(KEY));
        String first = stream.sessionId();
        assertThat(node.core.endSession(first, ticker.nanos())).isTrue();
        String second = stream.sessionId();
        assertThat(second).hasSameSizeAs(first).isNotEqualTo(first);
        node.advance(2 * SECOND);
        assertThat(granted(node.admit(KEY)).sessionId()).isEqualTo(second);
        assertThat(node.core.endSession(first, ticker.nanos())).isFalse();
        node.settle();
        assertThat(row(0).session).isEqualTo(first);
        assertThat(row(1).session).isEqualTo(second);
        assertThat(account.rows).hasSize(2);
    }

    // N4

    @Test
    void aLeaseIsReportedEachIntervalWithJitter() {
        granted(node.admit(KEY));
        node.advance(29 * MINUTE);
        List<Long> ages = server.received.stream()
                .flatMap(batch -> batch.items().stream())
                .map(UsageBatch.Item::ageMillis)
                .toList();
        assertThat(ages).hasSizeBetween(6, 7);
        for (int i = 1; i < ages.size(); i++) {
            assertThat(ages.get(i) - ages.get(i - 1)).isBetween(270 * SECOND, 330 * SECOND);
        }
    }

    @Test
    void aShortAuthorizationIsAskedForAgainAtAThirdBeforeItsEnd() {
        ModelServer.Account poor = server.sell(OTHER, 60 * SECOND);
        granted(node.admit(OTHER));
        node.advance(59 * SECOND);
        List<Long> ages = server.received.stream()
                .flatMap(batch -> batch.items().stream())
                .map(UsageBatch.Item::ageMillis)
                .toList();
        assertThat(ages.subList(0, 3)).containsExactly(0L, 40 * SECOND, 53_333L);
        for (int i = 1; i < ages.size(); i++) {
            assertThat(ages.get(i) - ages.get(i - 1)).isGreaterThanOrEqualTo(SECOND);
        }
        assertThat(server.charged(poor)).isLessThanOrEqualTo(60 * SECOND);
    }

    @Test
    void aRetryCarriesFreshContent() {
        granted(node.admit(KEY));
        node.advance(4 * MINUTE);
        server.answersLost = true;
        node.advance(3 * MINUTE);
        server.answersLost = false;
        node.advance(31 * SECOND);
        UsageBatch.Item last = lastBatch().items().get(0);
        assertThat(last.usedMillis()).isGreaterThan(7 * MINUTE);
        assertThat(last.seq()).isGreaterThan(2);
    }

    @Test
    void onlyOneReportOfALeaseIsUnderWay() {
        granted(node.admit(KEY));
        node.slow = true;
        node.advance(20 * MINUTE);
        assertThat(node.onTheWay.stream().flatMap(syncRequest -> syncRequest.sent().stream()))
                .hasSize(1);
    }

    @Test
    void theFirstMessageIsEmptyAndStopsNothing() {
        server.unreachable = true;
        node.advance(SECOND);
        server.unreachable = false;
        node.advance(10 * SECOND);
        assertThat(server.received.get(0).items()).isEmpty();
        granted(node.admit(KEY));
    }

    @Test
    void attemptsBackOffForTheServerNotForEachLease() {
        server.sell(OTHER, HOUR);
        granted(node.admit(KEY));
        granted(node.admit(OTHER));
        node.advance(SECOND);
        int[] attempts = {0};
        server.unreachable = true;
        server.onAttempt = () -> attempts[0]++;
        node.advance(12 * MINUTE);
        // From the first failed report, about a minute with pauses up to 5 s and then up to 30 s.
        assertThat(attempts[0]).isBetween(20, 60);
    }

    // N5

    @Test
    void anIdleSessionIsClosedAndReportedAsDone() {
        Granted use = granted(node.admit(KEY));
        node.advance(10 * SECOND);
        use.close();
        node.advance(5 * MINUTE + 10 * SECOND);
        assertThat(row(0).closed).isTrue();
        assertThat(row(0).used).isEqualTo(10 * SECOND);
        assertThat(node.hot.find(KEY, null)).isNull();
        assertThat(node.kinds()).contains(TrackerEvent.Kind.SESSION_STARTED, TrackerEvent.Kind.SESSION_ENDED);
    }

    @Test
    void aDoneLeaseIsRetriedUntilItIsAcknowledged() {
        node.request(KEY, 10 * SECOND);
        server.unreachable = true;
        node.advance(HOUR);
        assertThat(row(0).closed).isFalse();
        server.unreachable = false;
        node.advance(MINUTE);
        assertThat(row(0).closed).isTrue();
        assertThat(node.core.unacknowledged()).isZero();
    }

    @Test
    void afterAFinalDeadlineTheNextRequestSendsCloseAndOpenTogetherAndWaits() {
        ModelServer.Account poor = server.sell(OTHER, 30 * SECOND);
        Granted use = granted(node.admit(OTHER));
        node.advance(20 * SECOND);
        use.close();
        node.advance(20 * SECOND);
        // Rule 5: the node does not know that 10 s are left; the pause took them, or not, as the server says.
        poor.purchased = HOUR;
        granted(node.admit(OTHER)).close();
        assertThat(node.kinds()).doesNotContain(TrackerEvent.Kind.EXHAUSTED);
    }

    @Test
    void theNodeNeverSays402ByItself() {
        ModelServer.Account poor = server.sell(OTHER, 30 * SECOND);
        granted(node.admit(OTHER));
        node.advance(40 * SECOND);
        int before = server.received.size();
        Refused refused = refused(node.admit(OTHER));
        assertThat(refused.reason()).isEqualTo(ErrorCode.HOURS_EXHAUSTED);
        assertThat(server.received).hasSizeGreaterThan(before);
        assertThat(server.charged(poor)).isEqualTo(30 * SECOND);
    }

    // A balance shorter than a round trip was granted and over again and again, so that the customer never saw 402.
    @Test
    void whatIsOverBeforeTheAnswerComesIsAskedForOnceMore() {
        ModelServer.Account poor = server.sell(OTHER, 20);
        PendingLease pending = openSlowly(OTHER);
        assertThat(pending.result).isNotDone();
        slowly();
        assertThat(pending.result.join().orElseThrow().reason()).isEqualTo(ErrorCode.HOURS_EXHAUSTED);
        assertThat(refused(node.admit(OTHER)).reason()).isEqualTo(ErrorCode.HOURS_EXHAUSTED);
        assertThat(poor.rows).hasSize(1);
        assertThat(server.charged(poor)).isZero();
        assertThat(server.open(poor)).isZero();
    }

    @Test
    void aShortRestIsToldAsUsedUpOnlyOnce() {
        server.sell(OTHER, 20);
        openSlowly(OTHER);
        slowly();
        node.advance(9 * SECOND);
        openSlowly(OTHER);
        slowly();
        assertThat(node.kinds().stream().filter(TrackerEvent.Kind.EXHAUSTED::equals))
                .hasSize(1);
    }

    @Test
    void aTopUpBetweenTheTwoQuestionsServesTheRequest() {
        ModelServer.Account poor = server.sell(OTHER, 20);
        PendingLease pending = openSlowly(OTHER);
        poor.purchased = HOUR;
        slowly();
        assertThat(pending.result.join()).isEmpty();
        assertThat(node.session(OTHER).running()).isEqualTo(1);
    }

    @Test
    void whatIsOverASecondTimeIsRefusedByTheNode() {
        ModelServer.Account poor = server.sell(OTHER, 20);
        PendingLease pending = openSlowly(OTHER);
        poor.purchased = 90;
        slowly();
        assertThat(pending.result.join().orElseThrow().reason()).isEqualTo(ErrorCode.LICENSE_SERVER_UNAVAILABLE);
        node.pump();
        assertThat(server.charged(poor)).isZero();
        assertThat(server.open(poor)).isZero();
    }

    /** A request whose question takes 50 ms to the server. */
    private PendingLease openSlowly(String key) {
        Arrival.Waiting waiting = (Arrival.Waiting) node.core.arrive(LicenseKey.of(key), key, null, "", ticker.nanos());
        slowly();
        return waiting.pending();
    }

    private void slowly() {
        node.slow = true;
        node.pump();
        node.advance(50);
        node.handOver();
    }

    @Test
    void closeComesBeforeOpenInTheSameMessage() {
        server.sell(OTHER, 30 * SECOND);
        granted(node.admit(OTHER));
        node.advance(SECOND);
        // Nothing ticks: the deadline passes unseen until the next request.
        ticker.advanceTo(ticker.nanos() + 30 * SECOND * VirtualTicker.NANOS_PER_MILLI);
        node.admit(OTHER);
        List<UsageBatch.Item> items = server.received.stream()
                .filter(batch -> batch.items().size() == 2)
                .findFirst()
                .orElseThrow()
                .items();
        assertThat(items.get(0).done()).isTrue();
        assertThat(items.get(1).done()).isFalse();
        assertThat(items.get(1).usedMillis()).isNull();
    }

    @Test
    void aLeaseOlderThanHalfAnHourIsReplacedWithoutAGap() {
        Granted use = granted(node.admit(KEY));
        node.advance(95 * MINUTE);
        use.close();
        node.settle();
        assertThat(account.rows).hasSizeBetween(2, 3);
        // The request limit of an hour has ended the request.
        assertThat(server.charged(account)).isEqualTo(HOUR);
    }

    @Test
    void rotationKeepsCountingAcrossShortRequests() {
        for (int i = 0; i < 100; i++) {
            node.request(KEY, 10 * SECOND);
            node.advance(50 * SECOND);
        }
        node.settle();
        assertThat(account.rows).hasSizeGreaterThan(3);
        assertThat(server.charged(account)).isEqualTo(100 * MINUTE - 50 * SECOND);
        assertThat(server.sessions(account)).hasSize(1);
    }

    // N6

    @Test
    void theJournalHasEveryLeaseThatIsNotAcknowledged() {
        granted(node.admit(KEY));
        node.advance(10 * SECOND);
        List<LeaseRecord> records = node.core.checkpoint(ticker.nanos());
        assertThat(records).hasSize(1);
        assertThat(records.get(0).usedMillis()).isEqualTo(10 * SECOND);
        node.settle();
        assertThat(node.core.checkpoint(ticker.nanos())).isEmpty();
    }

    @Test
    void theFirstActivityAfterAQuietCheckpointIsNotedAtOnce() {
        node.request(KEY, SECOND);
        node.core.awake(ticker.nanos());
        node.core.checkpoint(ticker.nanos());
        node.advance(4 * MINUTE);
        Granted use = granted(node.admit(KEY));
        List<LeaseRecord> awake = node.core.awake(ticker.nanos());
        assertThat(awake).hasSize(1);
        assertThat(awake.get(0).usedMillis()).isEqualTo(4 * MINUTE + SECOND);
        use.close();
        granted(node.admit(KEY)).close();
        assertThat(node.core.awake(ticker.nanos())).isEmpty();
    }

    @Test
    void aRestartReportsEveryRecordAsDone() {
        granted(node.admit(KEY));
        node.advance(10 * SECOND);
        List<LeaseRecord> left = node.core.checkpoint(ticker.nanos());
        node.advance(5 * SECOND);
        // The process dies here and starts again a minute later.
        ticker.advanceTo(ticker.nanos() + MINUTE * VirtualTicker.NANOS_PER_MILLI);
        VirtualNode next = new VirtualNode(ticker, server, VirtualNode.settings(), 2);
        next.core.tick(ticker.nanos(), ticker.wallMillis());
        next.core.replay(left, ticker.nanos());
        next.pump();
        assertThat(row(0).closed).isTrue();
        assertThat(server.charged(account)).isEqualTo(10 * SECOND);
        assertThat(next.core.unacknowledged()).isZero();
    }

    @Test
    void aReplayedLeaseTheServerNeverSawHasTheRightAge() {
        LeaseRecord record = new LeaseRecord(
                UUID.fromString("0190b6a5-0000-7000-8000-000000000001"),
                KeyHash.of(account.key),
                "",
                new SessionId(1, 2, 3),
                5 * SECOND,
                0,
                true,
                true,
                ticker.wallMillis() - MINUTE);
        node.core.tick(ticker.nanos(), ticker.wallMillis());
        node.core.replay(List.of(record), ticker.nanos());
        node.pump();
        assertThat(row(0).from).isEqualTo(ticker.millis() - MINUTE);
        assertThat(server.charged(account)).isEqualTo(5 * SECOND);
    }

    /** The wall clock may be wrong when a lease begins, at a checkpoint, or at the restart; only the last one counts. */
    @ParameterizedTest
    @ValueSource(strings = {"PT1H", "-PT1H", "P1825D", "-P1825D"})
    void aWallClockThatIsWrongWhenALeaseBeginsIsForgottenAtTheNextCheckpoint(Duration wrong) {
        ticker.stepWall(wrong.toMillis());
        node.core.tick(ticker.nanos(), ticker.wallMillis());
        Granted use = granted(node.admit(KEY));
        ticker.stepWall(-wrong.toMillis());
        node.advance(10 * SECOND);
        List<LeaseRecord> left = node.core.checkpoint(ticker.nanos());
        long begun = ticker.wallMillis() - 10 * SECOND;
        assertThat(left).isNotEmpty();
        assertThat(left.get(left.size() - 1).startWallMillis()).isBetween(begun - 1, ticker.wallMillis());
        assertThat(use.sessionId()).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"P366D", "P1825D", "-P1825D"})
    void aWallClockThatIsWrongAtTheRestartLosesNoUse(Duration wrong) {
        LeaseRecord record = new LeaseRecord(
                UUID.fromString("0190b6a5-0000-7000-8000-000000000001"),
                KeyHash.of(account.key),
                "",
                new SessionId(1, 2, 3),
                5 * SECOND,
                0,
                true,
                true,
                ticker.wallMillis() - MINUTE);
        ticker.stepWall(wrong.toMillis());
        VirtualNode next = new VirtualNode(ticker, server, VirtualNode.settings(), 2);
        next.core.replay(List.of(record), ticker.nanos());
        next.pump();
        assertThat(row(0).from).isEqualTo(ticker.millis() - 5 * SECOND);
        assertThat(server.charged(account)).isEqualTo(5 * SECOND);
    }

    // N7

    @Test
    void anUnknownKeyIsAskedForOncePerTenSeconds() {
        for (int i = 0; i < 9; i++) {
            assertThat(refused(node.admit(OTHER)).reason()).isEqualTo(ErrorCode.INVALID_LICENSE);
            node.advance(SECOND);
        }
        assertThat(server.received.stream().filter(batch -> !batch.items().isEmpty()))
                .hasSize(1);
        node.advance(2 * SECOND);
        server.sell(OTHER, HOUR);
        granted(node.admit(OTHER));
    }

    @Test
    void aLackOfHoursIsRememberedForEightSecondsAndNotProlonged() {
        ModelServer.Account poor = server.sell(OTHER, 0);
        assertThat(refused(node.admit(OTHER)).reason()).isEqualTo(ErrorCode.HOURS_EXHAUSTED);
        poor.purchased = HOUR;
        for (int i = 0; i < 7; i++) {
            node.advance(SECOND);
            assertThat(refused(node.admit(OTHER)).reason()).isEqualTo(ErrorCode.HOURS_EXHAUSTED);
        }
        node.advance(SECOND);
        granted(node.admit(OTHER));
    }

    @Test
    void anInactiveLicenseIsRememberedForAMinute() {
        account.refusal = State.INACTIVE;
        assertThat(refused(node.admit(KEY)).reason()).isEqualTo(ErrorCode.LICENSE_INACTIVE);
        account.refusal = State.OK;
        node.advance(59 * SECOND);
        assertThat(refused(node.admit(KEY)).reason()).isEqualTo(ErrorCode.LICENSE_INACTIVE);
        node.advance(SECOND);
        granted(node.admit(KEY));
    }

    @Test
    void noAnswerIsNeverRememberedAsARefusal() {
        server.unreachable = true;
        assertThat(refused(node.admit(KEY)).reason()).isEqualTo(ErrorCode.LICENSE_SERVER_UNAVAILABLE);
        server.unreachable = false;
        node.advance(SECOND);
        granted(node.admit(KEY));
    }

    @Test
    void atMostSixtyFourPendingLeasesAreUnderWayAndTheOthersWaitForTheirTurn() {
        node.pump();
        node.slow = true;
        List<PendingLease> waiting = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            waiting.add(((Arrival.Waiting) arrive(i, "192.0.2." + i)).pending());
        }
        node.pump();
        assertThat(node.onTheWay).as("of strangers").hasSize(PendingLeases.MOST - PendingLeases.KEPT);
        assertThat(node.core.figures(ticker.nanos()).pendingWaiting())
                .isEqualTo(200 - (PendingLeases.MOST - PendingLeases.KEPT));
        while (!node.onTheWay.isEmpty()) {
            node.handOver();
            node.slow = true;
            node.pump();
            assertThat(node.onTheWay).hasSizeLessThanOrEqualTo(PendingLeases.MOST - PendingLeases.KEPT);
        }
        assertThat(waiting)
                .allSatisfy(pending -> assertThat(pending.result.join())
                        .hasValueSatisfying(
                                refused -> assertThat(refused.reason()).isEqualTo(ErrorCode.INVALID_LICENSE)));
        NodeFigures figures = node.core.figures(ticker.nanos());
        assertThat(figures.pendingUnderWay()).isZero();
        assertThat(figures.pendingWaiting()).isZero();
        assertThat(figures.pendingRefused()).isZero();
    }

    @Test
    void roomIsKeptForLicensesSeenGoodWhateverStrangersDo() {
        node.request(KEY, 1_000);
        node.advance(10 * MINUTE);
        node.slow = true;
        for (int i = 0; i < 500; i++) {
            arrive(i, "192.0.2." + i);
        }
        node.pump();
        int before = node.onTheWay.size();
        Arrival good = node.core.arrive(LicenseKey.of(KEY), KEY, null, "192.0.2.1", ticker.nanos());
        node.pump();
        assertThat(good).isInstanceOf(Arrival.Waiting.class);
        assertThat(node.onTheWay).as("asked at once").hasSize(before + 1);
    }

    @Test
    void oneAddressLeavesRoomForTheFirstQuestionOfAnother() {
        node.pump();
        node.slow = true;
        for (int i = 0; i < 300; i++) {
            arrive(i, "192.0.2.1");
        }
        node.pump();
        assertThat(node.onTheWay).hasSize(PendingLeases.MOST_OF_ADDRESS);
        arrive(300, "192.0.2.2");
        node.pump();
        assertThat(node.onTheWay).as("asked at once").hasSize(PendingLeases.MOST_OF_ADDRESS + 1);
    }

    @Test
    void aSlowServerDoesNotCollectThoseWhoWait() {
        for (int round = 0; round < 4; round++) {
            node.slow = true;
            for (int i = 0; i < 48; i++) {
                arrive(1_000 * round + i, "192.0.2." + i);
                node.pump();
            }
            node.advance(1_900);
            node.deliver();
        }
        long before = node.core.figures(ticker.nanos()).pendingRefused();
        node.slow = true;
        List<Arrival> arrivals = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            arrivals.add(arrive(10_000 + i, "192.0.2." + i));
            node.pump();
        }
        List<Arrival.Rejected> rejected = arrivals.stream()
                .filter(Arrival.Rejected.class::isInstance)
                .map(Arrival.Rejected.class::cast)
                .toList();
        assertThat(rejected).hasSizeBetween(100, 152).allSatisfy(answer -> {
            assertThat(answer.reason()).isEqualTo(ErrorCode.LICENSE_SERVER_UNAVAILABLE);
            assertThat(answer.retryAfter()).isEqualTo(Duration.ofSeconds(1));
        });
        assertThat(node.core.figures(ticker.nanos()).pendingRefused() - before).isEqualTo(rejected.size());
    }

    @Test
    void whoWaitsForItsTurnIsAnsweredWhenTheServerIsLost() {
        node.pump();
        node.slow = true;
        List<PendingLease> waiting = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            waiting.add(((Arrival.Waiting) arrive(i, "192.0.2.1")).pending());
        }
        node.pump();
        for (SyncRequest syncRequest : List.copyOf(node.onTheWay).subList(0, 2)) {
            node.onTheWay.remove(syncRequest);
            node.core.failed(syncRequest, ticker.nanos());
        }
        assertThat(node.core.figures(ticker.nanos()).pendingWaiting()).isZero();
        assertThat(waiting.stream().filter(pending -> pending.result.isDone()))
                .hasSize(100 - PendingLeases.MOST_OF_ADDRESS + 2);
    }

    private Arrival arrive(int number, String address) {
        String key = "RL-%08d-EFGH4567-JKMN89PQ".formatted(number);
        return node.core.arrive(LicenseKey.of(key), key, null, address, ticker.nanos());
    }

    @Test
    void unknownKeysLeaveNoSessionsBehind() {
        for (int i = 0; i < 1_000; i++) {
            refused(node.admit("RL-%08d-EFGH4567-JKMN89PQ".formatted(i)));
        }
        assertThat(node.core.sessions(ticker.nanos())).isEmpty();
        assertThat(node.core.licenses()).isZero();
    }

    // N8

    @Test
    void anOutageWithinTheLeaseIsNotNoticed() {
        Granted use = granted(node.admit(KEY));
        server.unreachable = true;
        node.advance(14 * MINUTE);
        granted(node.admit(KEY)).close();
        server.unreachable = false;
        node.advance(MINUTE);
        use.close();
        node.settle();
        assertThat(server.charged(account)).isEqualTo(15 * MINUTE);
        assertThat(row(0).offline).isFalse();
    }

    @Test
    void denyRefusesOnceTheAuthorizationHasEnded() {
        node(VirtualNode.with(VirtualNode.settings(), OutagePolicy.DENY, 10 * MINUTE));
        node.request(KEY, SECOND);
        server.unreachable = true;
        for (int i = 0; i < 14; i++) {
            node.advance(MINUTE);
            granted(node.admit(KEY)).close();
        }
        node.advance(MINUTE);
        assertThat(refused(node.admit(KEY)).reason()).isEqualTo(ErrorCode.LICENSE_SERVER_UNAVAILABLE);
    }

    @Test
    void allowGoesOnForTheGraceAndMarksItOffline() {
        Granted use = granted(node.admit(KEY));
        server.unreachable = true;
        node.advance(24 * MINUTE);
        granted(node.admit(KEY)).close();
        server.unreachable = false;
        node.advance(MINUTE);
        assertThat(row(0).offline).isTrue();
        use.close();
        node.settle();
        assertThat(server.charged(account)).isEqualTo(25 * MINUTE);
    }

    @Test
    void theGraceEndsAndRequestsAreRefusedThen() {
        granted(node.admit(KEY));
        server.unreachable = true;
        node.advance(25 * MINUTE + SECOND);
        assertThat(refused(node.admit(KEY)).reason()).isEqualTo(ErrorCode.LICENSE_SERVER_UNAVAILABLE);
        assertThat(node.kinds()).contains(TrackerEvent.Kind.OVERRUN);
        server.unreachable = false;
        node.advance(MINUTE);
        assertThat(server.charged(account)).isEqualTo(25 * MINUTE);
    }

    @Test
    void theGraceIsCountedForTheLicenseNotForEachLease() {
        node.request(KEY, SECOND);
        server.unreachable = true;
        long served = 0;
        for (int minute = 0; minute < 120; minute++) {
            // Pauses longer than the idle timeout: each request needs a lease of its own.
            node.advance(6 * MINUTE);
            if (node.admit(KEY) instanceof Granted use) {
                served++;
                use.close();
            }
        }
        assertThat(served).isEqualTo(2);
    }

    @Test
    void aLicenseNeverSeenIsNotServedOffline() {
        server.unreachable = true;
        node.advance(10 * SECOND);
        assertThat(refused(node.admit(KEY)).reason()).isEqualTo(ErrorCode.LICENSE_SERVER_UNAVAILABLE);
        assertThat(refused(node.admit(KEY)).retryAfter()).isNotNull();
    }

    @Test
    void aLicenseWhoseLastAnswerWasFinalIsNotServedOffline() {
        server.sell(OTHER, 2 * MINUTE);
        granted(node.admit(OTHER));
        server.unreachable = true;
        node.advance(3 * MINUTE);
        assertThat(refused(node.admit(OTHER)).reason()).isEqualTo(ErrorCode.LICENSE_SERVER_UNAVAILABLE);
    }

    /** As after a step of the server's clock, or a sleep of this machine that nobody noticed. */
    @Test
    void moreThanWasAskedForIsNotServed() {
        granted(node.admit(KEY));
        node.advance(MINUTE);
        SyncRequest syncRequest =
                node.core.report(LicenseKey.of(KEY), ticker.nanos()).get(0);
        String lease = syncRequest.batch().items().get(0).lease();
        UsageAnswers.Answer more = new UsageAnswers.Answer(lease, account.id, State.OK, 3 * HOUR, false, HOUR, 0);
        node.core.answered(syncRequest, new UsageAnswers(List.of(more)), ticker.nanos());
        assertThat(node.session(KEY).deadline())
                .isEqualTo(ticker.nanos() + 15 * MINUTE * VirtualTicker.NANOS_PER_MILLI);
    }

    @Test
    void aKeyThatHasEndedIsNotServedOfflineThoughItsLicenseIs() {
        String ended = LicenseKey.of(OTHER).sha256();
        server.accounts.put(ended, account);
        node.request(OTHER, SECOND);
        server.accounts.remove(ended);
        node.advance(6 * MINUTE);
        assertThat(refused(node.admit(OTHER)).reason()).isEqualTo(ErrorCode.INVALID_LICENSE);
        node.request(KEY, SECOND);
        server.unreachable = true;
        node.advance(6 * MINUTE);

        granted(node.admit(KEY));
        assertThat(refused(node.admit(OTHER)).reason()).isEqualTo(ErrorCode.LICENSE_SERVER_UNAVAILABLE);
    }

    /** The grace of the license begins anew with the answer to another session; what one lease may report does not. */
    @Test
    void aLeaseIsNotServedOfflineForLongerThanTheServerAccepts() {
        node(VirtualNode.with(VirtualNode.settings(), Billing.SESSION));
        String lost = granted(node.admit(KEY)).sessionId();
        server.unreachable = true;
        node.advance(20 * MINUTE);
        server.unreachable = false;
        server.scripted.add(State.BUSY);
        server.scripted.add(State.OK);
        server.scripted.addAll(Collections.nCopies(5_000, State.BUSY));
        granted(node.admit(KEY));
        node.advance(10 * MINUTE);

        assertThat(server.received.stream()
                        .flatMap(batch -> batch.items().stream())
                        .filter(item -> item.session().equals(lost) && item.usedMillis() != null)
                        .mapToLong(UsageBatch.Item::usedMillis)
                        .max())
                .hasValue(25 * MINUTE);
        assertThat(node.kinds()).contains(TrackerEvent.Kind.OVERRUN);
    }

    @Test
    void aLicenseSeenGoodMoreThanADayAgoIsNotServedOffline() {
        node.request(KEY, SECOND);
        node.advance(24 * HOUR);
        server.unreachable = true;
        assertThat(refused(node.admit(KEY)).reason()).isEqualTo(ErrorCode.LICENSE_SERVER_UNAVAILABLE);
    }

    @Test
    void anOkResetsTheGrace() {
        for (int outage = 0; outage < 3; outage++) {
            granted(node.admit(KEY));
            server.unreachable = true;
            node.advance(23 * MINUTE);
            assertThat(node.session(KEY).deadline()).isGreaterThan(ticker.nanos());
            server.unreachable = false;
            node.advance(MINUTE);
        }
    }

    @Test
    void anOwnRefusalIsToldWithTheNextOpen() {
        node.request(KEY, SECOND);
        node(VirtualNode.with(VirtualNode.settings(), OutagePolicy.DENY, 0));
        server.unreachable = true;
        refused(node.admit(KEY));
        server.unreachable = false;
        node.advance(10 * SECOND);
        granted(node.admit(KEY)).close();
        assertThat(row(account.rows.size() - 1).bridge).isFalse();
        node.settle();
    }

    @Test
    void aRememberedRefusalIsToldWithTheNextOpen() {
        ModelServer.Account poor = server.sell(OTHER, 0);
        refused(node.admit(OTHER));
        poor.purchased = HOUR;
        refused(node.admit(OTHER));
        node.advance(8 * SECOND);
        granted(node.admit(OTHER));
        List<ModelServer.Row> rows = poor.rows.values().stream().toList();
        assertThat(rows.get(rows.size() - 1).bridge).isFalse();
    }

    @Test
    void anAnswerThatCameTooLateIsToldWithTheNextOpen() {
        node.slow = true;
        assertThat(refused(node.admit(KEY)).reason()).isEqualTo(ErrorCode.LICENSE_SERVER_UNAVAILABLE);
        node.advance(3 * SECOND);
        node.deliver();
        assertThat(row(0).closed).isTrue();
        assertThat(row(0).used).isEqualTo(-1);
        granted(node.admit(KEY));
        assertThat(row(1).bridge).isFalse();
    }

    // N9

    @Test
    void aTopUpBeforeTheEndMovesTheDeadline() {
        ModelServer.Account poor = server.sell(OTHER, MINUTE);
        Granted use = granted(node.admit(OTHER));
        node.advance(30 * SECOND);
        poor.purchased = HOUR;
        node.advance(2 * MINUTE);
        granted(node.admit(OTHER)).close();
        use.close();
        node.settle();
        assertThat(poor.rows).hasSize(1);
        assertThat(server.charged(poor)).isEqualTo(150 * SECOND);
    }

    @Test
    void anAuthorizationThatShrinksMovesTheDeadlineToo() {
        granted(node.admit(KEY));
        long before = node.session(KEY).deadline();
        Lease lease = node.session(KEY).lease;
        node.advance(2 * SECOND);
        SyncRequest sent = node.core.report(account.key, ticker.nanos()).get(0);
        node.core.answered(
                sent,
                new io.hourmeter.UsageAnswers(List.of(new io.hourmeter.UsageAnswers.Answer(
                        lease.id(), account.id, State.OK, MINUTE, true, MINUTE, 0))),
                ticker.nanos());
        assertThat(node.session(KEY).deadline()).isLessThan(before).isEqualTo(MINUTE * VirtualTicker.NANOS_PER_MILLI);
    }

    // N10

    @Test
    void aSuspendedMachineBeginsNewLeases() {
        Granted use = granted(node.admit(KEY));
        node.advance(10 * SECOND);
        ticker.stepWall(10 * MINUTE);
        node.advance(2 * SECOND);
        assertThat(account.rows).hasSize(2);
        assertThat(row(0).closed).isTrue();
        assertThat(row(0).used).isBetween(10 * SECOND, 11 * SECOND);
        assertThat(node.kinds()).contains(TrackerEvent.Kind.SUSPENDED);
        use.close();
    }

    @Test
    void aSmallStepOfTheWallClockChangesNothing() {
        granted(node.admit(KEY));
        node.advance(10 * SECOND);
        ticker.stepWall(5 * SECOND);
        node.advance(2 * SECOND);
        ticker.stepWall(-HOUR);
        node.advance(2 * SECOND);
        assertThat(account.rows).hasSize(1);
        assertThat(row(0).closed).isFalse();
    }

    // N11

    @Test
    void aRequestThatNeverEndsIsBilledUpToTheLimit() {
        Granted lost = granted(node.admit(KEY));
        node.advance(3 * HOUR);
        assertThat(server.charged(account)).isEqualTo(HOUR);
        assertThat(node.kinds()).containsOnlyOnce(TrackerEvent.Kind.REQUEST_LIMIT);
        assertThat(server.open(account)).isZero();
        lost.close();
        assertThat(node.hub.requests.count()).isZero();
    }

    /** A process that stood still for a while has not looked at the limit yet. */
    @Test
    void aCreditOpensNothingForARequestThatIsPastTheLimit() {
        ModelServer.Account poor = server.sell(OTHER, 30 * SECOND);
        granted(node.admit(OTHER));
        node.advance(50 * SECOND);
        poor.purchased += HOUR;
        ticker.advanceTo(ticker.nanos() + (HOUR + MINUTE) * VirtualTicker.NANOS_PER_MILLI);
        node.core.credited(poor.key, ticker.nanos());
        node.pump();
        assertThat(poor.rows).hasSize(1);
    }

    // N12

    @Test
    void timeBeyondTheAuthorizationIsToldAndNotBilled() {
        ModelServer.Account poor = server.sell(OTHER, 30 * SECOND);
        Granted use = granted(node.admit(OTHER));
        node.advance(50 * SECOND);
        assertThat(node.kinds()).containsOnlyOnce(TrackerEvent.Kind.OVERRUN);
        use.close();
        node.advance(10 * SECOND);
        assertThat(server.charged(poor)).isEqualTo(30 * SECOND);
        assertThat(node.core.unbilledMillis()).isEqualTo(20 * SECOND);
    }

    @Test
    void timeBeyondTheDeadlineCountsAlsoWhenAReportIsAwaited() {
        node(VirtualNode.with(VirtualNode.settings(), OutagePolicy.DENY, 0));
        Granted use = granted(node.admit(KEY));
        server.unreachable = true;
        node.advance(15 * MINUTE - 100);
        node.slow = true;
        node.core.report(LicenseKey.of(KEY), ticker.nanos()).forEach(node::send);
        node.advance(SECOND);
        use.close();
        node.advance(10 * SECOND);
        assertThat(node.core.unbilledMillis()).isEqualTo(900);
    }

    @Test
    void aCreditBringsRequestsThatRanOutOfTimeBack() {
        ModelServer.Account poor = server.sell(OTHER, 30 * SECOND);
        Granted use = granted(node.admit(OTHER));
        node.advance(50 * SECOND);
        poor.purchased = HOUR;
        node.core.credited(poor.id, ticker.nanos());
        node.pump();
        node.advance(10 * SECOND);
        use.close();
        node.settle();
        // The 20 s between are a pause before the new lease and count like any other.
        assertThat(server.charged(poor)).isEqualTo(60 * SECOND);
        assertThat(node.core.unbilledMillis()).isZero();
    }

    @Test
    void requestsThatRanOutOfTimeInAnOutageAreMeteredAgainWhenTheServerIsBack() {
        node(VirtualNode.with(VirtualNode.settings(), OutagePolicy.DENY, 0));
        Granted stream = granted(node.admit(KEY));
        server.unreachable = true;
        node.advance(25 * MINUTE);
        assertThat(node.kinds()).containsOnlyOnce(TrackerEvent.Kind.OVERRUN);
        server.unreachable = false;
        node.advance(MINUTE);
        assertThat(account.rows).hasSize(2);
        stream.close();
        node.settle();
        // 15 minutes were authorized; the excess of 10 is longer than a pause that counts.
        assertThat(server.charged(account)).isBetween(15 * MINUTE + 30 * SECOND, 16 * MINUTE);
        assertThat(node.core.unbilledMillis()).isBetween(10 * MINUTE, 10 * MINUTE + 30 * SECOND);
    }

    @Test
    void anAnswerThatIsOnItsWayAtTheDeadlineIsAwaited() {
        ModelServer.Account poor = server.sell(OTHER, 2_500);
        Granted stream = granted(node.admit(OTHER));
        node.advance(SECOND);
        poor.purchased = HOUR;
        node.slow = true;
        node.advance(2 * SECOND);
        node.deliver();
        granted(node.admit(OTHER)).close();
        stream.close();
        assertThat(node.kinds()).doesNotContain(TrackerEvent.Kind.OVERRUN);
        assertThat(poor.rows).hasSize(1);
    }

    // N13

    @Test
    void busyIsAskedAgain() {
        granted(node.admit(KEY));
        node.advance(4 * MINUTE);
        server.scripted.add(State.BUSY);
        node.advance(2 * MINUTE);
        assertThat(row(0).used).isGreaterThan(4 * MINUTE);
        assertThat(row(0).closed).isFalse();
    }

    @Test
    void invalidAndTooLateAreDroppedAndTold() {
        for (State state : List.of(State.INVALID, State.TOO_LATE)) {
            node.request(KEY, SECOND);
            server.scripted.add(state);
            node.settle();
            assertThat(node.core.unacknowledged()).isZero();
            assertThat(node.kinds()).contains(TrackerEvent.Kind.DROPPED);
            node(VirtualNode.settings());
            node.pump();
        }
    }

    @Test
    void aLapsedLeaseIsReplacedWhileRequestsRun() {
        for (State state : List.of(State.LAPSED, State.CLOSED)) {
            int before = account.rows.size();
            Granted use = granted(node.admit(KEY));
            node.advance(4 * MINUTE);
            server.scripted.add(state);
            node.advance(2 * MINUTE);
            assertThat(account.rows).hasSize(before + 2);
            use.close();
            node.advance(6 * MINUTE);
        }
    }

    @Test
    void aRevokedLicenseIsCutAtTheNextReport() {
        Granted use = granted(node.admit(KEY));
        node.advance(MINUTE);
        account.refusal = State.INACTIVE;
        node.advance(5 * MINUTE);
        assertThat(refused(node.admit(KEY)).reason()).isEqualTo(ErrorCode.LICENSE_INACTIVE);
        assertThat(node.kinds()).contains(TrackerEvent.Kind.OVERRUN);
        long charged = server.charged(account);
        assertThat(charged).isBetween(270 * SECOND, 330 * SECOND);
        node.advance(MINUTE);
        use.close();
        node.settle();
        assertThat(server.charged(account)).isEqualTo(charged);
    }
}
