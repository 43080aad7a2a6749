package io.hourmeter.usage.node;

import static io.hourmeter.usage.node.VirtualNode.HOUR;
import static io.hourmeter.usage.node.VirtualNode.MINUTE;
import static io.hourmeter.usage.node.VirtualNode.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.Billing;
import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseRef;
import io.hourmeter.OutagePolicy;
import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.UsageBatch;
import io.hourmeter.usage.Admission;
import io.hourmeter.usage.Granted;
import io.hourmeter.usage.Refused;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Licenses that an application with its own log-in names by their ids, alone and beside their keys. */
class NamedByIdTest {

    private static final String KEY = "RL-0123ABCD-EFGH4567-JKMN89PQ";
    private static final LicenseId UNKNOWN = new LicenseId("lic_99999999");

    private final VirtualTicker ticker = new VirtualTicker();
    private final ModelServer server = new ModelServer(ticker::millis);
    private final ModelServer.Account account = server.sell(KEY, 100 * HOUR);
    private VirtualNode node = new VirtualNode(ticker, server, VirtualNode.settings(), 1);

    private Admission byId() {
        return node.admit(account.id, null);
    }

    private static Granted granted(Admission admission) {
        assertThat(admission).isInstanceOf(Granted.class);
        return (Granted) admission;
    }

    private static ErrorCode reason(Admission admission) {
        assertThat(admission).isInstanceOf(Refused.class);
        return ((Refused) admission).reason();
    }

    private List<UsageBatch.Item> sent() {
        return server.received.stream().flatMap(batch -> batch.items().stream()).toList();
    }

    @Test
    void anIdIsServedMeteredAndToldToTheServerInPlaceOfAKey() {
        Granted first = granted(byId());
        node.advance(SECOND);
        Granted second = granted(byId());
        assertThat(second.sessionId()).isEqualTo(first.sessionId());
        first.close();
        second.close();
        node.settle();
        assertThat(server.charged(account)).isEqualTo(SECOND);
        assertThat(server.open(account)).isZero();
        assertThat(sent()).isNotEmpty().allSatisfy(item -> {
            assertThat(item.license()).isEqualTo(account.id);
            assertThat(item.keySha256()).isNull();
        });
    }

    @Test
    void keyAndIdAtOnceAreTwoLeasesChargedOnce() {
        Granted byKey = granted(node.admit(KEY));
        node.advance(MINUTE);
        Granted byId = granted(byId());
        node.advance(MINUTE);
        byKey.close();
        node.advance(MINUTE);
        byId.close();
        node.settle();
        assertThat(account.rows).hasSize(2);
        assertThat(account.rows.values()).allMatch(row -> row.scope.isEmpty());
        assertThat(server.charged(account)).isEqualTo(3 * MINUTE);
    }

    @Test
    void whatIsLeftCountsTheUseUnderKeyAndId() {
        Granted byKey = granted(node.admit(KEY));
        Granted byId = granted(byId());
        node.advance(MINUTE);
        assertThat(byId.remainingMillis()).isEqualTo(byKey.remainingMillis()).isLessThan(100 * HOUR);
    }

    @Test
    void aRefusalIsRememberedForTheCredentialThatWasGiven() {
        assertThat(reason(node.admit(UNKNOWN, null))).isEqualTo(ErrorCode.INVALID_LICENSE);
        account.refusal = State.INACTIVE;
        assertThat(reason(node.admit(KEY))).isEqualTo(ErrorCode.LICENSE_INACTIVE);
        account.refusal = State.OK;
        granted(byId());
        assertThat(reason(node.admit(KEY))).isEqualTo(ErrorCode.LICENSE_INACTIVE);
    }

    @Test
    void anUnknownIdIsAskedForOncePerTenSecondsAndLeavesNothingBehind() {
        for (int i = 0; i < 9; i++) {
            assertThat(reason(node.admit(UNKNOWN, null))).isEqualTo(ErrorCode.INVALID_LICENSE);
            node.advance(SECOND);
        }
        assertThat(sent()).hasSize(1);
        assertThat(node.core.licenses()).isZero();
        assertThat(node.core.sessions(ticker.nanos())).isEmpty();
    }

    @Test
    void aKeyThatHasEndedDoesNotEndItsId() {
        granted(byId()).close();
        server.accounts.remove(account.key.sha256());
        assertThat(reason(node.admit(KEY))).isEqualTo(ErrorCode.INVALID_LICENSE);
        server.accounts.put(account.key.sha256(), account);
        granted(byId());
    }

    @Test
    void aCreditUnderAnyNameEndsTheRefusalsOfAll() {
        account.purchased = 0;
        for (LicenseRef credited : List.of(account.id, account.key)) {
            assertThat(reason(node.admit(KEY))).isEqualTo(ErrorCode.HOURS_EXHAUSTED);
            assertThat(reason(byId())).isEqualTo(ErrorCode.HOURS_EXHAUSTED);
            account.purchased += 10 * SECOND;
            node.core.credited(credited, ticker.nanos());
            Granted byKey = granted(node.admit(KEY));
            Granted byId = granted(byId());
            node.advance(11 * SECOND);
            byKey.close();
            byId.close();
        }
    }

    @Test
    void seenGoodUnderItsKeyIsSeenGoodUnderItsId() {
        node.request(KEY, SECOND);
        server.unreachable = true;
        // Long enough for the session to end, and for the node to know that nobody answers.
        node.advance(6 * MINUTE);
        granted(byId());
        assertThat(reason(node.admit(UNKNOWN, null))).isEqualTo(ErrorCode.LICENSE_SERVER_UNAVAILABLE);
    }

    @Test
    void theGraceOfAnOutageIsOneForKeyAndId() {
        node.request(KEY, SECOND);
        server.unreachable = true;
        node.advance(6 * MINUTE);
        granted(byId()).close();
        node.advance(6 * MINUTE);
        granted(node.admit(KEY)).close();
        node.advance(5 * MINUTE);
        assertThat(reason(byId())).isEqualTo(ErrorCode.LICENSE_SERVER_UNAVAILABLE);
        assertThat(reason(node.admit(KEY))).isEqualTo(ErrorCode.LICENSE_SERVER_UNAVAILABLE);
    }

    @Test
    void aPauseInWhichTheKeyWasRefusedIsNotChargedBeforeALeaseOfTheId() {
        node = new VirtualNode(ticker, server, VirtualNode.with(VirtualNode.settings(), OutagePolicy.DENY, 0), 2);
        String session = granted(node.request(KEY, SECOND)).sessionId();
        assertThat(node.core.endSession(session, ticker.nanos())).isTrue();
        node.advance(MINUTE);
        server.unreachable = true;
        assertThat(reason(node.admit(KEY))).isEqualTo(ErrorCode.LICENSE_SERVER_UNAVAILABLE);
        server.unreachable = false;
        node.advance(MINUTE);
        granted(byId());
        node.advance(SECOND);
        node.settle();
        assertThat(server.charged(account)).isEqualTo(2 * SECOND);
    }

    @Test
    void aPauseWithoutARefusalIsChargedBeforeALeaseOfTheId() {
        String session = granted(node.request(KEY, SECOND)).sessionId();
        assertThat(node.core.endSession(session, ticker.nanos())).isTrue();
        node.advance(MINUTE);
        granted(byId());
        node.advance(SECOND);
        node.settle();
        assertThat(server.charged(account)).isEqualTo(MINUTE + 2 * SECOND);
    }

    @Test
    void aSessionThatComesBackGoesOnUnderItsIdAlone() {
        NodeSettings perSession = VirtualNode.with(VirtualNode.settings(), Billing.SESSION);
        node = new VirtualNode(ticker, server, perSession, 3);
        VirtualNode other = new VirtualNode(ticker, server, perSession, 4);
        String session = granted(byId()).sessionId();
        assertThat(granted(other.admit(account.id, session)).sessionId()).isEqualTo(session);
        assertThat(granted(node.admit(account.id, session)).sessionId()).isEqualTo(session);
        assertThat(granted(node.admit(KEY, session)).sessionId()).isNotEqualTo(session);
        LicenseId foreign = server.sell("RL-ZZZZABCD-EFGH4567-JKMN89PQ", HOUR).id;
        assertThat(granted(node.admit(foreign, session)).sessionId()).isNotEqualTo(session);
    }

    @Test
    void aSessionThatIsEndedWhileARequestRunsHasAnotherIdFromThenOn() {
        Granted stream = granted(byId());
        String first = stream.sessionId();
        assertThat(node.core.endSession(first, ticker.nanos())).isTrue();
        node.advance(2 * SECOND);
        assertThat(granted(byId()).sessionId()).isEqualTo(stream.sessionId()).isNotEqualTo(first);
    }

    @Test
    void aRestartReportsUseUnderAnId() {
        granted(byId());
        node.advance(10 * SECOND);
        List<LeaseRecord> left = node.core.checkpoint(ticker.nanos());
        VirtualNode next = new VirtualNode(ticker, server, VirtualNode.settings(), 2);
        next.core.replay(left, ticker.nanos());
        next.pump();
        assertThat(server.open(account)).isZero();
        assertThat(server.charged(account)).isEqualTo(10 * SECOND);
        assertThat(next.core.unacknowledged()).isZero();
    }

    @Test
    void anIdNamesItsLicenseWhateverAnAnswerSays() {
        Granted use = granted(byId());
        SyncRequest syncRequest = node.core.report(account.id, ticker.nanos()).stream()
                .findFirst()
                .orElseGet(() -> {
                    node.advance(2 * SECOND);
                    return node.core.report(account.id, ticker.nanos()).get(0);
                });
        String lease = syncRequest.batch().items().get(0).lease();
        UsageAnswers.Answer foreign = new UsageAnswers.Answer(lease, UNKNOWN, State.OK, MINUTE, false, HOUR, 0);
        node.core.answered(syncRequest, new UsageAnswers(List.of(foreign)), ticker.nanos());
        use.close();
        assertThat(node.core.report(UNKNOWN, ticker.nanos() + 2 * SECOND * VirtualTicker.NANOS_PER_MILLI))
                .isEmpty();
        assertThat(node.core.report(account.id, ticker.nanos() + 2 * SECOND * VirtualTicker.NANOS_PER_MILLI))
                .hasSize(1);
    }

    /** A license server of ours that is older than this node answers so to what it cannot read. */
    @Test
    void aServerThatCannotReadIdsIsNoVerdictOnTheLicense() {
        node.pump();
        server.scripted.add(State.INVALID);
        assertThat(reason(byId())).isEqualTo(ErrorCode.LICENSE_SERVER_UNAVAILABLE);
        assertThat(node.kinds()).contains(TrackerEvent.Kind.DROPPED);
        granted(byId());
    }
}
