package io.hourmeter.server.ledger.rules;

import static io.hourmeter.server.ledger.rules.LeaseScript.HOUR;
import static io.hourmeter.server.ledger.rules.LeaseScript.MINUTE;
import static io.hourmeter.server.ledger.rules.LeaseScript.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.UsageAnswers.Answer;
import io.hourmeter.UsageAnswers.State;
import org.junit.jupiter.api.Test;

/** S5: the pause before an open that the balance does not carry. */
class PausesTest {

    @Test
    void tenSecondsDoNotServeClicksForAnHour() {
        LeaseScript script = LeaseScript.withBalance(10 * SECOND);
        int served = 0;
        for (int minute = 0; minute < 60; minute++) {
            script.at(minute * MINUTE);
            LeaseScript.Lease click = script.lease("l" + minute);
            if (click.open().state() == State.OK) {
                served++;
                click.close(0);
            } else {
                click.closeUnused();
            }
        }
        assertThat(served).isEqualTo(1);
        assertThat(script.license().remainingMillis()).isZero();
    }

    @Test
    void thePauseIsUsedTimeAsFarAsTheBalanceGoes() {
        LeaseScript script = LeaseScript.withBalance(70 * SECOND);
        LeaseScript.Lease first = script.lease("l1");
        first.open();
        first.close(0);
        script.pass(2 * MINUTE);
        LeaseScript.Lease refused = script.lease("l2");
        Answer answer = refused.open();
        assertThat(answer.state()).isEqualTo(State.EXHAUSTED);
        assertThat(answer.remainingMillis()).isZero();
        assertThat(first.row().usedMillis()).isEqualTo(70 * SECOND);
        assertThat(first.row().chargedMillis()).isEqualTo(70 * SECOND);
        assertThat(refused.row().chargedMillis()).isZero();
        assertThat(script.license().uncollectedMillis()).isZero();
    }

    @Test
    void theLastLeaseGrowsEvenBeyondItsAuthorization() {
        LeaseScript script = LeaseScript.withBalance(90 * SECOND).leaseTime(MINUTE);
        LeaseScript.Lease first = script.lease("l1");
        first.open();
        script.pass(30 * SECOND);
        first.close(30 * SECOND);
        script.pass(5 * MINUTE);
        assertThat(script.lease("l2").open().state()).isEqualTo(State.EXHAUSTED);
        assertThat(first.row().authorizedMillis()).isEqualTo(MINUTE);
        assertThat(first.row().usedMillis()).isEqualTo(90 * SECOND);
        assertThat(script.charged()).isEqualTo(90 * SECOND);
    }

    @Test
    void aPauseThatEatsTheBalanceExactlyIsNotForgivenEither() {
        LeaseScript script = LeaseScript.withBalance(MINUTE);
        LeaseScript.Lease first = script.lease("l1");
        first.open();
        first.close(0);
        script.pass(MINUTE);
        assertThat(script.lease("l2").open().state()).isEqualTo(State.EXHAUSTED);
        assertThat(script.license().remainingMillis()).isZero();
    }

    @Test
    void aPauseLongerThanTheGapCostsNothing() {
        LeaseScript script = LeaseScript.withBalance(10 * SECOND);
        LeaseScript.Lease first = script.lease("l1");
        first.open();
        first.close(0);
        script.pass(5 * MINUTE + 1);
        assertThat(script.lease("l2").open().state()).isEqualTo(State.OK);
        assertThat(script.charged()).isZero();
    }

    @Test
    void aRefusedLeaseChargesNoPauseThatItsNodeDoesNotBridge() {
        LeaseScript script = LeaseScript.withBalance(10 * SECOND);
        LeaseScript.Lease first = script.lease("l1");
        first.open();
        first.close(0);
        script.pass(MINUTE).reversed(10 * SECOND);
        LeaseScript.Lease refused = script.lease("l2").unbridged();
        assertThat(refused.open().state()).isEqualTo(State.EXHAUSTED);
        script.reversed(0);
        assertThat(script.charged()).isZero();
    }

    @Test
    void noPauseIsSettledAcrossARefusal() {
        LeaseScript script = LeaseScript.withBalance(0);
        script.credit(10 * SECOND);
        LeaseScript.Lease first = script.lease("l1");
        first.open();
        first.close(0);
        script.pass(MINUTE).reversed(10 * SECOND);
        script.lease("l2").open();
        script.pass(MINUTE).reversed(0);
        assertThat(script.lease("l3").open().state()).isEqualTo(State.OK);
        assertThat(script.charged()).isZero();
    }

    @Test
    void whileOtherSessionsHoldTheBalanceThePauseStaysUnbridged() {
        LeaseScript script = LeaseScript.withBalance(20 * SECOND).leaseTime(15 * SECOND);
        LeaseScript.Lease first = script.lease("a1", "session-a");
        first.open();
        first.close(0);
        script.pass(10 * SECOND);
        LeaseScript.Lease other = script.lease("b1", "session-b");
        other.open();
        script.pass(SECOND);
        LeaseScript.Lease refused = script.lease("a2", "session-a");
        assertThat(refused.open().state()).isEqualTo(State.HELD);
        assertThat(script.charged()).isZero();
        other.closeUnused();
        script.pass(SECOND);
        LeaseScript.Lease next = script.lease("a3", "session-a");
        assertThat(next.open().state()).isEqualTo(State.OK);
        script.pass(SECOND);
        next.close(SECOND);
        assertThat(script.charged())
                .as("eleven seconds of pause contain a refusal")
                .isEqualTo(SECOND);
    }

    @Test
    void anOpenLeaseThatHasNotReportedIsWaitedFor() {
        LeaseScript script = LeaseScript.withBalance(MINUTE);
        LeaseScript.Lease silent = script.lease("l1");
        silent.open();
        script.pass(61 * SECOND);
        Answer waiting = script.lease("l2").open();
        assertThat(waiting.state()).isEqualTo(State.HELD);
        assertThat(waiting.retryAfterMillis()).isEqualTo(8 * SECOND);
        assertThat(script.charged()).isZero();
        silent.close(10 * SECOND);
        script.pass(8 * SECOND);
        assertThat(script.lease("l3").open().authorizedMillis()).isEqualTo(50 * SECOND);
    }

    @Test
    void anOpenLeaseThatHasReportedGrowsWithinItsOwnHold() {
        LeaseScript script = LeaseScript.withBalance(MINUTE);
        LeaseScript.Lease lease = script.lease("l1");
        lease.open();
        script.pass(40 * SECOND);
        lease.report(40 * SECOND);
        script.pass(30 * SECOND);
        assertThat(script.lease("l2").open().state()).isEqualTo(State.EXHAUSTED);
        assertThat(script.charged()).isEqualTo(MINUTE);
        assertThat(script.held()).isZero();
        lease.close(55 * SECOND);
        assertThat(script.charged()).isEqualTo(MINUTE);
    }

    @Test
    void aReportBeyondTheGapBeforeTheOpenIsNotSettledUpToItsWindow() {
        LeaseScript script = LeaseScript.withBalance(100 * SECOND).gap(20 * SECOND);
        LeaseScript.Lease lease = script.lease("l1");
        lease.open();
        script.pass(40 * SECOND);
        lease.report(40 * SECOND);
        script.at(105 * SECOND);
        assertThat(script.lease("l2").open().state()).isEqualTo(State.HELD);
        assertThat(script.charged()).isEqualTo(40 * SECOND);
    }

    @Test
    void afterTheTopUpNothingOfTheRefusalIsBilled() {
        LeaseScript script = LeaseScript.withBalance(10 * SECOND);
        LeaseScript.Lease first = script.lease("l1");
        first.open();
        first.close(0);
        script.pass(MINUTE);
        script.lease("l2").open();
        script.pass(30 * SECOND).credit(HOUR);
        LeaseScript.Lease next = script.lease("l3");
        assertThat(next.open().state()).isEqualTo(State.OK);
        script.pass(SECOND);
        next.close(SECOND);
        assertThat(script.charged()).isEqualTo(11 * SECOND);
    }
}
