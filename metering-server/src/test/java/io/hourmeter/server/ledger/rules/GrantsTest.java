package io.hourmeter.server.ledger.rules;

import static io.hourmeter.server.ledger.rules.LeaseScript.HOUR;
import static io.hourmeter.server.ledger.rules.LeaseScript.MINUTE;
import static io.hourmeter.server.ledger.rules.LeaseScript.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.UsageAnswers.Answer;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.UsageBatch;
import org.junit.jupiter.api.Test;

/** S5: how far a lease may be served. */
class GrantsTest {

    @Test
    void aLeaseIsAuthorizedSoFarAheadOfNowAsItsNodeWants() {
        LeaseScript script = LeaseScript.withBalance(HOUR);
        LeaseScript.Lease lease = script.lease("l1");
        script.pass(3 * SECOND);
        Answer answer = lease.open();
        assertThat(answer.state()).isEqualTo(State.OK);
        assertThat(answer.authorizedMillis()).isEqualTo(15 * MINUTE + 3 * SECOND);
        assertThat(answer.last()).isFalse();
        assertThat(answer.remainingMillis()).isEqualTo(HOUR);
        assertThat(script.held()).isEqualTo(15 * MINUTE + 3 * SECOND);
        script.pass(5 * MINUTE);
        assertThat(lease.report(5 * MINUTE).authorizedMillis()).isEqualTo(20 * MINUTE + 3 * SECOND);
    }

    @Test
    void theLeaseThatEndsTheBalanceIsTheLast() {
        LeaseScript script = LeaseScript.withBalance(6 * SECOND);
        LeaseScript.Lease lease = script.lease("l1");
        Answer answer = lease.open();
        assertThat(answer.state()).isEqualTo(State.OK);
        assertThat(answer.authorizedMillis()).isEqualTo(6 * SECOND);
        assertThat(answer.last()).isTrue();
        script.pass(2 * SECOND).credit(HOUR);
        Answer topped = lease.report(2 * SECOND);
        assertThat(topped.authorizedMillis()).isEqualTo(15 * MINUTE + 2 * SECOND);
        assertThat(topped.last()).isFalse();
    }

    @Test
    void sixSecondsAreServedAndTheBalanceReadsExactlyZero() {
        LeaseScript script = LeaseScript.withBalance(6 * SECOND).gap(2 * SECOND);
        LeaseScript.Lease lease = script.lease("l1");
        lease.open();
        script.pass(2 * SECOND);
        lease.report(1_950);
        script.pass(3_950);
        script.pass(200);
        assertThat(lease.close(5_940).state()).isEqualTo(State.CLOSED);
        LeaseScript.Lease next = script.lease("l2");
        Answer refused = next.open();
        assertThat(refused.state()).isEqualTo(State.EXHAUSTED);
        assertThat(refused.remainingMillis()).isZero();
        assertThat(refused.authorizedMillis()).isZero();
        assertThat(script.held()).isZero();
        script.pass(MINUTE).credit(HOUR);
        LeaseScript.Lease after = script.lease("l3");
        after.open();
        script.pass(SECOND);
        after.close(SECOND);
        assertThat(script.charged()).as("the refused minute is not billed").isEqualTo(7 * SECOND);
    }

    @Test
    void aGrantEndsWithTheLicense() {
        LeaseScript script = LeaseScript.withBalance(HOUR).expires(4 * MINUTE);
        LeaseScript.Lease lease = script.lease("l1");
        Answer answer = lease.open();
        assertThat(answer.authorizedMillis()).isEqualTo(4 * MINUTE);
        assertThat(answer.last()).as("nor may it be prolonged offline").isTrue();
        script.at(4 * MINUTE - 1);
        assertThat(script.lease("l2").open().state()).isEqualTo(State.OK);
        script.at(4 * MINUTE);
        assertThat(lease.report(3 * MINUTE).state()).isEqualTo(State.EXPIRED_LICENSE);
        assertThat(script.charged()).isEqualTo(3 * MINUTE);
    }

    @Test
    void anOldMessageExtendsNothing() {
        LeaseScript script = LeaseScript.withBalance(HOUR);
        LeaseScript.Lease lease = script.lease("l1");
        lease.open();
        UsageBatch.Item duplicate = lease.item(SECOND, false, false);
        script.pass(SECOND);
        long authorized = script.send(duplicate).authorizedMillis();
        script.pass(5 * MINUTE);
        assertThat(script.send(duplicate).authorizedMillis()).isEqualTo(authorized);
    }

    @Test
    void whatWasGrantedIsNotTakenBack() {
        LeaseScript script = LeaseScript.withBalance(HOUR);
        LeaseScript.Lease lease = script.lease("l1");
        lease.open();
        script.pass(SECOND).reversed(HOUR);
        Answer answer = lease.report(SECOND);
        assertThat(answer.state()).isEqualTo(State.OK);
        assertThat(answer.authorizedMillis()).isEqualTo(15 * MINUTE);
        assertThat(answer.last()).isTrue();
        assertThat(script.held()).isEqualTo(15 * MINUTE - SECOND);
        assertThat(script.license().availableMillis()).isZero();
    }

    @Test
    void nothingIsGrantedThatWouldBeOverAlready() {
        LeaseScript script = LeaseScript.withBalance(900);
        LeaseScript.Lease lease = script.lease("l1");
        script.pass(900);
        Answer answer = lease.open();
        assertThat(answer.state()).isEqualTo(State.EXHAUSTED);
        assertThat(answer.authorizedMillis()).isZero();
        assertThat(script.held()).isZero();
    }

    @Test
    void aRefusedLeaseThatIsAskedForAgainIsGrantedAfterATopUp() {
        LeaseScript script = LeaseScript.withBalance(0);
        LeaseScript.Lease lease = script.lease("l1");
        assertThat(lease.open().state()).isEqualTo(State.EXHAUSTED);
        script.pass(2 * SECOND).credit(HOUR);
        assertThat(lease.open().state()).isEqualTo(State.OK);
    }

    @Test
    void theHoldIncludesThePauseBeforeALease() {
        LeaseScript script = LeaseScript.withBalance(HOUR);
        LeaseScript.Lease first = script.lease("l1");
        first.open();
        first.close(0);
        script.pass(2 * MINUTE);
        LeaseScript.Lease second = script.lease("l2");
        second.open();
        assertThat(script.held()).isEqualTo(17 * MINUTE);
        assertThat(script.charged()).isZero();
        second.closeUnused();
        assertThat(script.held()).as("opened, but never used").isZero();
        assertThat(script.charged()).isZero();
    }

    @Test
    void nearTheEndAllNodesOfALicenseShareOneDeadline() {
        LeaseScript script = LeaseScript.withBalance(2 * MINUTE);
        LeaseScript.Lease a = script.lease("a");
        assertThat(a.open().authorizedMillis()).isEqualTo(2 * MINUTE);
        script.pass(30 * SECOND);
        LeaseScript.Lease b = script.lease("b");
        Answer answer = b.open();
        assertThat(answer.authorizedMillis()).isEqualTo(90 * SECOND);
        assertThat(answer.last()).isTrue();
        assertThat(script.held()).isEqualTo(2 * MINUTE);
        script.at(2 * MINUTE);
        b.close(90 * SECOND);
        a.close(2 * MINUTE);
        assertThat(script.license().remainingMillis()).isZero();
        assertThat(script.license().uncollectedMillis()).isZero();
    }

    @Test
    void theLeaseOfADeadNodeLocksNobodyOutWithinItsWindow() {
        LeaseScript script = LeaseScript.withBalance(10 * MINUTE);
        script.lease("dead").open();
        script.pass(MINUTE);
        assertThat(script.lease("next").open().authorizedMillis()).isEqualTo(9 * MINUTE);
    }

    @Test
    void sessionsShareAShortBalanceInSlices() {
        LeaseScript script = LeaseScript.withBalance(20 * MINUTE);
        LeaseScript.Lease a = script.lease("a", "session-a");
        LeaseScript.Lease b = script.lease("b", "session-b");
        assertThat(a.open().authorizedMillis()).isEqualTo(15 * MINUTE);
        assertThat(b.open().authorizedMillis())
                .as("half of the five minutes left")
                .isEqualTo(150 * SECOND);
        script.pass(2 * MINUTE);
        Answer renewed = b.report(2 * MINUTE);
        assertThat(renewed.authorizedMillis()).isEqualTo(2 * MINUTE + (150 + 30) * SECOND / 2);
        assertThat(renewed.last()).isFalse();
    }

    @Test
    void aSliceIsAtLeastTenSeconds() {
        LeaseScript script = LeaseScript.withBalance(16 * SECOND).leaseTime(10 * SECOND);
        assertThat(script.lease("a", "session-a").open().authorizedMillis()).isEqualTo(10 * SECOND);
        Answer b = script.lease("b", "session-b").open();
        assertThat(b.authorizedMillis()).as("not half of the six seconds left").isEqualTo(6 * SECOND);
        assertThat(b.last()).isTrue();
    }

    @Test
    void licenseAndLeaseLineAddUp() {
        LeaseScript script = LeaseScript.withBalance(HOUR).gap(2 * MINUTE);
        LeaseScript.Lease a = script.lease("a");
        a.open();
        script.pass(MINUTE);
        LeaseScript.Lease b = script.lease("b");
        b.open();
        a.close(MINUTE);
        script.pass(MINUTE);
        b.close(30 * SECOND);
        assertThat(a.row().chargedMillis() + b.row().chargedMillis())
                .isEqualTo(script.charged())
                .isEqualTo(90 * SECOND);
    }
}
