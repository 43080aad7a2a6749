package io.hourmeter.usage.node;

import static io.hourmeter.usage.node.VirtualNode.HOUR;
import static io.hourmeter.usage.node.VirtualNode.MINUTE;
import static io.hourmeter.usage.node.VirtualNode.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.Billing;
import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseKey;
import io.hourmeter.usage.Granted;
import io.hourmeter.usage.Refused;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Billing by session: the session id is the scope, and comes and goes with the client. */
class SessionBillingTest {

    private static final String KEY = "RL-0123ABCD-EFGH4567-JKMN89PQ";

    private final VirtualTicker ticker = new VirtualTicker();
    private final ModelServer server = new ModelServer(ticker::millis);
    private final ModelServer.Account account = server.sell(KEY, 100 * HOUR);
    private final NodeSettings settings = VirtualNode.with(VirtualNode.settings(), Billing.SESSION);
    private final VirtualNode node = new VirtualNode(ticker, server, settings, 1);

    private Granted admit(VirtualNode where, String session) {
        return (Granted) where.admit(KEY, session);
    }

    @Test
    void eachSessionCounts() {
        Granted one = admit(node, null);
        Granted two = admit(node, null);
        assertThat(one.sessionId()).isNotEqualTo(two.sessionId());
        node.advance(MINUTE);
        one.close();
        two.close();
        node.settle();
        assertThat(server.charged(account)).isEqualTo(2 * MINUTE);
    }

    @Test
    void aSessionThatComesBackGoesOn() {
        Granted first = admit(node, null);
        first.close();
        node.advance(MINUTE);
        Granted second = admit(node, first.sessionId());
        assertThat(second.sessionId()).isEqualTo(first.sessionId());
        second.close();
        node.settle();
        assertThat(server.charged(account)).isEqualTo(MINUTE);
        assertThat(account.rows).hasSize(1);
    }

    @Test
    void aSessionGoesOnOnAnotherNode() {
        VirtualNode other = new VirtualNode(ticker, server, settings, 2);
        Granted first = admit(node, null);
        first.close();
        node.advance(MINUTE);
        Granted second = admit(other, first.sessionId());
        assertThat(second.sessionId()).isEqualTo(first.sessionId());
        second.close();
        node.settle();
        other.settle();
        assertThat(server.charged(account)).isEqualTo(MINUTE);
        assertThat(server.sessions(account)).containsExactly(first.sessionId());
    }

    @Test
    void aForgedIdAndThatOfAnotherLicenseAreIgnored() {
        String other = "RL-ZZZZABCD-EFGH4567-JKMN89PQ";
        String foreign = new SessionIds(new SplittableRandom(5))
                .create(LicenseKey.of(other))
                .toString();
        assertThat(admit(node, foreign).sessionId()).isNotEqualTo(foreign);
        String forged = "A".repeat(32);
        assertThat(admit(node, forged).sessionId()).isNotEqualTo(forged);
    }

    @Test
    void whereTheLicenseCountsAClientSessionIdIsIgnored() {
        VirtualNode perLicense = new VirtualNode(ticker, server, VirtualNode.settings(), 3);
        String valid = new SessionIds(new SplittableRandom(5))
                .create(LicenseKey.of(KEY))
                .toString();
        assertThat(admit(perLicense, valid).sessionId()).isNotEqualTo(valid);
    }

    @Test
    void anEndedSessionIsNotContinuedHere() {
        Granted first = admit(node, null);
        first.close();
        assertThat(node.core.endSession(first.sessionId(), ticker.nanos())).isTrue();
        assertThat(node.core.endSession(first.sessionId(), ticker.nanos())).isFalse();
        assertThat(admit(node, first.sessionId()).sessionId()).isNotEqualTo(first.sessionId());
    }

    @Test
    void requestsThatOutliveTheEndOfTheirSessionAreMeteredOn() {
        Granted logout = admit(node, null);
        Granted stream = admit(node, logout.sessionId());
        node.advance(10 * SECOND);
        assertThat(node.core.endSession(logout.sessionId(), ticker.nanos())).isTrue();
        logout.close();
        assertThat(admit(node, logout.sessionId()).sessionId()).isNotEqualTo(logout.sessionId());
        node.advance(MINUTE);
        stream.close();
        node.settle();
        long ofStream = account.rows.values().stream()
                .filter(row -> row.session.equals(logout.sessionId()))
                .mapToLong(row -> row.from + row.used)
                .max()
                .orElseThrow();
        assertThat(ofStream).isEqualTo(70 * SECOND);
    }

    @Test
    void aLogOutAloneLeavesNoLease() {
        Granted logout = admit(node, null);
        node.advance(10 * SECOND);
        node.core.endSession(logout.sessionId(), ticker.nanos());
        node.pump();
        assertThat(server.charged(account)).isEqualTo(10 * SECOND);
        logout.close();
        node.advance(6 * MINUTE);
        assertThat(account.rows).hasSize(1);
        assertThat(node.core.sessions(ticker.nanos())).isEmpty();
    }

    @Test
    void theMinimumCountsOnceForASessionOverNodes() {
        NodeSettings minimum = VirtualNode.withMinimum(settings, 10 * MINUTE);
        VirtualNode one = new VirtualNode(ticker, server, minimum, 4);
        VirtualNode two = new VirtualNode(ticker, server, minimum, 5);
        Granted first = admit(one, null);
        first.close();
        one.advance(12 * MINUTE);
        two.advance(0);
        admit(two, first.sessionId()).close();
        two.advance(12 * MINUTE);
        assertThat(server.charged(account)).isEqualTo(12 * MINUTE);
    }

    @Test
    void theLongestIdleSessionMakesRoomForANewOne() {
        account.purchased = 1_000 * HOUR;
        List<Granted> uses = new ArrayList<>();
        for (int i = 0; i < Arrivals.MAX_SESSIONS_OF_LICENSE; i++) {
            uses.add(admit(node, null));
        }
        Refused full = (Refused) node.admit(KEY, null);
        assertThat(full.reason()).isEqualTo(ErrorCode.LICENSE_SERVER_UNAVAILABLE);
        uses.get(17).close();
        node.advance(SECOND);
        uses.get(3).close();
        admit(node, null);
        assertThat(node.hot.find(KEY, uses.get(17).sessionId())).isNull();
        assertThat(node.hot.find(KEY, uses.get(3).sessionId())).isNotNull();
        assertThat(node.core.sessions(ticker.nanos())).hasSize(Arrivals.MAX_SESSIONS_OF_LICENSE);
    }

    @Test
    void whatIsLeftCountsAllSessionsOfTheLicense() {
        List<Granted> uses = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            uses.add(admit(node, null));
        }
        node.advance(MINUTE);
        assertThat(uses.get(0).remainingMillis()).isEqualTo(100 * HOUR - 10 * MINUTE);
        uses.forEach(Granted::close);
    }
}
