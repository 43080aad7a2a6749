package io.hourmeter.usage;

import static io.hourmeter.usage.node.VirtualNode.HOUR;
import static io.hourmeter.usage.node.VirtualNode.MINUTE;
import static io.hourmeter.usage.node.VirtualNode.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.ErrorCode;
import io.hourmeter.OutagePolicy;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.usage.node.ModelServer;
import io.hourmeter.usage.node.NodeFigures;
import io.hourmeter.usage.node.TrackerEvent;
import io.hourmeter.usage.node.VirtualNode;
import io.hourmeter.usage.node.VirtualTicker;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Sockets and jobs: use that runs for long, says so, and is told when its time is up. In virtual time. */
class LongUseTest {

    private static final String KEY = "RL-0123ABCD-EFGH4567-JKMN89PQ";

    private final VirtualTicker ticker = new VirtualTicker();
    private final ModelServer server = new ModelServer(ticker::millis);
    private final ModelServer.Account account = server.sell(KEY, 100 * HOUR);
    private VirtualNode node = new VirtualNode(ticker, server, VirtualNode.settings(), 1);
    private final List<String> told = new ArrayList<>();

    private Granted admit() {
        return (Granted) node.admit(KEY);
    }

    private void advance(long millis) {
        node.advance(millis);
        node.admissions.tellWhoseTimeIsUp();
    }

    @Test
    void useThatSaysThatItGoesOnIsBilledBeyondTheLimitOfARequest() {
        Granted socket = admit();
        for (int i = 0; i < 10; i++) {
            advance(30 * MINUTE);
            assertThat(socket.keepAlive()).isTrue();
        }
        socket.close();
        node.settle();
        assertThat(server.charged(account)).isEqualTo(5 * HOUR);
        assertThat(node.kinds()).doesNotContain(TrackerEvent.Kind.REQUEST_LIMIT);
    }

    @Test
    void useThatFallsSilentIsBilledUpToTheLimitAfterItsLastWord() {
        Granted lost = admit();
        lost.onExhausted(() -> told.add("lost"));
        advance(50 * MINUTE);
        assertThat(lost.keepAlive()).isTrue();
        advance(59 * MINUTE);
        assertThat(told).isEmpty();
        advance(5 * HOUR);
        assertThat(told).containsExactly("lost");
        assertThat(server.charged(account)).isEqualTo(110 * MINUTE);
        assertThat(lost.keepAlive()).as("what was ended does not begin again").isFalse();
        advance(HOUR);
        assertThat(server.charged(account)).isEqualTo(110 * MINUTE);
    }

    @Test
    void theAgeOfTheOldestCountsFromItsLastWord() {
        Granted socket = admit();
        advance(40 * MINUTE);
        socket.keepAlive();
        advance(3 * MINUTE);
        assertThat(figures().oldestRequestNanos()).isEqualTo(TimeUnit.MINUTES.toNanos(3));
    }

    private NodeFigures figures() {
        return node.core.figures(ticker.nanos());
    }

    @Test
    void whoRunsOutOfHoursIsToldOnceAndMayNotGoOnUntilHoursAreBought() {
        account.purchased = 90 * SECOND;
        Granted socket = admit();
        socket.onExhausted(() -> told.add("up"));
        advance(89 * SECOND);
        assertThat(socket.keepAlive()).isTrue();
        assertThat(told).isEmpty();
        advance(2 * SECOND);
        assertThat(told).containsExactly("up");
        assertThat(socket.keepAlive()).isFalse();
        assertThat(((Refused) node.admit(KEY)).reason()).isEqualTo(ErrorCode.HOURS_EXHAUSTED);

        account.purchased = HOUR;
        node.core.credited(account.id, ticker.nanos());
        advance(SECOND);
        assertThat(socket.keepAlive()).isTrue();
        advance(2 * HOUR);
        assertThat(told).as("once").containsExactly("up");
    }

    @Test
    void eachUseOfALicenseIsToldForItself() {
        account.purchased = 60 * SECOND;
        Granted one = admit();
        Granted two = admit();
        Granted closed = admit();
        Granted silent = admit();
        one.onExhausted(() -> told.add("one"));
        two.onExhausted(() -> told.add("not this one"));
        two.onExhausted(() -> told.add("two"));
        closed.onExhausted(() -> told.add("closed"));
        closed.close();
        closed.onExhausted(() -> told.add("closed"));
        advance(2 * MINUTE);
        assertThat(told).containsExactlyInAnyOrder("one", "two");
        assertThat(silent.keepAlive()).isFalse();
    }

    @Test
    void whoAsksTooLateIsToldNevertheless() {
        account.purchased = 60 * SECOND;
        Granted late = admit();
        advance(2 * MINUTE);
        late.onExhausted(() -> told.add("late"));
        advance(SECOND);
        assertThat(told).containsExactly("late");
    }

    @Test
    void anActionThatFailsKeepsNobodyElseFromBeingTold() {
        account.purchased = 60 * SECOND;
        for (int i = 0; i < 3; i++) {
            admit().onExhausted(() -> {
                told.add("failing");
                throw new IllegalStateException("a broken action");
            });
        }
        advance(2 * MINUTE);
        advance(2 * MINUTE);
        assertThat(told).containsExactly("failing", "failing", "failing");
    }

    @Test
    void aRevokedLicenseEndsTheTimeAtTheNextReport() {
        Granted job = admit();
        job.onExhausted(() -> told.add("revoked"));
        account.refusal = State.INACTIVE;
        advance(6 * MINUTE);
        assertThat(told).containsExactly("revoked");
        assertThat(job.keepAlive()).isFalse();
    }

    @Test
    void anOutageEndsTheTimeAsThePolicySaysAndItsEndRestoresIt() {
        node = new VirtualNode(ticker, server, VirtualNode.with(VirtualNode.settings(), OutagePolicy.DENY, 0), 1);
        Granted job = admit();
        job.onExhausted(() -> told.add("outage"));
        server.unreachable = true;
        advance(14 * MINUTE);
        assertThat(job.keepAlive()).isTrue();
        advance(2 * MINUTE);
        assertThat(told).containsExactly("outage");
        assertThat(job.keepAlive()).isFalse();
        server.unreachable = false;
        advance(MINUTE);
        assertThat(job.keepAlive()).isTrue();
    }

    @Test
    void aSessionThatIsEndedOnPurposeDoesNotEndTheUseThatRunsInIt() {
        Granted job = admit();
        job.onExhausted(() -> told.add("ended"));
        node.core.endSession(job.sessionId(), ticker.nanos());
        advance(5 * SECOND);
        assertThat(job.keepAlive()).isTrue();
        assertThat(told).isEmpty();
    }

    @Test
    void theEndOfTheTrackerEndsTheTimeAndTellsNobody() {
        Granted job = admit();
        job.onExhausted(() -> told.add("closed"));
        node.settle();
        assertThat(job.keepAlive()).isFalse();
        advance(2 * HOUR);
        assertThat(told).isEmpty();
    }
}
