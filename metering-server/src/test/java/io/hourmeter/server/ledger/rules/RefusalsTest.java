package io.hourmeter.server.ledger.rules;

import static io.hourmeter.server.ledger.rules.LeaseScript.HOUR;
import static io.hourmeter.server.ledger.rules.LeaseScript.MINUTE;
import static io.hourmeter.server.ledger.rules.LeaseScript.SECOND;
import static io.hourmeter.server.ledger.rules.LeaseScript.START;
import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.LicenseStatus;
import io.hourmeter.UsageAnswers.Answer;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.UsageBatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** S5: who is refused with what, and that no time in which a customer was refused is billed. */
class RefusalsTest {

    @Test
    void anUnknownLicenseIsUnknown() {
        LeaseScript script = LeaseScript.withBalance(0);
        Answer answer = LeaseRules.unknown(script.lease("l1").item(null, false, false));
        assertThat(answer).isEqualTo(new Answer("l1", null, State.UNKNOWN, 0, false, 0, 0));
    }

    @Test
    void anUsedUpBalanceIsExhausted() {
        Answer answer = LeaseScript.withBalance(0).lease("l1").open();
        assertThat(answer.state()).isEqualTo(State.EXHAUSTED);
        assertThat(answer.retryAfterMillis()).isZero();
    }

    @Test
    void aBalanceThatAnotherSessionHoldsIsHeldUntilThatLapsesAtTheLatest() {
        LeaseScript script = LeaseScript.withBalance(MINUTE);
        LeaseScript.Lease holder = script.lease("a", "session-a");
        holder.open();
        script.pass(50 * SECOND);
        Answer early = script.lease("b", "session-b").open();
        assertThat(early.state()).isEqualTo(State.HELD);
        assertThat(early.retryAfterMillis()).isEqualTo(8 * SECOND);
        script.at(88 * SECOND);
        Answer late = script.lease("c", "session-b").open();
        assertThat(late.state()).isEqualTo(State.HELD);
        assertThat(late.retryAfterMillis()).isEqualTo(2 * SECOND + 1);
        script.pass(late.retryAfterMillis());
        assertThat(script.lease("d", "session-b").open().state()).isEqualTo(State.OK);
    }

    @Test
    void upToASecondIsExhaustedAndMoreIsHeld() {
        for (long balance : new long[] {1_000, 1_001}) {
            LeaseScript script = LeaseScript.withBalance(balance);
            script.lease("a", "session-a").open();
            assertThat(script.lease("b", "session-b").open().state())
                    .isEqualTo(balance == 1_000 ? State.EXHAUSTED : State.HELD);
        }
    }

    @Test
    void aLeaseThatIsOverAndCannotBeExtendedIsRefusedToo() {
        LeaseScript script = LeaseScript.withBalance(MINUTE);
        LeaseScript.Lease lease = script.lease("l1");
        lease.open();
        script.pass(70 * SECOND);
        Answer answer = lease.report(MINUTE);
        assertThat(answer.state()).isEqualTo(State.EXHAUSTED);
        assertThat(answer.authorizedMillis()).isEqualTo(MINUTE);
    }

    @ParameterizedTest
    @EnumSource(
            value = LicenseStatus.class,
            names = {"SUSPENDED", "REVOKED"})
    void anInactiveLicenseIsRefusedAndItsUseSettled(LicenseStatus status) {
        LeaseScript script = LeaseScript.withBalance(HOUR);
        LeaseScript.Lease lease = script.lease("l1");
        lease.open();
        script.pass(MINUTE).status(status);
        assertThat(lease.report(30 * SECOND).state()).isEqualTo(State.INACTIVE);
        assertThat(lease.row().authorizedMillis()).isEqualTo(15 * MINUTE);
        assertThat(lease.close(MINUTE).state()).isEqualTo(State.CLOSED);
        assertThat(script.charged()).isEqualTo(MINUTE);
        assertThat(script.held()).isZero();
        Answer open = script.lease("l2").open();
        assertThat(open.state()).isEqualTo(State.INACTIVE);
        assertThat(open.authorizedMillis()).isZero();
    }

    @Test
    void aRefusedOpenBreaksItsScopeAndTheTimeBeforeItIsNotBilled() {
        LeaseScript script = LeaseScript.withBalance(HOUR);
        LeaseScript.Lease first = script.lease("l1");
        first.open();
        script.pass(MINUTE);
        first.close(MINUTE);
        script.status(LicenseStatus.SUSPENDED).pass(30 * SECOND);
        script.lease("l2").open();
        assertThat(script.breakOf("")).isEqualTo(START + 90 * SECOND);
        script.status(LicenseStatus.ACTIVE).pass(30 * SECOND);
        LeaseScript.Lease again = script.lease("l3");
        again.open();
        script.pass(SECOND);
        again.close(SECOND);
        assertThat(script.charged()).isEqualTo(MINUTE + SECOND);
    }

    @Test
    void everyRefusalOfAnOpenIsABreak() {
        LeaseScript exhausted = LeaseScript.withBalance(0);
        exhausted.lease("l1").open();
        assertThat(exhausted.breakOf("")).isEqualTo(START);

        LeaseScript held = LeaseScript.withBalance(MINUTE);
        held.lease("a", "session-a").open();
        held.lease("b", "session-b").open();
        assertThat(held.breakOf("session-b")).isEqualTo(START);
        assertThat(held.breakOf("session-a")).isEqualTo(ScopeRow.NO_BREAK);

        LeaseScript expired = LeaseScript.withBalance(MINUTE).expires(0);
        assertThat(expired.lease("l1").open().state()).isEqualTo(State.EXPIRED_LICENSE);
        assertThat(expired.breakOf("")).isEqualTo(START);
    }

    @Test
    void aRefusedReportIsNoBreak() {
        LeaseScript script = LeaseScript.withBalance(MINUTE);
        LeaseScript.Lease lease = script.lease("l1");
        lease.open();
        script.pass(70 * SECOND);
        assertThat(lease.report(MINUTE).state()).isEqualTo(State.EXHAUSTED);
        script.status(LicenseStatus.SUSPENDED);
        assertThat(lease.report(MINUTE).state()).isEqualTo(State.INACTIVE);
        assertThat(script.breakOf("")).isEqualTo(ScopeRow.NO_BREAK);
    }

    @Test
    void theLateDuplicateOfARefusedOpenIsNoSecondBreak() {
        LeaseScript script = LeaseScript.withBalance(0);
        UsageBatch.Item open = script.lease("l1").item(null, false, false);
        script.send(open);
        script.pass(SECOND);
        script.send(open);
        assertThat(script.breakOf("")).isEqualTo(START);
    }

    @Test
    void aPauseWithARefusalByTheNodeItselfIsNotBridged() {
        LeaseScript script = LeaseScript.withBalance(HOUR);
        LeaseScript.Lease first = script.lease("l1");
        first.open();
        first.close(0);
        script.pass(MINUTE);
        LeaseScript.Lease second = script.lease("l2").unbridged();
        second.open();
        assertThat(script.breakOf("")).isEqualTo(START + MINUTE - 1);
        script.pass(SECOND);
        second.close(SECOND);
        assertThat(script.charged()).isEqualTo(SECOND);
        script.pass(MINUTE);
        LeaseScript.Lease third = script.lease("l3");
        third.open();
        third.close(0);
        assertThat(script.charged()).as("the next pause counts again").isEqualTo(SECOND + MINUTE);
    }

    @Test
    void aBreakIsStoredAtFirstSightAndALaterOneChangesNothing() {
        LeaseScript script = LeaseScript.withBalance(HOUR);
        LeaseScript.Lease first = script.lease("l1");
        first.open();
        first.close(0);
        script.pass(MINUTE);
        LeaseScript.Lease second = script.lease("l2");
        second.open();
        script.status(LicenseStatus.SUSPENDED).pass(SECOND);
        script.lease("l3").open();
        script.status(LicenseStatus.ACTIVE).pass(SECOND);
        second.close(2 * SECOND);
        assertThat(second.row().breakMillis()).isEqualTo(ScopeRow.NO_BREAK);
        assertThat(script.charged()).isEqualTo(MINUTE + 2 * SECOND);
    }

    @Test
    void aStoredBreakHoldsAlsoWhenAnEarlierEndIsReportedLate() {
        LeaseScript script = LeaseScript.withBalance(HOUR);
        LeaseScript.Lease slow = script.lease("slow");
        slow.open();
        script.pass(20 * SECOND).status(LicenseStatus.SUSPENDED);
        script.lease("refused").open();
        script.status(LicenseStatus.ACTIVE).pass(20 * SECOND);
        LeaseScript.Lease next = script.lease("next");
        next.open();
        script.pass(SECOND);
        next.close(SECOND);
        slow.close(10 * SECOND);
        assertThat(script.charged()).isEqualTo(11 * SECOND);
    }
}
