package io.hourmeter.server.ledger.rules;

import static io.hourmeter.server.ledger.rules.LeaseScript.HOUR;
import static io.hourmeter.server.ledger.rules.LeaseScript.MINUTE;
import static io.hourmeter.server.ledger.rules.LeaseScript.SECOND;
import static io.hourmeter.server.ledger.rules.LeaseScript.START;
import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.UsageBatch;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a store has to load, no more; that it suffices is shown by {@link LeaseRulesOracleTest}. */
class LoadPlanTest {

    private final LeaseScript script = LeaseScript.withBalance(HOUR);

    @Test
    void aNewLeaseNeedsWhatItsPauseCanReach() {
        script.pass(MINUTE);
        assertThat(plan(script.lease("l1").item(null, false, false)))
                .isEqualTo(Map.of("", START + MINUTE - 5 * MINUTE));
    }

    @Test
    void theLongestGapEverSeenCounts() {
        script.gap(HOUR).lease("l1").closeUnused();
        script.gap(5 * MINUTE).pass(SECOND);
        assertThat(plan(script.lease("l2").item(null, false, false))).isEqualTo(Map.of("", START + SECOND - HOUR));
    }

    @Test
    void theOtherOpenLeasesOfTheScopeNeedTheirNeighboursToo() {
        script.lease("l1").open();
        script.lease("l2", "session").open();
        script.pass(MINUTE);
        assertThat(plan(script.lease("l3").item(null, false, false))).isEqualTo(Map.of("", START - 5 * MINUTE));
    }

    @Test
    void theRepeatedCloseOfASettledLeaseNeedsNothing() {
        LeaseScript.Lease lease = script.lease("l1");
        lease.open();
        script.pass(MINUTE);
        UsageBatch.Item close = lease.item(MINUTE, true, false);
        assertThat(plan(close)).containsKey("");
        script.send(close);
        assertThat(plan(close)).isEmpty();
        assertThat(plan(lease.item(MINUTE + SECOND, true, false)))
                .as("a later end does")
                .containsKey("");
    }

    @Test
    void aRefusedMessageNeedsNothing() {
        assertThat(plan(new UsageBatch.Item("l1", "", null, "", "s", -1, null, false, 0, false, true)))
                .isEmpty();
        assertThat(plan(new UsageBatch.Item("l1", "", null, "", "s", 8 * 24 * HOUR, null, false, 0, false, true)))
                .isEmpty();
    }

    @Test
    void anOverdueLeaseNeedsItsNeighbours() {
        script.lease("l1", "session").open();
        LicenseRow later = script.license().withClock(START + HOUR, 0);
        Map<String, Long> since = LoadPlan.of(later, rows(), List.of()).since();
        assertThat(since).isEqualTo(Map.of("session", START - 5 * MINUTE));
    }

    private Map<String, Long> plan(UsageBatch.Item item) {
        UsageBatch head = new UsageBatch("n", 5 * MINUTE, 15 * MINUTE, 0, List.of(item));
        return LoadPlan.of(script.license(), rows(), List.of(new LeaseMessage(head, item)))
                .since();
    }

    private List<LeaseRow> rows() {
        return script.state().scopes().stream()
                .flatMap(scope -> scope.leases().stream())
                .toList();
    }
}
