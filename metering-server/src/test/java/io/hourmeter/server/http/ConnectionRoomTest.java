package io.hourmeter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.server.http.ConnectionRoom.Use;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.ByteArrayEndPoint;
import org.eclipse.jetty.io.Connection;
import org.junit.jupiter.api.Test;

/** Which connection is closed when one too many comes. */
class ConnectionRoomTest {

    private static final int MOST = 3;

    private long nanos;
    private final ConnectionRoom room = new ConnectionRoom(MOST, () -> nanos);
    private final List<Connection> all = new ArrayList<>();

    private static final class Plain extends AbstractConnection {

        Plain() {
            super(new ByteArrayEndPoint(), Runnable::run);
        }

        @Override
        public void onFillable() {}
    }

    private Connection open() {
        Connection connection = new Plain();
        room.onOpened(connection);
        all.add(connection);
        return connection;
    }

    private Connection open(Use use) {
        Connection connection = open();
        room.use(connection, use);
        return connection;
    }

    private void pass(long millis) {
        nanos += TimeUnit.MILLISECONDS.toNanos(millis);
    }

    private List<Connection> closed() {
        return all.stream().filter(each -> !each.getEndPoint().isOpen()).toList();
    }

    @Test
    void thoseWithoutARequestGoFirst() {
        Connection idle = open(Use.IDLE);
        Connection unused = open();
        Connection busy = open(Use.ANSWER);
        pass(2_000);
        open();
        assertThat(closed()).containsExactly(unused);
        pass(2_000);
        Connection latest = open();
        assertThat(closed()).hasSize(2).doesNotContain(idle, busy, latest);
        assertThat(room.open()).isEqualTo(MOST);
        assertThat(room.closed()).isEqualTo(2);
    }

    @Test
    void thenIdleOnesThenThoseWhoseBodyDoesNotEnd() {
        Connection body = open(Use.BODY);
        Connection stranger = open(Use.STRANGERS_BODY);
        Connection idle = open(Use.IDLE);
        pass(2_000);
        for (Connection expected : List.of(idle, stranger, body)) {
            Connection latest = open(Use.ANSWER);
            assertThat(closed()).contains(expected).doesNotContain(latest);
            pass(2_000);
        }
        assertThat(room.closed()).isEqualTo(3);
    }

    @Test
    void whoHasJustComeIsLeftAloneWhileThereIsAnother() {
        Connection slow = open(Use.BODY);
        pass(2_000);
        Connection fresh = open();
        open(Use.ANSWER);
        Connection latest = open();
        assertThat(closed()).containsExactly(slow);
        open();
        assertThat(closed()).as("the older of two that have just come").containsExactly(slow, fresh);
        assertThat(latest.getEndPoint().isOpen()).isTrue();
    }

    @Test
    void whoWaitsForAnAnswerIsNeverCutOff() {
        for (int i = 0; i < MOST; i++) {
            open(Use.ANSWER);
        }
        pass(60_000);
        Connection latest = open();
        assertThat(closed()).containsExactly(latest);
    }

    @Test
    void whatIsClosedIsForgotten() {
        Connection first = open();
        room.onClosed(first);
        room.onClosed(first);
        room.use(first, Use.IDLE);
        assertThat(room.open()).isZero();
    }
}
