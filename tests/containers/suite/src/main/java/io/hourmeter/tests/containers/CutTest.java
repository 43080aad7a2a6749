package io.hourmeter.tests.containers;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.config.Settings;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With {@code usage.overrun=cut} a request ends with its time, and its client knows. */
class CutTest {

    private static final Duration LIMIT = Duration.ofSeconds(3);

    /** The end of a chunked body, with which a client would take a part for the whole. */
    private static final String HONEST_END = "\r\n0\r\n\r\n";

    private Rig rig;

    @BeforeEach
    void start() throws Exception {
        rig = new Rig(Map.of(Settings.REQUEST_LIMIT, LIMIT.toSeconds() + "s", Settings.OVERRUN, "cut"));
        rig.begin();
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    private static String untilItEnds(Wire wire) throws IOException {
        StringBuilder all = new StringBuilder();
        try {
            while (true) {
                all.append((char) (wire.read(1)[0] & 0xff));
            }
        } catch (SocketException | java.io.EOFException e) {
            return all.toString();
        }
    }

    private static String session(String head) {
        return head.replaceAll("(?is).*X-Session-ID: *(\\S+).*", "$1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/stream/silent",
                "/stream/chatty?then=nothing",
                "/stream/chatty?then=complete",
                "/stream/blocking?then=throw",
                "/stream/blocking?then=return",
                "/stream/blocking?then=return&by=writer"
            })
    void aStreamIsBrokenOffAtTheLimit(String path) throws Exception {
        try (Wire wire = rig.http.wire().head("GET", Site.METERED + path)) {
            String head = wire.readHead();
            assertThat(head).startsWith("HTTP/1.1 200").containsIgnoringCase("Transfer-Encoding: chunked");
            assertThat(untilItEnds(wire)).contains("data: open").doesNotEndWith(HONEST_END);
            rig.assertServed(1);
            rig.settle(session(head));
            assertThat(rig.chargedMillis(session(head))).isEqualTo(LIMIT.toMillis());
        }
    }

    @Test
    void anAsynchronousRequestThatHasNotAnsweredIsRefused() throws Exception {
        try (Wire wire = rig.http.wire().head("GET", Site.METERED + "/async/held")) {
            assertThat(wire.readHead()).startsWith("HTTP/1.1 503").contains("application/problem+json");
            assertThat(wire.readUntil("}")).contains("\"code\":\"BUSY\"", "The time that one request may use is up");
        }
        rig.assertServed(1);
    }

    @Test
    void aBlockingRequestThatHasNotAnsweredIsRefusedWhenItDoes() throws Exception {
        try (Wire wire = rig.http.wire().head("GET", Site.METERED + "/late?millis=" + LIMIT.toMillis() * 2)) {
            assertThat(wire.readHead()).startsWith("HTTP/1.1 503");
        }
        rig.assertServed(1);
    }

    @Test
    void whatEndsInTimeIsWhole() throws Exception {
        assertThat(rig.http.metered("/plain").body()).isEqualTo("plain");
        assertThat(rig.http.metered("/include").body()).isEqualTo("plainplain");
        assertThat(rig.http.metered("/download?mebibytes=4").body()).hasSize(4 << 20);
        Rig.assertUnchanged(rig.http.metered("/text"), rig.http.free("/text"));
        Rig.assertUnchanged(rig.http.metered("/unchecked"), rig.http.free("/unchecked"));
        Rig.assertUnchanged(rig.http.metered("/send-error"), rig.http.free("/send-error"));
        Rig.assertUnchanged(rig.http.metered("/async/three-cycles"), rig.http.free("/async/three-cycles"));
    }

    @Test
    void aBalanceThatEndsEndsItsRequestWith402() throws Exception {
        LicenseServerRig.License small = rig.licenses.license(Duration.ofSeconds(2));
        Http http = new Http(rig.port(), small.key());
        try (Wire stream = http.wire().head("GET", Site.METERED + "/stream/chatty?then=complete")) {
            assertThat(stream.readHead()).startsWith("HTTP/1.1 200");
            assertThat(untilItEnds(stream)).contains("data: open").doesNotEndWith(HONEST_END);
        }
        rig.assertQuiet();
        assertThat(Patience.await(() -> rig.licenses.history(small).totals().usedMillis() > 0))
                .isTrue();
        assertThat(rig.licenses.history(small).totals().usedMillis()).isLessThanOrEqualTo(2_000);
        LicenseServerRig.License other = rig.licenses.license(Duration.ofSeconds(2));
        try (Wire held = new Http(rig.port(), other.key()).wire().head("GET", Site.METERED + "/async/held")) {
            assertThat(held.readHead()).startsWith("HTTP/1.1 402");
            assertThat(held.readUntil("}")).contains("HOURS_EXHAUSTED");
        }
        rig.assertQuiet();
    }
}
