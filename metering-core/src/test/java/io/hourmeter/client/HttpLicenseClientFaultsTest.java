package io.hourmeter.client;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.stubbing.Scenario;
import io.hourmeter.Customer;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.NewLicense;
import io.hourmeter.UsageAnswers.State;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What the client does when the server or the network misbehaves. */
class HttpLicenseClientFaultsTest extends MockServerTest {

    private static final String HOURS = "/api/licenses/lic_0123456789ab/hours";
    private static final String USAGE = "/api/licenses/lic_0123456789ab/usage";
    private static final String DEDUCTED = "{\"success\":true,\"hours_deducted\":1," + BALANCE + "}";

    private static List<ResponseDefinitionBuilder> uselessAnswers() {
        return List.of(
                aResponse().withStatus(200),
                aResponse().withStatus(204),
                ok(""),
                ok("null"),
                ok("[]"),
                ok("{\"hours_remaining\":"),
                ok("{\"success\":true}"),
                ok("{\"hours_remaining\":\"7\"}"),
                ok("{\"hours_remaining\":1e300}"),
                ok("<html>hello</html>"),
                ok("{" + BALANCE + ",\"padding\":\"" + "x".repeat(Transport.MAX_BODY) + "\"}"),
                aResponse().withStatus(302).withHeader("Location", server.baseUrl() + "/elsewhere"),
                aResponse().withStatus(307).withHeader("Location", server.baseUrl() + "/elsewhere"),
                aResponse().withStatus(404).withBody("no such page"),
                aResponse().withStatus(407),
                aResponse().withStatus(429),
                aResponse().withStatus(500),
                aResponse().withStatus(502),
                problem(503, "BUSY"));
    }

    /** All at once, since each takes its time for further tries; each has a license of its own. */
    @Test
    void anAnswerThatIsNoneMeansUnavailable() throws Exception {
        List<ResponseDefinitionBuilder> answers = uselessAnswers();
        List<String> paths = IntStream.range(0, answers.size())
                .mapToObj(i -> "/api/licenses/" + license(i).value() + "/hours")
                .toList();
        for (int i = 0; i < answers.size(); i++) {
            server.stubFor(get(paths.get(i)).willReturn(answers.get(i)));
        }
        AtomicInteger next = new AtomicInteger();

        atOnce(answers.size(), () -> {
            int i = next.getAndIncrement();
            return assertThatThrownBy(() -> client.hoursRemaining(license(i)))
                    .as("answer %d", i)
                    .isInstanceOf(LicenseServerUnavailableException.class)
                    .hasMessageContaining("GET " + server.baseUrl() + "/api/licenses/{license}/hours");
        });

        for (String path : paths) {
            assertThat(requests())
                    .filteredOn(request -> request.getUrl().equals(path))
                    .hasSizeBetween(1, 3);
        }
        assertThat(requests()).allMatch(request -> paths.contains(request.getUrl()));
    }

    private static LicenseId license(int number) {
        return new LicenseId("lic_%012x".formatted(number));
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void aBrokenConnectionMeansUnavailable(Fault fault) {
        server.stubFor(get(HOURS).willReturn(aResponse().withFault(fault)));

        assertThatThrownBy(() -> client.hoursRemaining(ID)).isInstanceOf(LicenseServerUnavailableException.class);
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void aReadIsRepeatedAfterABrokenConnection(Fault fault) {
        failOnceThen(HOURS, aResponse().withFault(fault));
        server.stubFor(
                get(HOURS).inScenario("once").whenScenarioStateIs("failed").willReturn(ok("{" + BALANCE + "}")));

        assertThat(client.hoursRemaining(ID).heldMillis()).isEqualTo(900_000);
    }

    @ParameterizedTest
    @MethodSource("passingFailures")
    void aChangeIsRepeatedUnderTheSameIdempotencyKey(ResponseDefinitionBuilder failure) {
        server.stubFor(post(USAGE).inScenario("once").willReturn(failure).willSetStateTo("failed"));
        server.stubFor(
                post(USAGE).inScenario("once").whenScenarioStateIs("failed").willReturn(ok(DEDUCTED)));

        assertThat(client.deductHours(ID, Duration.ofHours(1), null).deductedMillis())
                .isEqualTo(3_600_000);
        assertThat(requests()).hasSize(2);
        assertThat(idempotencyKeys()).hasSize(1);
    }

    static Stream<ResponseDefinitionBuilder> passingFailures() {
        return Stream.of(
                aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER),
                aResponse().withFault(Fault.EMPTY_RESPONSE),
                aResponse().withStatus(500),
                aResponse().withStatus(504),
                problem(503, "BUSY").withHeader("Retry-After", "0"),
                ok("garbage"));
    }

    private Set<String> idempotencyKeys() {
        return requests().stream()
                .map(request -> request.getHeader("Idempotency-Key"))
                .collect(Collectors.toSet());
    }

    private static void failOnceThen(String url, ResponseDefinitionBuilder failure) {
        server.stubFor(get(url).inScenario("once")
                .whenScenarioStateIs(Scenario.STARTED)
                .willReturn(failure)
                .willSetStateTo("failed"));
    }

    @Test
    void creationIsRepeatedUnderItsIdempotencyKey() {
        server.stubFor(post("/api/licenses").willReturn(aResponse().withStatus(500)));

        assertThatThrownBy(() -> client.create(NewLicense.of(new Customer("a@b", "", ""), Duration.ZERO), "order-1"))
                .isInstanceOf(LicenseServerUnavailableException.class);
        assertThat(requests())
                .filteredOn(request -> request.getUrl().equals("/api/licenses"))
                .hasSize(3);
    }

    @Test
    void retryAfterIsHonouredWhenItFits() {
        server.stubFor(get(HOURS)
                .inScenario("once")
                .whenScenarioStateIs(Scenario.STARTED)
                .willReturn(problem(503, "BUSY").withHeader("Retry-After", "1"))
                .willSetStateTo("failed"));
        server.stubFor(
                get(HOURS).inScenario("once").whenScenarioStateIs("failed").willReturn(ok("{" + BALANCE + "}")));
        long start = System.nanoTime();

        client.hoursRemaining(ID);

        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(TimeUnit.SECONDS.toNanos(1));
    }

    @Test
    void aRetryAfterBeyondTheTimeoutIsNotWaitedFor() {
        server.stubFor(get(HOURS).willReturn(problem(503, "BUSY").withHeader("Retry-After", "60")));
        long start = System.nanoTime();

        assertThatThrownBy(() -> client.hoursRemaining(ID)).isInstanceOf(LicenseServerUnavailableException.class);

        assertThat(requests()).hasSize(1);
        assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(8));
    }

    @Test
    void theTimeoutCountsFromConnectToLastByte() {
        server.stubFor(get(HOURS)
                .willReturn(ok("{" + BALANCE + "}").withChunkedDribbleDelay(100, (int) TimeUnit.SECONDS.toMillis(20))));
        assertTimesOut();
    }

    @Test
    void aServerThatSaysNothingIsGivenUpAfterTheTimeout() {
        server.stubFor(get(HOURS).willReturn(ok("{" + BALANCE + "}").withFixedDelay(20_000)));
        assertTimesOut();
    }

    private void assertTimesOut() {
        long start = System.nanoTime();
        try (HttpLicenseClient hurried = client(TOKEN, Duration.ofMillis(400))) {
            assertThatThrownBy(() -> hurried.hoursRemaining(ID))
                    .isInstanceOf(LicenseServerUnavailableException.class)
                    .hasMessageContaining("no answer within 400 ms");
        }
        assertThat(System.nanoTime() - start)
                .isBetween(TimeUnit.MILLISECONDS.toNanos(400), TimeUnit.SECONDS.toNanos(5));
    }

    @Test
    void aSilentNameServiceIsGivenUpAfterTheTimeoutAndAskedOnce() throws Exception {
        CountDownLatch silent = new CountDownLatch(1);
        AtomicInteger asked = new AtomicInteger();
        String url = "http://licenses.example:" + server.port();
        server.stubFor(get(HOURS).willReturn(ok("{" + BALANCE + "}")));
        try (HttpLicenseClient hurried = HttpLicenseClient.builder(url)
                .timeout(Duration.ofMillis(300))
                .names(name -> {
                    asked.incrementAndGet();
                    awaitUninterruptibly(silent);
                    return List.of(InetAddress.getLoopbackAddress());
                })
                .build()) {
            long start = System.nanoTime();
            atOnce(
                    8,
                    () -> assertThatThrownBy(() -> hurried.hoursRemaining(license(asked.get())))
                            .isInstanceOf(LicenseServerUnavailableException.class)
                            .hasMessageContaining("no answer within 300 ms"));
            assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(8));
            assertThat(asked).hasValue(1);

            silent.countDown();
            assertThat(hurried.hoursRemaining(ID).remainingMillis()).isEqualTo(27_000_000);
        } finally {
            silent.countDown();
        }
    }

    /** As the system's look-up waits. */
    private static void awaitUninterruptibly(CountDownLatch latch) {
        boolean interrupted = false;
        while (true) {
            try {
                latch.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aNameThatNobodyHasMeansUnavailable() {
        try (HttpLicenseClient lost = HttpLicenseClient.builder("http://licenses.example")
                .names(name -> {
                    throw new UnknownHostException(name);
                })
                .build()) {
            assertThatThrownBy(() -> lost.hoursRemaining(ID))
                    .isInstanceOf(LicenseServerUnavailableException.class)
                    .hasMessageContaining("licenses.example");
        }
    }

    @Test
    void theProxyOfTheMachineIsUsed() {
        ProxySelector before = ProxySelector.getDefault();
        ProxySelector.setDefault(ProxySelector.of(new InetSocketAddress("127.0.0.1", server.port())));
        server.stubFor(get(HOURS).willReturn(ok("{" + BALANCE + "}")));
        try (HttpLicenseClient behind =
                HttpLicenseClient.builder("http://licenses.example").build()) {
            assertThat(behind.hoursRemaining(ID).remainingMillis()).isEqualTo(27_000_000);
            assertThat(requests()).allMatch(request -> request.getHost().equals("licenses.example"));
        } finally {
            ProxySelector.setDefault(before);
        }
    }

    @Test
    void nobodyListeningMeansUnavailableSoon() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        try (HttpLicenseClient lost =
                HttpLicenseClient.builder("http://127.0.0.1:" + port).build()) {
            assertThatThrownBy(() -> lost.sync(batch(open("a"))))
                    .isInstanceOf(LicenseServerUnavailableException.class)
                    .hasMessageContaining("POST http://127.0.0.1:" + port + "/api/usage");
        }
    }

    @Test
    void anInterruptedThreadGetsNoAnswerAndStaysInterrupted() {
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> client.hoursRemaining(ID)).isInstanceOf(LicenseServerUnavailableException.class);
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void readsOfOneLicenseAtOnceShareOneCall() throws Exception {
        server.stubFor(get(HOURS).willReturn(ok("{" + BALANCE + "}").withFixedDelay(500)));

        assertThat(atOnce(8, () -> client.hoursRemaining(ID).remainingMillis())).containsOnly(27_000_000L);
        assertThat(requests()).hasSizeLessThan(8);
    }

    @Test
    void aSharedFailureReachesAllWhoWait() throws Exception {
        server.stubFor(get(HOURS).willReturn(aResponse().withStatus(500).withFixedDelay(200)));

        assertThat(atOnce(4, () -> {
                    try {
                        client.hoursRemaining(ID);
                        return false;
                    } catch (LicenseServerUnavailableException e) {
                        return true;
                    }
                }))
                .containsOnly(true);
    }

    @Test
    void aReadAfterAChangeDoesNotShareOneThatBeganBefore() throws Exception {
        server.stubFor(get(HOURS)
                .inScenario("slow")
                .whenScenarioStateIs(Scenario.STARTED)
                .willReturn(ok("{\"hours_remaining\":1}").withFixedDelay(1_500))
                .willSetStateTo("fast"));
        server.stubFor(
                get(HOURS).inScenario("slow").whenScenarioStateIs("fast").willReturn(ok("{\"hours_remaining\":2}")));
        server.stubFor(post(USAGE).willReturn(ok(DEDUCTED)));
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try {
            Future<Long> before =
                    executor.submit(() -> client.hoursRemaining(ID).remainingMillis());
            awaitRequests(1);
            client.deductHours(ID, Duration.ofHours(1), null);

            assertThat(client.hoursRemaining(ID).remainingMillis()).isEqualTo(7_200_000);
            assertThat(before.get()).isEqualTo(3_600_000);
        } finally {
            executor.shutdownNow();
        }
    }

    @Test
    void manyThreadsUseOneClient() throws Exception {
        stubLookup();
        server.stubFor(get(HOURS).willReturn(ok("{" + BALANCE + "}")));
        server.stubFor(post(USAGE).willReturn(ok(DEDUCTED)));

        List<Boolean> right = atOnce(16, () -> {
            for (int i = 0; i < 20; i++) {
                client.deductHours(KEY, Duration.ofHours(1), null);
                if (client.hoursRemaining(ID).remainingMillis() != 27_000_000) {
                    return false;
                }
            }
            return true;
        });

        assertThat(right).containsOnly(true);
        assertThat(requests())
                .filteredOn(request -> request.getUrl().equals(USAGE))
                .hasSize(320);
        assertThat(idempotencyKeys()).hasSizeGreaterThanOrEqualTo(320);
    }

    @Test
    void closeEndsCallsThatWaitAndAllThreads() throws Exception {
        server.stubFor(get(HOURS).willReturn(ok("{" + BALANCE + "}").withFixedDelay(30_000)));
        server.stubFor(post("/api/usage").willReturn(ok("{\"items\":[]}")));
        Set<Thread> before = clientThreads();
        HttpLicenseClient own = client(TOKEN, Duration.ofSeconds(60));
        own.sync(batch());
        assertThat(clientThreads()).as("its threads").anyMatch(thread -> !before.contains(thread));
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try {
            Future<?> waiting = executor.submit(() -> own.hoursRemaining(ID));
            awaitRequests(2);
            own.close();
            own.close();

            assertThatThrownBy(() -> waiting.get(10, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(LicenseServerUnavailableException.class);
        } finally {
            executor.shutdownNow();
        }
        for (Thread thread : clientThreads()) {
            if (!before.contains(thread)) {
                thread.join(5_000);
            }
        }
        assertThat(clientThreads()).isSubsetOf(before);
        assertThatThrownBy(() -> own.sync(batch()))
                .isInstanceOf(LicenseServerUnavailableException.class)
                .hasMessageContaining("closed");
    }

    private static Set<Thread> clientThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("hourmeter-client")
                        || thread.getName().startsWith("OkHttp")
                        || thread.getName().startsWith("Okio"))
                .collect(Collectors.toSet());
    }

    @Test
    void aUsageMessageIsRepeatedAsItIsButForItsAge() {
        server.stubFor(post("/api/usage")
                .inScenario("once")
                .whenScenarioStateIs(Scenario.STARTED)
                .willReturn(aResponse().withFault(Fault.EMPTY_RESPONSE))
                .willSetStateTo("failed"));
        server.stubFor(post("/api/usage")
                .inScenario("once")
                .whenScenarioStateIs("failed")
                .willReturn(ok("{\"items\":[{\"lease\":\"a\",\"state\":\"OK\",\"authorized_ms\":900000}]}")));

        assertThat(client.sync(batch(open("a"))).items().get(0).state()).isEqualTo(State.OK);
        assertThat(requests()).hasSize(2);
        assertThat(requests().stream()
                        .map(request -> request.getBodyAsString().replaceFirst("\"age_ms\":\\d+", ""))
                        .distinct())
                .hasSize(1);
    }

    private void awaitRequests(int count) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (requests().size() < count && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        assertThat(requests()).hasSizeGreaterThanOrEqualTo(count);
    }

    private static <T> List<T> atOnce(int threads, Callable<T> call) throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            CountDownLatch ready = new CountDownLatch(threads);
            List<Future<T>> futures = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                futures.add(executor.submit(() -> {
                    ready.countDown();
                    ready.await();
                    return call.call();
                }));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> future : futures) {
                results.add(future.get(60, TimeUnit.SECONDS));
            }
            return results;
        } finally {
            executor.shutdownNow();
        }
    }
}
