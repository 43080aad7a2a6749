package io.hourmeter.server.ledger.rules;

import static io.hourmeter.server.ledger.rules.LeaseScript.HOUR;
import static io.hourmeter.server.ledger.rules.LeaseScript.MINUTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hourmeter.LicenseStatus;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is written back. */
class LicenseStateTest {

    private final LeaseScript script = LeaseScript.withBalance(HOUR);

    @Test
    void nothingChangedIsNothingToWrite() {
        LicenseState state = script.state();
        LicenseState.Changes changes = LeaseRules.lapse(state).changesSince(state);
        assertThat(changes.licenseChanged()).isFalse();
        assertThat(changes.added()).isEmpty();
        assertThat(changes.changed()).isEmpty();
        assertThat(changes.breaks()).isEmpty();
    }

    @Test
    void newLeasesChangedLeasesAndBreaksAreToldApart() {
        LeaseScript.Lease first = script.lease("l1");
        first.open();
        script.lease("l2", "session").open();
        LicenseState loaded = script.state();
        script.pass(MINUTE);
        first.close(MINUTE);
        script.lease("l3").unbridged().open();
        LicenseState.Changes changes = script.state().changesSince(loaded);
        assertThat(changes.licenseChanged()).isTrue();
        assertThat(changes.license()).isEqualTo(script.license());
        assertThat(changes.added()).extracting(LeaseRow::lease).containsExactly("l3");
        assertThat(changes.changed()).extracting(LeaseRow::lease).containsExactly("l1");
        assertThat(changes.breaks()).containsExactly(new ScopeRow("", script.breakOf("")));
    }

    @Test
    void rowsPutTogetherAgainAreTheSameState() {
        script.lease("l1").open();
        script.status(LicenseStatus.REVOKED).pass(MINUTE);
        script.lease("l2").open();
        LicenseState state = script.state();
        List<LeaseRow> leases = List.copyOf(state.scope("").leases());
        LicenseState again = LicenseState.of(
                state.license(),
                leases,
                List.of(new ScopeRow("", state.scope("").breakMillis())));
        LicenseState.Changes changes = again.changesSince(state);
        assertThat(changes.added()).isEmpty();
        assertThat(changes.changed()).isEmpty();
        assertThat(changes.breaks()).isEmpty();
    }

    @Test
    void totalsThatCannotBeAreRefused() {
        LicenseRow license = script.license();
        assertThatThrownBy(() -> license.plusCharged(HOUR + 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("lic_12345678: charged 3600001 ms is not between 0 and the credited 3600000");
        assertThatThrownBy(() -> license.plusHeld(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> license.plusCredited(Long.MAX_VALUE)).isInstanceOf(ArithmeticException.class);
    }
}
