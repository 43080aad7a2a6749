package io.hourmeter.usage.node;

import static io.hourmeter.usage.node.VirtualNode.HOUR;
import static io.hourmeter.usage.node.VirtualNode.MINUTE;
import static io.hourmeter.usage.node.VirtualNode.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.Billing;
import io.hourmeter.LicenseKey;
import io.hourmeter.OutagePolicy;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.usage.Granted;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Who is let in although metering failed, for how long, and what it costs him. In virtual time. */
class FallbackLeasesTest {

    private static final String KEY = "RL-0123ABCD-EFGH4567-JKMN89PQ";
    private static final String OTHER = "RL-ZZZZABCD-EFGH4567-JKMN89PQ";

    private final VirtualTicker ticker = new VirtualTicker();
    private final ModelServer server = new ModelServer(ticker::millis);
    private final ModelServer.Account account = server.sell(KEY, 100 * HOUR);
    private VirtualNode node = new VirtualNode(ticker, server, VirtualNode.settings(), 1);

    private @Nullable FallbackLease enter(String key) {
        return node.core.enterFallback(LicenseKey.of(key), ticker.nanos());
    }

    private FallbackLease entered() {
        FallbackLease fallback = enter(KEY);
        assertThat(fallback).isNotNull();
        return fallback;
    }

    private void exit(FallbackLease fallback) {
        node.core.exitFallback(fallback, ticker.nanos());
    }

    /** A session that has ended, so that nothing but the fallback is open. */
    private void seenGood() {
        node.request(KEY, SECOND);
        node.advance(6 * MINUTE);
        assertThat(server.open(account)).isZero();
    }

    @Test
    void aLicenseNeverSeenIsNotLetIn() {
        assertThat(enter(KEY)).isNull();
        assertThat(enter(OTHER)).isNull();
    }

    @Test
    void aLicenseThatWasRefusedIsNotLetIn() {
        node.request(OTHER, 0);
        assertThat(enter(OTHER)).isNull();
        seenGood();
        account.refusal = State.INACTIVE;
        node.request(KEY, 0);
        assertThat(enter(KEY)).isNull();
    }

    @Test
    void aLicenseThatIsUsedUpIsNotLetIn() {
        account.purchased = 2 * SECOND;
        node.request(KEY, 3 * SECOND);
        assertThat(enter(KEY)).isNull();
        node.request(KEY, 0);
        assertThat(enter(KEY)).isNull();
    }

    @Test
    void nobodyIsLetInWhereTheOutagePolicySaysDeny() {
        node = new VirtualNode(
                ticker, server, VirtualNode.with(VirtualNode.settings(), OutagePolicy.DENY, 10 * MINUTE), 1);
        seenGood();
        assertThat(enter(KEY)).isNull();
    }

    @Test
    void nobodyIsLetInAfterTheNodeHasStopped() {
        seenGood();
        node.settle();
        assertThat(enter(KEY)).isNull();
    }

    @Test
    void aLicenseSeenGoodIsLetInForTheGraceAndNoLonger() {
        seenGood();
        for (int i = 0; i < 10; i++) {
            exit(entered());
            node.advance(MINUTE);
        }
        assertThat(enter(KEY)).isNull();
    }

    @Test
    void aLicenseSeenGoodUnderItsKeyIsLetInUnderItsIdWithinOneGrace() {
        assertThat(node.core.enterFallback(account.id, ticker.nanos())).isNull();
        seenGood();
        for (int i = 0; i < 5; i++) {
            FallbackLease byId = node.core.enterFallback(account.id, ticker.nanos());
            assertThat(byId).isNotNull();
            exit(byId);
            exit(entered());
            node.advance(2 * MINUTE);
        }
        assertThat(node.core.enterFallback(account.id, ticker.nanos())).isNull();
        assertThat(enter(KEY)).isNull();
        node.settle();
        assertThat(server.open(account)).isZero();
        assertThat(server.charged(account)).isEqualTo(8 * MINUTE + SECOND);
    }

    @Test
    void theGraceIsTheOneOfAnOutage() {
        seenGood();
        server.unreachable = true;
        node.request(KEY, SECOND);
        node.advance(4 * MINUTE);
        exit(entered());
        node.advance(6 * MINUTE);
        assertThat(enter(KEY)).isNull();
    }

    @Test
    void anAnswerThatSaysGoodBeginsAnotherGrace() {
        seenGood();
        exit(entered());
        node.advance(11 * MINUTE);
        assertThat(enter(KEY)).isNull();
        node.request(KEY, SECOND);
        exit(entered());
    }

    @Test
    void itsTimeIsReportedAndChargedOnceHoweverManyRequestsOverlap() {
        seenGood();
        FallbackLease first = entered();
        node.advance(SECOND);
        FallbackLease second = entered();
        assertThat(second).isSameAs(first);
        node.advance(2 * SECOND);
        exit(first);
        node.advance(SECOND);
        exit(second);
        node.advance(6 * MINUTE);
        assertThat(account.rows).hasSize(2);
        ModelServer.Row row = account.rows.values().stream().toList().get(1);
        assertThat(row.offline).isTrue();
        assertThat(row.closed).isTrue();
        assertThat(row.used).isEqualTo(4 * SECOND);
        assertThat(server.charged(account)).isEqualTo(5 * SECOND);
    }

    @Test
    void aRequestThatRunsOnIsChargedUpToTheGrace() {
        seenGood();
        FallbackLease endless = entered();
        node.advance(HOUR);
        exit(endless);
        node.settle();
        assertThat(server.charged(account)).isEqualTo(SECOND + 10 * MINUTE);
    }

    @Test
    void aRestLongerThanTheIdleTimeoutIsNotCharged() {
        seenGood();
        exit(entered());
        ticker.advanceTo(ticker.nanos() + (5 * MINUTE + 1) * VirtualTicker.NANOS_PER_MILLI);
        FallbackLease later = entered();
        node.advance(SECOND);
        exit(later);
        node.settle();
        assertThat(server.charged(account)).isEqualTo(2 * SECOND);
    }

    @Test
    void whatIsOpenWhenTheNodeStopsIsReported() {
        seenGood();
        entered();
        node.advance(3 * SECOND);
        node.settle();
        assertThat(server.charged(account)).isEqualTo(4 * SECOND);
        assertThat(server.open(account)).isZero();
    }

    @Test
    void itSharesTheSessionOfTheLicenseWhereOneRuns() {
        Granted running = (Granted) node.admit(KEY);
        assertThat(entered().sessionId()).isEqualTo(running.sessionId());
    }

    @Test
    void whereEachSessionCountsItIsOneMore() {
        node = new VirtualNode(ticker, server, VirtualNode.with(VirtualNode.settings(), Billing.SESSION), 1);
        seenGood();
        FallbackLease first = entered();
        assertThat(entered().sessionId()).isEqualTo(first.sessionId());
        node.advance(2 * SECOND);
        node.settle();
        assertThat(server.charged(account)).isEqualTo(3 * SECOND);
        assertThat(server.sessions(account)).hasSize(2).contains(first.sessionId());
    }
}
