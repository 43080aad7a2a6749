package io.hourmeter.tests.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.extension.ExtendWith;

/** What HTTP has besides requests and answers. */
@ExtendWith(RigResolver.class)
class ProtocolTest {

    private static final int STREAMS = 40;

    /** More than after which a container closes a connection unless told otherwise. */
    private static final int KEPT_ALIVE = 120;

    private static final String CONTINUE = "HTTP/1.1 100";

    private final Rig rig;

    ProtocolTest(Rig rig) {
        this.rig = rig;
    }

    @Test
    void preflightIsFree() {
        for (String prefix : List.of(Site.METERED, Site.FREE)) {
            HttpResponse<String> answer = rig.http.send(rig.http
                    .request(prefix + "/plain")
                    .header("Origin", "https://app.example.com")
                    .header("Access-Control-Request-Method", "GET")
                    .method("OPTIONS", HttpRequest.BodyPublishers.noBody()));
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("plain");
        }
        rig.assertServed(0);
    }

    @Test
    void requestsOfOneConnectionCountEach() throws Exception {
        try (Wire wire = rig.http.wire()) {
            for (int i = 0; i < KEPT_ALIVE; i++) {
                // Whose answer has a length, and no body to read.
                wire.head("HEAD", Site.METERED + "/plain");
                assertThat(wire.readHead())
                        .startsWith("HTTP/1.1 200")
                        .containsIgnoringCase("X-Session-ID")
                        .doesNotContainIgnoringCase("Connection: close");
            }
        }
        rig.assertServed(KEPT_ALIVE);
    }

    @Test
    void expectContinueWithTheKeyInTheHeader() throws Exception {
        byte[] body = "x".repeat(70_000).getBytes(StandardCharsets.US_ASCII);
        try (Wire wire = rig.http.wire().head("POST", Site.METERED + "/body", posting(body.length))) {
            assertThat(wire.readHead()).startsWith(CONTINUE);
            wire.bytes(body);
            assertThat(wire.readHead()).startsWith("HTTP/1.1 200");
            assertThat(wire.readAll()).contains(body.length + " " + Digest.sha256(body));
        }
        rig.assertServed(1);
    }

    @Test
    void expectContinueWithTheKeyInTheBody() throws Exception {
        byte[] body = ("{\"license_key\":\"" + rig.license.key() + "\"}").getBytes(StandardCharsets.US_ASCII);
        try (Wire wire = rig.http.stranger().head("POST", Site.METERED + "/body", posting(body.length))) {
            assertThat(wire.readHead()).startsWith(CONTINUE);
            wire.bytes(body);
            assertThat(wire.readHead()).startsWith("HTTP/1.1 200");
            assertThat(wire.readAll()).contains(body.length + " " + Digest.sha256(body));
        }
        rig.assertServed(1);
    }

    /** The client learns that it need not send; what the container says before the refusal is its own affair. */
    @Test
    void expectContinueThatIsRefused(TestReporter reporter) throws Exception {
        try (Wire wire = rig.http
                .stranger()
                .head(
                        "POST",
                        Site.METERED + "/plain",
                        "Content-Type: text/plain",
                        "Content-Length: 5000000",
                        "Expect: 100-continue",
                        "Connection: close")) {
            String first = wire.readHead();
            boolean asked = first.startsWith(CONTINUE);
            String head = asked ? wire.readHead() : first;
            assertThat(head).startsWith("HTTP/1.1 401");
            assertThat(wire.readAll()).contains("LICENSE_REQUIRED");
            reporter.publishEntry(MatrixListener.MEASURED, asked ? "100 before the 401" : "401 at once");
        }
        rig.assertServed(0);
    }

    private static String[] posting(int length) {
        return new String[] {
            "Content-Type: application/json", "Content-Length: " + length, "Expect: 100-continue", "Connection: close"
        };
    }

    @Test
    void http2StreamsOfOneConnectionCountEach() throws Exception {
        assumeOffered(Feature.HTTP2);
        OkHttpClient client = new OkHttpClient.Builder()
                .protocols(List.of(Protocol.H2_PRIOR_KNOWLEDGE))
                .callTimeout(Patience.LIMIT)
                .build();
        try {
            List<CompletableFuture<Response>> answers = new ArrayList<>();
            for (int i = 0; i < STREAMS; i++) {
                answers.add(send(client, i % 2 == 0 ? "/plain" : "/async/dispatch-elsewhere"));
            }
            for (CompletableFuture<Response> answer : answers) {
                try (Response received = answer.get(Patience.LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                    assertThat(received.protocol()).isEqualTo(Protocol.H2_PRIOR_KNOWLEDGE);
                    assertThat(received.code()).isEqualTo(200);
                    assertThat(received.header("X-Session-ID")).isNotEmpty();
                    assertThat(received.body().string()).isEqualTo("plain");
                }
            }
            rig.assertServed(STREAMS);
        } finally {
            close(client);
        }
    }

    @Test
    void http2BodyIsWhole() throws Exception {
        assumeOffered(Feature.HTTP2);
        OkHttpClient client = new OkHttpClient.Builder()
                .protocols(List.of(Protocol.H2_PRIOR_KNOWLEDGE))
                .callTimeout(Patience.LIMIT)
                .build();
        try {
            byte[] body = ("{\"license_key\":\"" + rig.license.key() + "\",\"rest\":\"" + "x".repeat(60_000) + "\"}")
                    .getBytes(StandardCharsets.US_ASCII);
            for (String page : List.of("/body", "/body/async")) {
                Request request = new Request.Builder()
                        .url("http://127.0.0.1:" + rig.port() + Site.METERED + page)
                        .post(RequestBody.create(body, MediaType.get("application/json")))
                        .build();
                try (Response answer = client.newCall(request).execute()) {
                    assertThat(answer.body().string()).isEqualTo(body.length + " " + Digest.sha256(body));
                }
            }
            rig.assertServed(2);
        } finally {
            close(client);
        }
    }

    private CompletableFuture<Response> send(OkHttpClient client, String path) {
        CompletableFuture<Response> answer = new CompletableFuture<>();
        client.newCall(new Request.Builder()
                        .url("http://127.0.0.1:" + rig.port() + Site.METERED + path)
                        .header("X-License-Key", rig.license.key())
                        .build())
                .enqueue(new Callback() {
                    @Override
                    public void onFailure(Call call, IOException e) {
                        answer.completeExceptionally(e);
                    }

                    @Override
                    public void onResponse(Call call, Response response) {
                        answer.complete(response);
                    }
                });
        return answer;
    }

    private static void close(OkHttpClient client) {
        client.dispatcher().executorService().shutdown();
        client.connectionPool().evictAll();
    }

    @Test
    void upgradePassesAndCountsAsOneShortRequest() throws Exception {
        assumeOffered(Feature.UPGRADE);
        try (Wire wire = rig.http
                .wire()
                .head(
                        "GET",
                        Site.METERED + "/upgrade",
                        "Upgrade: websocket",
                        "Connection: Upgrade",
                        "Sec-WebSocket-Version: 13",
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")) {
            assertThat(wire.readHead())
                    .startsWith("HTTP/1.1 101")
                    .containsIgnoringCase("Upgrade: websocket")
                    .contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
                    .containsIgnoringCase("X-Session-ID");
            // The socket is open, and the request is over.
            rig.assertServed(1);
            byte[] frame = {(byte) 0x82, (byte) 0x83, 0, 0, 0, 0, 1, 2, 3};
            wire.bytes(frame);
            assertThat(wire.read(frame.length)).isEqualTo(frame);
        }
    }

    static void assumeOffered(Feature feature) {
        Optional<String> reason = Container.current().lacks(feature);
        assumeTrue(reason.isEmpty(), reason.orElse(""));
    }
}
