package io.hourmeter.servlet;

import static io.hourmeter.servlet.StubTracker.KEY;
import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.ErrorCode;
import io.hourmeter.config.Settings;
import io.hourmeter.usage.Refused;
import jakarta.servlet.DispatcherType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RefusalTest {

    private static final String BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

    @RegisterExtension
    private static final Web web = new Web("/shop")
            .filter(Map.of(), "/*", EnumSet.allOf(DispatcherType.class))
            .servlet("/*", (request, response) -> response.getWriter().print("served"));

    private static void refuseWith(ErrorCode code, Duration retryAfter) {
        web.tracker.answer = (key, session) -> new Refused(code, 0, retryAfter);
    }

    @ParameterizedTest
    @CsvSource({
        "INVALID_LICENSE, 401",
        "LICENSE_INACTIVE, 403",
        "LICENSE_EXPIRED, 403",
        "HOURS_EXHAUSTED, 402",
        "HOURS_HELD, 503",
        "LICENSE_SERVER_UNAVAILABLE, 503"
    })
    void programsGetAProblemDocument(ErrorCode code, int status) {
        refuseWith(code, null);
        HttpResponse<String> answer = Web.send(web.keyed("/shop/api").header("Accept", "application/json"));
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(answer.headers().firstValue("Cache-Control")).hasValue("no-store");
        assertThat(answer.body())
                .contains(
                        "\"code\":\"" + code + "\"",
                        "\"status\":" + status,
                        "\"title\":",
                        "\"error\":\"",
                        "\"detail\":\"")
                .contains("\"success\":false");
        assertThat(answer.headers().firstValue("WWW-Authenticate").isPresent()).isEqualTo(status == 401);
        assertThat(answer.headers().firstValue("Retry-After").isPresent()).isEqualTo(status == 503);
        assertThat(answer.headers().firstValue("X-Session-ID")).isEmpty();
        assertThat(answer.headers().firstValue("Location")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "INVALID_LICENSE",
                "LICENSE_INACTIVE",
                "LICENSE_EXPIRED",
                "HOURS_EXHAUSTED",
                "HOURS_HELD",
                "LICENSE_SERVER_UNAVAILABLE"
            })
    void browsersAreLedToThePaymentPage(ErrorCode code) {
        refuseWith(code, null);
        HttpResponse<String> answer = Web.send(web.keyed("/shop/api").header("Accept", BROWSER));
        assertThat(answer.statusCode()).isEqualTo(303);
        assertThat(answer.headers().firstValue("Location")).hasValue("./payments/?return=..%2Fapi");
        assertThat(answer.headers().firstValue("Cache-Control")).hasValue("no-store");
        assertThat(answer.body()).isEmpty();
    }

    @Test
    void noKeyAtAll() {
        HttpResponse<String> answer = Web.send(web.request("/shop/api"));
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.headers().firstValue("WWW-Authenticate")).hasValue("Bearer realm=\"license\"");
        assertThat(answer.body()).contains("\"code\":\"LICENSE_REQUIRED\"").contains("X-License-Key");
        assertThat(Web.send(web.request("/shop/api").header("Accept", BROWSER)).statusCode())
                .isEqualTo(303);
    }

    @Test
    void usedUpSaysWhereToBuy() {
        refuseWith(ErrorCode.HOURS_EXHAUSTED, null);
        assertThat(Web.send(web.keyed("/shop/api")).body())
                .contains("\"top_up_url\":\"/shop/payments/\"", "\"hours_remaining\":0,");
    }

    @ParameterizedTest
    @CsvSource({"PT0S, 1", "PT0.001S, 1", "PT1S, 1", "PT1.001S, 2", "PT8S, 8"})
    void retryAfterIsRoundedUpToSeconds(Duration wait, String seconds) {
        refuseWith(ErrorCode.HOURS_HELD, wait);
        assertThat(Web.send(web.keyed("/shop/api")).headers().firstValue("Retry-After"))
                .hasValue(seconds);
    }

    @Test
    void keysThatDifferAreABadRequestForABrowserToo() {
        HttpResponse<String> answer = Web.send(
                web.keyed("/shop/api?license_key=" + StubTracker.OTHER_KEY).header("Accept", BROWSER));
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
    }

    @Test
    void headGetsTheHeadersAlone() throws Exception {
        String answer = web.raw("HEAD /shop/api HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 401").endsWith("\r\n\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"evil.example", "evil.example:80", "x@evil.example"})
    void noHostOfTheRequestReachesTheLocation(String host) throws Exception {
        refuseWith(ErrorCode.HOURS_EXHAUSTED, null);
        String answer = web.raw("GET /shop/api?next=//evil.example HTTP/1.1\r\nHost: " + host
                + "\r\nX-Forwarded-Host: evil.example\r\nForwarded: host=evil.example\r\nReferer: http://evil.example/\r\nAccept: text/html\r\n"
                + "X-License-Key: " + KEY + "\r\nConnection: close\r\n\r\n");
        assertThat(answer).doesNotContain("Location: http").doesNotContain("evil.example/");
    }

    @Test
    void absolutePaymentPageIsUsedAsItStands() throws Exception {
        try (Web absolute = Web.metered(Web.settings(Settings.PAYMENT_PAGE, "https://pay.example/buy"))
                .start()) {
            assertThat(Web.send(absolute.request("/x").header("Accept", BROWSER))
                            .headers()
                            .firstValue("Location"))
                    .hasValue("https://pay.example/buy");
            absolute.tracker.answer = (key, session) -> new Refused(ErrorCode.HOURS_EXHAUSTED, 0, null);
            assertThat(Web.send(absolute.keyed("/x")).body()).contains("\"top_up_url\":\"https://pay.example/buy\"");
        }
    }

    @Test
    void preflightIsFree() {
        HttpResponse<String> answer = Web.send(web.request("/shop/api")
                .method("OPTIONS", BodyPublishers.noBody())
                .header("Origin", "https://app.example")
                .header("Access-Control-Request-Method", "POST"));
        assertThat(answer.body()).isEqualTo("served");
        assertThat(web.tracker.keys).isEmpty();
        assertThat(answer.headers().firstValue("X-Session-ID")).isEmpty();
    }

    @Test
    void otherOptionsRequestsAreMetered() {
        assertThat(Web.send(web.request("/shop/api")
                                .method("OPTIONS", BodyPublishers.noBody())
                                .header("Origin", "https://app.example"))
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void refusedRequestDoesNotReachTheApplication() {
        assertThat(web.get("/shop/api").body()).doesNotContain("served");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 100_000, 300_000, 3_000_000})
    void aCustomerSeesTheRefusalOfAnUpload(int size) {
        refuseWith(ErrorCode.HOURS_EXHAUSTED, null);
        for (int i = 0; i < 5; i++) {
            HttpResponse<String> answer = Web.send(web.keyed("/shop/api")
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofByteArray(new byte[size])));
            assertThat(answer.statusCode()).isEqualTo(402);
            assertThat(answer.body()).contains("HOURS_EXHAUSTED");
        }
    }

    @Test
    void anUploadWithoutEndIsNotReadForLong() throws Exception {
        refuseWith(ErrorCode.HOURS_EXHAUSTED, null);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), web.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write(("POST /shop/api HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\nX-License-Key: " + KEY
                                    + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            byte[] answer = socket.getInputStream().readAllBytes();
            assertThat(new String(answer, StandardCharsets.ISO_8859_1)).startsWith("HTTP/1.1 402");
        }
    }

    @Test
    void theAnswerDoesNotWaitForTheUpload() throws Exception {
        refuseWith(ErrorCode.HOURS_EXHAUSTED, null);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), web.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write(("POST /shop/api HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nX-License-Key: " + KEY
                                    + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            byte[] start = socket.getInputStream().readNBytes(12);
            assertThat(new String(start, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 402");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 65_537, 300_000, 1_000_000})
    void aStrangerSeesTheRefusalOfAnUploadAndTheNextRequestIsServed(int size) {
        for (int i = 0; i < 5; i++) {
            HttpResponse<String> answer = Web.send(web.request("/shop/api")
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofByteArray(new byte[size])));
            assertThat(answer.statusCode()).isEqualTo(401);
            assertThat(Web.send(web.keyed("/shop/api")).statusCode()).isEqualTo(200);
        }
    }

    /** More than the server has threads. */
    private static final int SILENT = 60;

    private static void sendHeads(List<Socket> clients, int count, String head) throws Exception {
        for (int i = 0; i < count; i++) {
            Socket socket = new Socket(InetAddress.getLoopbackAddress(), web.port());
            clients.add(socket);
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        }
    }

    private static void closeAll(List<Socket> clients) throws Exception {
        for (Socket client : clients) {
            client.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/plain", "application/json", "application/x-www-form-urlencoded"})
    void bodiesThatDoNotComeKeepNoCustomerWaiting(String type) throws Exception {
        List<Socket> clients = new ArrayList<>();
        try {
            sendHeads(
                    clients,
                    SILENT,
                    "POST /shop/api HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nContent-Type: " + type + "\r\n\r\n");
            assertThat(Web.send(web.keyed("/shop/api")).statusCode()).isEqualTo(200);
        } finally {
            closeAll(clients);
        }
    }

    @Test
    void aBodyIsNotWaitedForWhenTooManyAre() throws Exception {
        String head =
                "POST /shop/api HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n";
        List<Socket> clients = new ArrayList<>();
        try {
            sendHeads(clients, BodyWaits.MOST / 2 + 1, head);
            // One of them is the one too many.
            String answer = answerOfAny(clients);
            assertThat(answer)
                    .startsWith("HTTP/1.1 503")
                    .contains("Retry-After: 1\r\n", "Connection: close\r\n", "\"code\":\"BUSY\"");
            String json = "{\"license_key\":\"" + KEY + "\"}";
            assertThat(web.raw(
                            "POST /shop/api HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
                                    + "Content-Length: " + json.length() + "\r\n\r\n" + json))
                    .as("of one that is there")
                    .startsWith("HTTP/1.1 200");
        } finally {
            closeAll(clients);
        }
    }

    private static String answerOfAny(List<Socket> clients) throws Exception {
        AtomicReference<Socket> answered = new AtomicReference<>();
        Web.await(() -> {
            for (Socket client : clients) {
                try {
                    if (client.getInputStream().available() > 0) {
                        answered.set(client);
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
            return answered.get() != null;
        });
        assertThat(answered.get()).as("nobody was turned away").isNotNull();
        answered.get().setSoTimeout(10_000);
        return new String(answered.get().getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
}
