package io.hourmeter.examples.springboot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sockets and jobs of the example, in real time: what is billed is what they lasted, and they end with the hours. */
@Tag("full")
class SocketsAndJobsTest {

    private static final Duration HOUR = Duration.ofHours(1);

    /** The time of a use begins before its caller sees it, and is kept in whole milliseconds. */
    private static final Duration ROUNDING = Duration.ofMillis(10);

    /** A tracker promises a second for telling that the time is up; the rest is for a machine with other things to do. */
    private static final Duration TOLD_WITHIN = Duration.ofSeconds(5);

    @TempDir
    static Path folder;

    private static Rig rig;

    @BeforeAll
    static void start() {
        rig = new Rig(folder, List.of(), "usage.idle.timeout=1s");
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    /** What a client sees of a socket. */
    private static final class Client implements WebSocket.Listener {
        final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
        final CompletableFuture<String> closed = new CompletableFuture<>();

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            messages.add(data.toString());
            socket.request(1);
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
            closed.complete(status + " " + reason);
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public void onError(WebSocket socket, Throwable failure) {
            closed.completeExceptionally(failure);
        }

        String echo(WebSocket socket, String text) throws InterruptedException {
            socket.sendText(text, true).join();
            return String.valueOf(messages.poll(20, TimeUnit.SECONDS));
        }
    }

    private static WebSocket open(String key, String path, Client client) {
        return rig.http
                .newWebSocketBuilder()
                .header("X-License-Key", key)
                .buildAsync(rig.uri("ws", path), client)
                .join();
    }

    private static Duration since(long begin) {
        return Duration.ofNanos(System.nanoTime() - begin);
    }

    /** What a license is charged when all its use has ended and was reported. */
    private static Duration charged(String key) {
        Rig.await("nothing runs", () -> rig.tracker().stats().requestsInFlight() == 0);
        rig.tracker().sessions().forEach(session -> rig.tracker().endSession(session.id()));
        Rig.await("all is reported", () -> rig.tracker().stats().unacknowledgedReports() == 0);
        return rig.used(key);
    }

    @Test
    void anOpenSocketIsBilledFromItsOpeningToItsCloseWithoutAnyMessage() throws Exception {
        String key = rig.license(HOUR);
        Client client = new Client();
        long before = System.nanoTime();
        WebSocket socket = open(key, "/api/socket", client);
        assertThat(client.echo(socket, "hello")).matches("(1\\.0|0\\.99)\\d+ hello");
        long opened = System.nanoTime();
        // Twice the idle timeout.
        Rig.pause(Duration.ofSeconds(2));
        Duration atLeast = since(opened);
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
        assertThat(client.closed.get(20, TimeUnit.SECONDS)).startsWith("1000");
        Rig.await("the socket is released", () -> rig.tracker().stats().requestsInFlight() == 0);
        Duration atMost = since(before);
        assertThat(charged(key)).isBetween(atLeast.minus(ROUNDING), atMost.plus(ROUNDING));
    }

    @Test
    void anOpenSocketIsClosedWith1008WhenTheHoursRunOutAndBilledToTheMillisecond() throws Exception {
        Duration balance = Duration.ofMillis(2_500);
        String key = rig.license(balance);
        Client client = new Client();
        long before = System.nanoTime();
        open(key, "/api/socket", client);
        long opened = System.nanoTime();
        assertThat(client.closed.get(30, TimeUnit.SECONDS)).isEqualTo("1008 HOURS_EXHAUSTED");
        assertThat(since(before)).isGreaterThanOrEqualTo(balance);
        assertThat(since(opened)).isLessThan(balance.plus(TOLD_WITHIN));
        assertThat(charged(key)).isEqualTo(balance);
    }

    @Test
    void hoursThatAreBoughtKeepASocketOpen() throws Exception {
        String key = rig.license(Duration.ofMillis(1_500));
        Client client = new Client();
        WebSocket socket = open(key, "/api/socket", client);
        rig.buy(key, Duration.ofSeconds(60));
        Rig.pause(Duration.ofMillis(2_500));
        assertThat(client.echo(socket, "still here")).endsWith("still here");
        assertThat(client.closed).isNotDone();
        socket.abort();
        assertThat(charged(key)).isBetween(Duration.ofMillis(2_500), Duration.ofSeconds(50));
    }

    @Test
    void aHandshakeWithoutHoursIsRefusedAsAnyRequest() {
        String key = rig.license(Duration.ZERO);
        assertThatThrownBy(() -> open(key, "/api/socket", new Client()))
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        WebSocketHandshakeException.class,
                        failure ->
                                assertThat(failure.getResponse().statusCode()).isEqualTo(402));
    }

    @Test
    void aSocketThatIsMeteredByItsMessagesCostsNothingInSilence() throws Exception {
        String key = rig.license(HOUR);
        Client client = new Client();
        WebSocket socket = open(key, "/api/chat", client);
        client.echo(socket, "one");
        // Three times the idle timeout.
        Rig.pause(Duration.ofSeconds(3));
        client.echo(socket, "two");
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
        assertThat(charged(key)).isLessThan(Duration.ofSeconds(1));
    }

    @Test
    void aSocketThatIsMeteredByItsMessagesIsClosedByTheFirstThatIsRefused() throws Exception {
        String key = rig.license(Duration.ofMillis(1_500));
        Client client = new Client();
        WebSocket socket = open(key, "/api/chat", client);
        for (int i = 0; !client.closed.isDone() && i < 300; i++) {
            socket.sendText("again", true).join();
            Rig.pause(Duration.ofMillis(100));
        }
        assertThat(client.closed.get(1, TimeUnit.SECONDS)).isEqualTo("1008 HOURS_EXHAUSTED");
        assertThat(charged(key)).isEqualTo(Duration.ofMillis(1_500));
    }

    @Test
    void aJobIsBilledWhileItRunsAfterItsRequestHasEnded() {
        String key = rig.license(HOUR);
        long before = System.nanoTime();
        String job = start(key, 20);
        Rig.await("the job is done", () -> progress(job).contains("\"state\":\"DONE\""));
        Rig.await("the job is released", () -> rig.tracker().stats().requestsInFlight() == 0);
        Duration atMost = since(before);
        assertThat(charged(key)).isBetween(Duration.ofMillis(20 * 100), atMost.plus(ROUNDING));
    }

    @Test
    void aJobStopsWhenTheHoursRunOut() {
        String key = rig.license(Duration.ofMillis(1_500));
        String job = start(key, 10_000);
        Rig.await("the job has stopped", () -> progress(job).contains("\"state\":\"STOPPED\""));
        assertThat(charged(key)).isEqualTo(Duration.ofMillis(1_500));
    }

    private static String start(String key, int steps) {
        HttpResponse<String> answer = rig.send(rig.request("/api/jobs?steps=" + steps)
                .header("X-License-Key", key)
                .POST(BodyPublishers.noBody()));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        Matcher id = Pattern.compile("[0-9a-f]{8}-[0-9a-f-]{27}").matcher(answer.body());
        assertThat(id.find()).isTrue();
        return id.group();
    }

    private static String progress(String job) {
        return rig.get("/jobs/" + job).body();
    }
}
