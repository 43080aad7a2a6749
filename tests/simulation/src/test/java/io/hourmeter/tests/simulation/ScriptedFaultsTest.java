package io.hourmeter.tests.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hourmeter.Billing;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.OutagePolicy;
import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.UsageBatch;
import io.hourmeter.server.ledger.SimulatedLedger;
import io.hourmeter.server.ledger.SimulatedServer;
import io.hourmeter.server.simulation.Agenda;
import io.hourmeter.server.simulation.Tally;
import io.hourmeter.server.simulation.Trace;
import io.hourmeter.usage.node.LeaseRecord;
import io.hourmeter.usage.node.NodeSettings;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What random faults bring about too seldom to rely on; each once as it must be, and once with the rule taken out. */
class ScriptedFaultsTest {

    private static final long SECOND = FaultPlan.SECOND;
    private static final long GAP = 60 * SECOND;

    private static NodeSettings settings() {
        return new NodeSettings(
                Billing.LICENSE,
                30 * SECOND,
                GAP,
                0,
                90 * SECOND,
                24 * 3_600 * SECOND,
                2 * SECOND,
                OutagePolicy.DENY,
                60 * SECOND,
                List.of());
    }

    // Only the refusal of an open is a break: whoever is served still may be told that others hold the rest.

    @Test
    void aReportThatIsAnsweredHeldBreaksNoPause() {
        assertThat(chargedAfterALateReport(null)).isEqualTo(13 * SECOND);
    }

    @Test
    void aBreakByAnyRefusalIsCaught() {
        assertThatThrownBy(() -> chargedAfterALateReport("BREAK_BY_ANY_REFUSAL"))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("the break of scope");
    }

    private static long chargedAfterALateReport(@Nullable String mutant) {
        Agenda agenda = new Agenda(0);
        SimulatedLedger ledger = new SimulatedLedger(agenda, new SplittableRandom(1), new Tally(), Trace.NONE);
        LicenseKey key = LicenseKey.of("RL-0123ABCD-EFGH4567-JKMN89PQ");
        LicenseId license = ledger.create(1, key, 10 * SECOND);
        if (mutant != null) {
            ledger.mutate(mutant);
        }
        SimulatedServer server = ledger.server();
        assertThat(tell(ledger, server, item(key, "a", 0, null, 1)).state()).isEqualTo(State.OK);
        agenda.runUntil(4 * SECOND);
        tell(ledger, server, item(key, "a", 4 * SECOND, 4 * SECOND, 2));
        agenda.runUntil(11 * SECOND);
        assertThat(tell(ledger, server, item(key, "a", 11 * SECOND, 4 * SECOND, 3))
                        .state())
                .isEqualTo(State.HELD);
        var unused = server.credit(license, 3_600 * SECOND, "stripe:cs_1");
        agenda.runUntil(12 * SECOND);
        tell(ledger, server, item(key, "b", 0, null, 1));
        agenda.runUntil(13 * SECOND);
        tell(ledger, server, item(key, "b", SECOND, SECOND, 2));
        return ledger.charged(license);
    }

    private static UsageAnswers.Answer tell(SimulatedLedger ledger, SimulatedServer server, UsageBatch.Item item) {
        return ledger.replay(server, new UsageBatch("node", GAP, 90 * SECOND, 0, List.of(item)))
                .items()
                .get(0);
    }

    private static UsageBatch.Item item(LicenseKey key, String lease, long age, @Nullable Long used, long seq) {
        return new UsageBatch.Item(lease, key.sha256(), null, "", "session", age, used, false, seq, false, true);
    }

    // A crash must not make a lease forget that its node had refused before it.

    @Test
    void aRestartStillKnowsThatThePauseBeforeALeaseIsNotToBeBilled() {
        refusalThenCrash(Mutant.NONE);
    }

    @Test
    void aJournalWithoutTheRefusalIsCaught() {
        Mutant forgets = new Mutant() {
            @Override
            LeaseRecord record(LeaseRecord record) {
                return Mutants.with(record, record.usedMillis(), true);
            }
        };
        assertThatThrownBy(() -> refusalThenCrash(forgets))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("began with bridge false, is reported with true");
    }

    private static void refusalThenCrash(Mutant mutant) {
        World world = new World(FaultPlan.still(1, settings(), FaultPlan.PLENTY), mutant, null);
        world.begin();
        visit(world, 0, SECOND);
        pass(world, 2 * SECOND);
        pass(world, GAP + 5 * SECOND);
        SimNode node = world.nodes.get(0);
        node.cut(true, true, 20 * SECOND);
        visit(world, 0, SECOND);
        pass(world, 3 * SECOND);
        assertThat(world.customers.refusedByNodes).isEqualTo(1);
        // This one is asked for in vain as well, and is in the journal when the node dies.
        visit(world, 0, SECOND);
        pass(world, 2 * SECOND);
        node.kill(true, false, SECOND);
        world.finish();
    }

    // A refusal out of a node's memory is unknown to the server.

    @Test
    void aPauseWithARememberedRefusalIsNotBilled() {
        assertThat(chargedAfterARememberedRefusal(Mutant.NONE)).isEqualTo(600);
    }

    @Test
    void aRememberedRefusalThatIsBridgedIsCaught() {
        assertThatThrownBy(() -> chargedAfterARememberedRefusal(Mutants.OWN_REFUSALS_BRIDGED.make()))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("began with bridge false");
    }

    private static long chargedAfterARememberedRefusal(Mutant mutant) {
        World world = new World(FaultPlan.still(2, settings(), 0), mutant, null);
        world.begin();
        LicenseId license = world.licenses.get(0);
        visit(world, 0, SECOND);
        pass(world, 500);
        assertThat(world.customers.refusedByServer).isEqualTo(1);
        world.workload.topUpElsewhere(license, 3_600 * SECOND);
        pass(world, 500);
        visit(world, 1, 500);
        pass(world, SECOND);
        visit(world, 0, 100);
        assertThat(world.customers.refusedByNodes).as("out of its memory").isEqualTo(1);
        pass(world, 6_500);
        visit(world, 0, 100);
        pass(world, 70 * SECOND);
        long charged = world.ledger.charged(license);
        world.finish();
        return charged;
    }

    private static void visit(World world, int node, long millis) {
        LicenseId license = world.licenses.get(0);
        world.customers.visit(
                new Customers.Visit(license, world.customers.newestKey(license), null, millis, false), node);
    }

    private static void pass(World world, long millis) {
        world.agenda.runUntil(world.agenda.now() + millis);
    }
}
