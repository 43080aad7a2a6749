package io.hourmeter.tests.containers;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.extension.ExtendWith;

/** Endpoints of {@code jakarta.websocket} behind the filter, and a socket that is metered while it is open. */
@ExtendWith(RigResolver.class)
class WebSocketTest {

    /** Long enough to be told from a short request. */
    private static final Duration OPEN = Duration.ofMillis(700);

    private static final String[] HANDSHAKE = {
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
    };

    private final Rig rig;

    WebSocketTest(Rig rig) {
        this.rig = rig;
    }

    @BeforeEach
    void needsSockets() {
        ProtocolTest.assumeOffered(Feature.WEBSOCKET);
    }

    /** The status of a refused handshake; 101 when there is a socket. */
    static int handshake(Http http, String path, boolean withKey) throws InterruptedException {
        Received received = new Received();
        WebSocket socket;
        try {
            socket = http.socket(path, withKey, received).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof WebSocketHandshakeException refused) {
                return refused.getResponse().statusCode();
            }
            throw e;
        }
        socket.sendText("hello", true).join();
        assertThat(received.next()).isEqualTo("hello");
        socket.abort();
        return 101;
    }

    @Test
    void handshakeWithoutAKeyIsRefused() throws Exception {
        assertThat(handshake(rig.http, Site.FREE + Sockets.ECHO, false)).isEqualTo(101);
        assertThat(handshake(rig.http, Site.METERED + Sockets.ECHO, false)).isEqualTo(401);
        rig.assertServed(0);
    }

    @Test
    void handshakeCountsAsOneShortRequest(TestReporter reporter) throws Exception {
        try (Wire wire = rig.http.wire().head("GET", Site.METERED + Sockets.ECHO, HANDSHAKE)) {
            String head = wire.readHead();
            assertThat(head).startsWith("HTTP/1.1 101").contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
            reporter.publishEntry(
                    MatrixListener.MEASURED,
                    "X-Session-ID on the 101: " + head.toLowerCase(Locale.ROOT).contains("x-session-id"));
            // The socket is open, and the request is over.
            rig.assertServed(1);
            // A text of two letters under a mask of zeros, and the same without a mask.
            wire.bytes(new byte[] {(byte) 0x81, (byte) 0x82, 0, 0, 0, 0, 'h', 'i'});
            assertThat(wire.read(4)).isEqualTo(new byte[] {(byte) 0x81, 2, 'h', 'i'});
        }
    }

    /** What tells a handshake for the filter: no container takes one without. */
    @Test
    void handshakeWithoutAVersionMakesNoSocket() throws Exception {
        try (Wire wire = rig.http
                .stranger()
                .head(
                        "GET",
                        Site.FREE + Sockets.ECHO,
                        "Upgrade: websocket",
                        "Connection: Upgrade",
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")) {
            assertThat(wire.readHead()).doesNotStartWith("HTTP/1.1 101");
        }
    }

    @Test
    void openSocketIsChargedForTheTimeItWasOpen(TestReporter reporter) throws Exception {
        Received received = new Received();
        long asked = System.nanoTime();
        WebSocket socket =
                rig.http.socket(Site.METERED + Sockets.OPEN, true, received).join();
        String session = received.next();
        long opened = System.nanoTime();
        assertThat(rig.inFlight()).isEqualTo(1);
        Patience.await(() -> false, OPEN);
        long closing = System.nanoTime();
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
        // The handshake, and the socket.
        rig.assertServed(2);
        long closed = System.nanoTime();
        rig.settle(session);
        long charged = rig.chargedMillis(session);
        assertThat(charged)
                .isBetween(
                        // rounded down at both ends
                        TimeUnit.NANOSECONDS.toMillis(closing - opened) - 1,
                        TimeUnit.NANOSECONDS.toMillis(closed - asked) + 1);
        reporter.publishEntry(
                MatrixListener.MEASURED,
                "charged " + charged + " ms of " + TimeUnit.NANOSECONDS.toMillis(closing - opened) + " ms");
    }

    @Test
    void socketWhoseClientIsCutEnds(TestReporter reporter) throws Exception {
        String session;
        try (Wire wire = rig.http.wire().head("GET", Site.METERED + Sockets.OPEN, HANDSHAKE)) {
            assertThat(wire.readHead()).startsWith("HTTP/1.1 101");
            byte[] frame = wire.read(2);
            session = new String(wire.read(frame[1]), StandardCharsets.US_ASCII);
            assertThat(rig.inFlight()).isEqualTo(1);
            wire.reset();
        }
        long gone = System.nanoTime();
        rig.assertServed(2);
        reporter.publishEntry(
                MatrixListener.MEASURED,
                "ends after " + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - gone) + " ms");
        rig.settle(session);
    }
}
