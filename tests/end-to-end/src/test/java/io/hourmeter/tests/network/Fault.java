package io.hourmeter.tests.network;

import io.hourmeter.tests.network.FaultProxy.Door;
import io.hourmeter.tests.network.FaultProxy.Link;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** What can happen between an application and its license server. Each lasts until the network is healed. */
enum Fault {
    /** Nothing; everything is passed on. */
    NONE(new Forward(), Outcome.SERVED),

    /** Each answer comes late, but in time. */
    LATE_ANSWER(delayed(Duration.ofMillis(50)), Outcome.SERVED),
    /** Each answer comes when nobody waits for it any more. */
    ANSWER_BEYOND_THE_TIMEOUT(delayed(Duration.ofSeconds(5)), Outcome.UNAVAILABLE),
    /** Each answer comes whole, one byte every 20 ms. */
    DRIPPING_ANSWER(dripping(Duration.ofMillis(20)), Outcome.UNAVAILABLE),

    /** The connection ends before any byte of the request has reached the server. */
    CUT_BEFORE_THE_REQUEST(cutRequestAt(0, false), Outcome.UNAVAILABLE),
    /** The connection ends within the headers of the request. */
    CUT_IN_THE_REQUEST(cutRequestAt(60, false), Outcome.UNAVAILABLE),
    /** The connection is reset within the body of the request. */
    RESET_IN_THE_REQUEST_BODY(cutRequestAt(400, true), Outcome.UNAVAILABLE),
    /** The server has decided and committed; the answer is lost. */
    CUT_BEFORE_THE_ANSWER(cutAnswerAt(0, false), Outcome.UNAVAILABLE),
    /** The answer ends within its headers. */
    RESET_IN_THE_ANSWER(cutAnswerAt(40, true), Outcome.UNAVAILABLE),
    /** The answer is shorter than it says it is. */
    TRUNCATED_ANSWER(new CutInBody(), Outcome.UNAVAILABLE),

    /** Connections are accepted, and nothing is ever read or answered. */
    SILENT(new Swallow(), Outcome.UNAVAILABLE, Door.OPEN, true, false),
    /** The server's side of established connections is gone, and the client was not told. */
    HALF_OPEN(new Swallow(), Outcome.UNAVAILABLE, Door.OPEN, false, true),
    /** Nobody listens. */
    REFUSED(new Forward(), Outcome.UNAVAILABLE, Door.SHUT, true, false),
    /** Packets that would connect are dropped. */
    NO_WAY_THERE(new Forward(), Outcome.UNAVAILABLE, Door.FULL, true, false),

    /** Something else speaks on this port. */
    GARBAGE(answers("\0\1\2\377 220 mail.example.com ready\r\n"), Outcome.UNAVAILABLE),
    /** A proxy's page with status 200. */
    WRONG_CONTENT_TYPE(answers(http("200 OK", "text/html", "", "<html>Log in</html>")), Outcome.UNAVAILABLE),
    /** JSON that leaves out what was asked. */
    EMPTY_ANSWER(answers(http("200 OK", "application/json", "", "{\"items\":[]}")), Outcome.UNAVAILABLE),
    /** An answer that never ends. */
    ENDLESS_ANSWER(
            endless("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"items\":[],\"x\":\""),
            Outcome.UNAVAILABLE),
    /** Headers that never end. */
    ENDLESS_HEADERS(endless("HTTP/1.1 200 OK\r\nX-Padding: "), Outcome.UNAVAILABLE),
    ERROR_500(answers(http("500 Server Error", "text/plain", "", "oops")), Outcome.UNAVAILABLE),
    BAD_GATEWAY_502(answers(http("502 Bad Gateway", "text/html", "", "<html>nginx</html>")), Outcome.UNAVAILABLE),
    RETRY_AT_ONCE_503(answers(http("503 Busy", "text/plain", "Retry-After: 0\r\n", "")), Outcome.UNAVAILABLE),
    RETRY_IN_A_MINUTE_503(answers(http("503 Busy", "text/plain", "Retry-After: 60\r\n", "")), Outcome.UNAVAILABLE),
    TOO_MANY_429(answers(http("429 Too Many", "text/plain", "Retry-After: 60\r\n", "")), Outcome.UNAVAILABLE),
    /** To a place that would answer, and would be told the token. */
    REDIRECT(new Redirect(), Outcome.UNAVAILABLE),
    /** A web server that knows no license server. */
    NOT_FOUND_404(answers(http("404 Not Found", "text/html", "", "<html>none</html>")), Outcome.UNAVAILABLE);

    /** What becomes of a first request meanwhile. */
    enum Outcome {
        SERVED,
        UNAVAILABLE
    }

    final Effect effect;
    final Outcome firstRequests;
    final Door door;
    /** Whether connections that exist already end when it begins. */
    final boolean cutsEstablished;
    /** Whether the server's side of connections goes while the client's stays. */
    final boolean leavesServer;

    Fault(Effect effect, Outcome firstRequests) {
        this(effect, firstRequests, Door.OPEN, false, false);
    }

    Fault(Effect effect, Outcome firstRequests, Door door, boolean cutsEstablished, boolean leavesServer) {
        this.effect = effect;
        this.firstRequests = firstRequests;
        this.door = door;
        this.cutsEstablished = cutsEstablished;
        this.leavesServer = leavesServer;
    }

    /** What is done with what arrives. An exception ends the connection. */
    interface Effect {
        default void request(Link link, byte[] chunk, int length) throws IOException {
            link.toServer(chunk, length);
        }

        default void answer(Link link, byte[] chunk, int length) throws IOException {
            link.toClient(chunk, 0, length);
        }
    }

    private static final class Forward implements Effect {}

    private static final class Swallow implements Effect {
        @Override
        public void request(Link link, byte[] chunk, int length) {}

        @Override
        public void answer(Link link, byte[] chunk, int length) {}
    }

    private static Effect delayed(Duration delay) {
        return new Effect() {
            @Override
            public void answer(Link link, byte[] chunk, int length) throws IOException {
                if (link.pause(delay)) {
                    link.toClient(chunk, 0, length);
                }
            }
        };
    }

    private static Effect dripping(Duration pause) {
        return new Effect() {
            @Override
            public void answer(Link link, byte[] chunk, int length) throws IOException {
                for (int i = 0; i < length && link.pause(pause); i++) {
                    link.toClient(chunk, i, 1);
                }
            }
        };
    }

    private static Effect cutRequestAt(int bytes, boolean reset) {
        return new Effect() {
            @Override
            public void request(Link link, byte[] chunk, int length) throws IOException {
                int left = (int) (bytes - link.requested());
                link.toServer(chunk, Math.min(left, length));
                if (length >= left) {
                    link.cut(reset);
                }
            }
        };
    }

    private static Effect cutAnswerAt(int bytes, boolean reset) {
        return new Effect() {
            @Override
            public void answer(Link link, byte[] chunk, int length) throws IOException {
                int left = (int) (bytes - link.answered());
                link.toClient(chunk, 0, Math.min(left, length));
                if (length >= left) {
                    link.cut(reset);
                }
            }
        };
    }

    /** Passes on the headers and the first bytes of the body. */
    private static final class CutInBody implements Effect {
        @Override
        public void answer(Link link, byte[] chunk, int length) throws IOException {
            String text = new String(chunk, 0, length, StandardCharsets.ISO_8859_1);
            int body = text.indexOf("\r\n\r\n") + 4;
            link.toClient(chunk, 0, body >= 4 ? Math.min(length, body + 12) : length);
            link.cut(false);
        }
    }

    /** Answers a whole request with this, and closes. */
    private static Effect answers(String answer) {
        byte[] bytes = answer.getBytes(StandardCharsets.ISO_8859_1);
        return new Effect() {
            @Override
            public void request(Link link, byte[] chunk, int length) throws IOException {
                if (link.completes(chunk, length)) {
                    link.toClient(bytes, 0, bytes.length);
                    link.cut(false);
                }
            }
        };
    }

    private static Effect endless(String head) {
        byte[] bytes = head.getBytes(StandardCharsets.ISO_8859_1);
        byte[] more = "x".repeat(16_384).getBytes(StandardCharsets.ISO_8859_1);
        return new Effect() {
            @Override
            public void request(Link link, byte[] chunk, int length) throws IOException {
                if (link.completes(chunk, length)) {
                    link.toClient(bytes, 0, bytes.length);
                    // Not as fast as it goes: that would be a fault of the machine.
                    while (link.pause(Duration.ofMillis(1))) {
                        link.toClient(more, 0, more.length);
                    }
                }
            }
        };
    }

    private static final class Redirect implements Effect {
        @Override
        public void request(Link link, byte[] chunk, int length) throws IOException {
            if (link.completes(chunk, length)) {
                String there = "Location: http://127.0.0.1:" + link.serverPort() + "/api/usage\r\n";
                byte[] answer =
                        http("307 Temporary Redirect", "text/plain", there, "").getBytes(StandardCharsets.ISO_8859_1);
                link.toClient(answer, 0, answer.length);
                link.cut(false);
            }
        }
    }

    private static String http(String status, String type, String headers, String body) {
        return "HTTP/1.1 " + status + "\r\nContent-Type: " + type + "\r\n" + headers + "Content-Length: "
                + body.length() + "\r\nConnection: close\r\n\r\n" + body;
    }
}
