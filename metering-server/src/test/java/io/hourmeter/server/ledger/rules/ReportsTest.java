package io.hourmeter.server.ledger.rules;

import static io.hourmeter.server.ledger.rules.LeaseScript.HOUR;
import static io.hourmeter.server.ledger.rules.LeaseScript.MINUTE;
import static io.hourmeter.server.ledger.rules.LeaseScript.SECOND;
import static io.hourmeter.server.ledger.rules.LeaseScript.START;
import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.UsageAnswers.Answer;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.UsageBatch;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** S2 to S4: what is believed of a report, and what it costs. */
class ReportsTest {

    private final LeaseScript script = LeaseScript.withBalance(10 * HOUR);

    @Test
    void aLeaseBeganAsLongAgoAsItsNodeSaysAtFirstSight() {
        LeaseScript.Lease lease = script.lease("l1");
        script.pass(7 * SECOND);
        lease.open();
        assertThat(lease.row().fromMillis()).isEqualTo(START);
        script.send(new UsageBatch.Item("l1", "", null, "", "s", 3 * MINUTE, 0L, false, 9, false, true));
        assertThat(lease.row().fromMillis()).isEqualTo(START);
    }

    @Test
    void theSettingsOfFirstSightStay() {
        LeaseScript.Lease lease = script.lease("l1");
        lease.open();
        script.gap(1).leaseTime(2).grace(3).pass(SECOND);
        lease.report(SECOND);
        assertThat(lease.row().gapMillis()).isEqualTo(5 * MINUTE);
        assertThat(lease.row().leaseMillis()).isEqualTo(15 * MINUTE);
        assertThat(lease.row().graceMillis()).isEqualTo(10 * MINUTE);
    }

    @Test
    void aReportIsChargedOnceHoweverOftenItComes() {
        LeaseScript.Lease lease = script.lease("l1");
        lease.open();
        script.pass(MINUTE);
        UsageBatch.Item report = lease.item(MINUTE, false, false);
        assertThat(script.send(report).remainingMillis()).isEqualTo(10 * HOUR - MINUTE);
        assertThat(script.send(report).remainingMillis()).isEqualTo(10 * HOUR - MINUTE);
        assertThat(lease.row().chargedMillis()).isEqualTo(MINUTE);
    }

    @Test
    void anOlderReportTakesNothingBack() {
        LeaseScript.Lease lease = script.lease("l1");
        lease.open();
        script.pass(MINUTE);
        UsageBatch.Item older = lease.item(20 * SECOND, false, false);
        lease.report(MINUTE);
        script.send(older);
        assertThat(lease.row().usedMillis()).isEqualTo(MINUTE);
        assertThat(script.charged()).isEqualTo(MINUTE);
    }

    @Test
    void useBeyondTheAuthorizationDoesNotCount() {
        script.leaseTime(MINUTE);
        LeaseScript.Lease lease = script.lease("l1");
        lease.open();
        script.pass(80 * SECOND);
        lease.close(80 * SECOND);
        assertThat(script.charged()).isEqualTo(MINUTE);
    }

    @Test
    void aLeaseThatWasNeverAuthorizedAcceptsNoUse() {
        LeaseScript.Lease lease = script.lease("l1");
        script.pass(MINUTE);
        assertThat(lease.close(MINUTE).state()).isEqualTo(State.CLOSED);
        assertThat(lease.row().hasUse()).isFalse();
        assertThat(script.charged()).isZero();
    }

    @Test
    void aLeaseWhoseOpeningWasLostRepairsItself() {
        LeaseScript.Lease lease = script.lease("l1");
        script.pass(MINUTE);
        assertThat(lease.report(MINUTE).state()).isEqualTo(State.OK);
        assertThat(script.charged()).isZero();
        lease.report(MINUTE);
        assertThat(script.charged()).isEqualTo(MINUTE);
    }

    @Test
    void offlineUseCountsAsFarAsTheGrace() {
        script.leaseTime(MINUTE).grace(2 * MINUTE);
        LeaseScript.Lease lease = script.lease("l1");
        lease.open();
        script.pass(4 * MINUTE);
        lease.closeOffline(4 * MINUTE);
        assertThat(script.charged()).isEqualTo(3 * MINUTE);
        assertThat(lease.row().offline()).isTrue();
    }

    @Test
    void aLeaseOpenedOfflineIsChargedWithinTheGrace() {
        LeaseScript.Lease lease = script.lease("l1");
        script.pass(4 * MINUTE);
        assertThat(lease.reportOffline(4 * MINUTE).state()).isEqualTo(State.OK);
        assertThat(script.charged()).isEqualTo(4 * MINUTE);
    }

    @Test
    void withoutGraceNoOfflineUseIsAccepted() {
        script.grace(0);
        LeaseScript.Lease lease = script.lease("l1");
        script.pass(MINUTE);
        lease.closeOffline(MINUTE);
        assertThat(lease.row().hasUse()).isFalse();
        assertThat(script.charged()).isZero();
    }

    @Test
    void aRequestOfNoLengthIsKeptAsAPoint() {
        LeaseScript.Lease first = script.lease("l1");
        first.open();
        first.close(0);
        assertThat(first.row().hasUse()).isTrue();
        assertThat(script.charged()).isZero();
        script.pass(4 * MINUTE);
        LeaseScript.Lease second = script.lease("l2");
        second.open();
        second.close(0);
        assertThat(script.charged()).isEqualTo(4 * MINUTE);
        assertThat(second.row().chargedMillis()).isEqualTo(4 * MINUTE);
    }

    @Test
    void closedStaysClosedAndAnOpenAfterItsOwnCloseGrantsNothing() {
        LeaseScript.Lease lease = script.lease("l1");
        UsageBatch.Item open = lease.item(null, false, false);
        assertThat(lease.closeUnused().state()).isEqualTo(State.CLOSED);
        Answer answer = script.send(open);
        assertThat(answer.state()).isEqualTo(State.CLOSED);
        assertThat(answer.authorizedMillis()).isZero();
        assertThat(lease.open().state()).isEqualTo(State.CLOSED);
        assertThat(script.held()).isZero();
    }

    @Test
    void twoNodesAtOnceAreChargedOnce() {
        LeaseScript.Lease a = script.lease("a");
        LeaseScript.Lease b = script.lease("b");
        a.open();
        b.open();
        script.pass(MINUTE);
        a.close(MINUTE);
        b.close(MINUTE);
        assertThat(script.charged()).isEqualTo(MINUTE);
        assertThat(a.row().chargedMillis()).isEqualTo(MINUTE);
        assertThat(b.row().chargedMillis()).isZero();
    }

    @Test
    void sessionsThatAreScopesOfTheirOwnAreEachCharged() {
        LeaseScript.Lease a = script.lease("a", "session-a");
        LeaseScript.Lease b = script.lease("b", "session-b");
        a.open();
        b.open();
        script.pass(MINUTE);
        a.close(MINUTE);
        b.close(MINUTE);
        assertThat(script.charged()).isEqualTo(2 * MINUTE);
    }

    @Test
    void oneSessionOnTwoNodesIsChargedOnce() {
        LeaseScript.Lease a = script.lease("a", "session");
        a.open();
        script.pass(20 * SECOND);
        LeaseScript.Lease b = script.lease("b", "session");
        b.open();
        script.pass(40 * SECOND);
        a.close(30 * SECOND);
        b.close(40 * SECOND);
        assertThat(script.charged()).isEqualTo(MINUTE);
    }

    @Test
    void reportsInAnyOrderCostTheSame() {
        for (long seed = 0; seed < 50; seed++) {
            LeaseScript world = LeaseScript.withBalance(10 * HOUR).gap(30 * SECOND);
            Random random = new Random(seed);
            List<UsageBatch.Item> later = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                LeaseScript.Lease lease = world.lease("l" + i);
                lease.open();
                world.pass(random.nextInt(80) * SECOND);
                later.add(lease.item((long) random.nextInt(100) * SECOND, false, false));
                later.add(lease.item((long) random.nextInt(100) * SECOND, true, false));
            }
            world.at(20 * MINUTE);
            LicenseState before = world.state();
            long expected = applyAll(before, later);
            Collections.shuffle(later, random);
            assertThat(applyAll(before, later)).as("seed %s", seed).isEqualTo(expected);
        }
    }

    private static long applyAll(LicenseState before, List<UsageBatch.Item> items) {
        LicenseState state = before;
        for (UsageBatch.Item item : items) {
            UsageBatch head = new UsageBatch("node", 30 * SECOND, 15 * MINUTE, 0, List.of(item));
            state = LeaseRules.apply(state, new LeaseMessage(head, item)).state();
        }
        assertThat(state.license().uncollectedMillis()).isZero();
        return state.license().chargedMillis();
    }
}
