package io.hourmeter.server.ledger.rules;

import static io.hourmeter.server.ledger.rules.LeaseScript.MINUTE;
import static io.hourmeter.server.ledger.rules.LeaseScript.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.UsageAnswers.State;
import org.junit.jupiter.api.Test;

/** S4 and S6: who pays when the money is gone, and what a silent node loses. */
class SettlementTest {

    @Test
    void anOpenLeaseIsPaidInFullAlthoughARefundLeavesTheBalanceNegative() {
        LeaseScript script = LeaseScript.withBalance(10 * MINUTE);
        LeaseScript.Lease lease = script.lease("l1");
        lease.open();
        script.pass(6 * MINUTE).reversed(9 * MINUTE);
        assertThat(lease.close(6 * MINUTE).remainingMillis()).isEqualTo(-5 * MINUTE);
        assertThat(script.license().uncollectedMillis()).isZero();
        assertThat(lease.row().chargedMillis()).isEqualTo(6 * MINUTE);
    }

    @Test
    void aDebtIsPaidByTheNextPurchase() {
        LeaseScript script = LeaseScript.withBalance(10 * MINUTE);
        LeaseScript.Lease lease = script.lease("l1");
        lease.open();
        script.pass(6 * MINUTE).reversed(9 * MINUTE);
        lease.close(6 * MINUTE);
        assertThat(script.pass(SECOND).lease("l2").open().state()).isEqualTo(State.EXHAUSTED);
        script.credit(5 * MINUTE);
        assertThat(script.pass(SECOND).lease("l3").open().state()).isEqualTo(State.EXHAUSTED);
        script.credit(MINUTE);
        assertThat(script.pass(SECOND).lease("l4").open().state()).isEqualTo(State.OK);
    }

    @Test
    void lateUseIsPaidFromWhatIsStillFree() {
        LeaseScript script = LeaseScript.withBalance(10 * MINUTE).leaseTime(MINUTE);
        LeaseScript.Lease lease = script.lease("l1");
        lease.open();
        script.pass(10 * MINUTE);
        assertThat(lease.row().lapsed()).isTrue();
        assertThat(lease.close(MINUTE).state()).isEqualTo(State.CLOSED);
        assertThat(script.charged()).isEqualTo(MINUTE);
    }

    @Test
    void lateUseDoesNotTakeWhatAnotherLeaseHolds() {
        LeaseScript script =
                LeaseScript.withBalance(2 * MINUTE).leaseTime(MINUTE).gap(SECOND);
        LeaseScript.Lease silent = script.lease("l1");
        silent.open();
        script.pass(5 * MINUTE).leaseTime(90 * SECOND);
        LeaseScript.Lease other = script.lease("l2");
        assertThat(other.open().authorizedMillis()).isEqualTo(90 * SECOND);
        silent.close(MINUTE);
        assertThat(silent.row().chargedMillis()).isEqualTo(30 * SECOND);
        assertThat(silent.row().uncollectedMillis()).isEqualTo(30 * SECOND);
        assertThat(script.license().uncollectedMillis()).isEqualTo(30 * SECOND);
        script.pass(90 * SECOND);
        other.close(90 * SECOND);
        assertThat(other.row().uncollectedMillis()).isZero();
        assertThat(script.license().remainingMillis()).isZero();
    }

    @Test
    void offlineUseBeyondTheBalanceIsUncollected() {
        LeaseScript script = LeaseScript.withBalance(2 * MINUTE);
        LeaseScript.Lease lease = script.lease("l1");
        script.pass(5 * MINUTE);
        assertThat(lease.reportOffline(5 * MINUTE).state()).isEqualTo(State.EXHAUSTED);
        assertThat(script.license().chargedMillis()).isEqualTo(2 * MINUTE);
        assertThat(script.license().uncollectedMillis()).isEqualTo(3 * MINUTE);
        script.credit(MINUTE);
        assertThat(script.license().remainingMillis())
                .as("uncollected is not owed")
                .isEqualTo(MINUTE);
    }

    @Test
    void whereLateUseMadeAPauseLongerNeverMoreIsChargedThanWasCredited() {
        LeaseScript script =
                LeaseScript.withBalance(100 * SECOND).gap(60 * SECOND).leaseTime(10 * SECOND);
        LeaseScript.Lease silent = script.lease("l1");
        silent.open();
        script.at(50 * SECOND).leaseTime(15 * MINUTE);
        LeaseScript.Lease lease = script.lease("l2");
        assertThat(lease.open().authorizedMillis()).isEqualTo(100 * SECOND);
        silent.close(10 * SECOND);
        assertThat(script.license().uncollectedMillis()).isEqualTo(10 * SECOND);
        assertThat(script.held()).as("with the pause that now precedes it").isEqualTo(140 * SECOND);
        assertThat(script.license().availableMillis()).isZero();
        script.at(150 * SECOND);
        lease.close(100 * SECOND);
        assertThat(script.charged()).isEqualTo(100 * SECOND);
        assertThat(script.license().uncollectedMillis()).isEqualTo(50 * SECOND);
        assertThat(script.held()).isZero();
    }

    @Test
    void aSilentLeaseLapsesThirtySecondsAfterItsAuthorization() {
        LeaseScript script = LeaseScript.withBalance(5 * MINUTE);
        LeaseScript.Lease lease = script.lease("l1");
        lease.open();
        script.at(MINUTE);
        lease.report(MINUTE);
        script.at(5 * MINUTE + 30 * SECOND);
        assertThat(lease.row().lapsed()).isFalse();
        assertThat(script.held()).isEqualTo(4 * MINUTE);
        script.pass(1);
        assertThat(lease.row().lapsed()).isTrue();
        assertThat(script.held()).isZero();
        assertThat(script.charged()).isEqualTo(MINUTE);
    }

    @Test
    void aLapsedLeaseIsNotExtendedButItsUseUpToItsAuthorizationCounts() {
        LeaseScript script = LeaseScript.withBalance(5 * MINUTE).leaseTime(MINUTE);
        LeaseScript.Lease lease = script.lease("l1");
        lease.open();
        script.at(4 * MINUTE);
        assertThat(lease.report(50 * SECOND).state()).isEqualTo(State.LAPSED);
        assertThat(lease.close(2 * MINUTE).state()).isEqualTo(State.CLOSED);
        assertThat(lease.row().authorizedMillis()).isEqualTo(MINUTE);
        assertThat(lease.row().lapsed()).isTrue();
        assertThat(script.charged()).isEqualTo(MINUTE);
    }

    @Test
    void lapsingTwiceChangesNothing() {
        LeaseScript script = LeaseScript.withBalance(5 * MINUTE);
        script.lease("l1").open();
        script.pass(10 * MINUTE);
        LicenseState once = script.state();
        assertThat(LeaseRules.lapse(once).changesSince(once).changed()).isEmpty();
        assertThat(LeaseRules.lapse(once).license()).isEqualTo(once.license());
    }

    @Test
    void whenTheStoresClockGoesBackLeasesAreServedAndSettledAsBefore() {
        LeaseScript script = LeaseScript.withBalance(60 * MINUTE);
        LeaseScript.Lease lease = script.lease("l1");
        lease.open();
        script.pass(4 * MINUTE);
        lease.report(4 * MINUTE);
        script.setStoreClockBack(30 * MINUTE).pass(4 * MINUTE);
        assertThat(lease.report(8 * MINUTE).state()).isEqualTo(State.OK);
        assertThat(script.charged()).isEqualTo(8 * MINUTE);
        assertThat(lease.row().authorizedMillis()).isEqualTo(23 * MINUTE);
    }
}
