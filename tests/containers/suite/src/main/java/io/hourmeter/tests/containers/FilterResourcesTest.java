package io.hourmeter.tests.containers;

import io.hourmeter.config.Settings;
import io.hourmeter.tests.Probe;
import io.hourmeter.tests.ResourceHarness;
import io.hourmeter.tests.ResourceHarness.Resource;
import io.hourmeter.tests.SlowClient;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever strangers hold of a container that has few threads, customers and health checks are served: each line of the
 * printed table is one behaviour of a few hundred clients without a key.
 */
class FilterResourcesTest {

    private static final int CLIENTS = 300;

    /** Many fewer than there are clients, and four times as many as wait for bodies on two processors. */
    private static final int THREADS = 32;

    /** As fast as the container takes it, until it stops to: as many as the processor has time for. */
    private static final int PIPELINING = 16;

    private static final String JSON = "Content-Type: application/json";
    private static final String FORM = "Content-Type: application/x-www-form-urlencoded";

    private LicenseServerRig licenses;
    private Container.Running running;
    private ResourceHarness harness;
    private Resource threads;

    @BeforeEach
    void start() throws Exception {
        ProtocolTest.assumeOffered(Feature.THREADS);
        licenses = new LicenseServerRig();
        LicenseServerRig.License license = licenses.license(LicenseServerRig.PLENTY);
        Site site = Pages.addTo(new Site(licenses.config(Map.of(Settings.BILLING, "license"))));
        running = Container.current().start(site.application().withThreads(THREADS));
        // Undertow starts a filter with the first request.
        new Http(running.port(), license.key()).metered("/plain");
        String json = "{\"license_key\":\"" + license.key() + "\"}";
        harness = new ResourceHarness(
                "filter",
                Container.current().title() + ", " + THREADS + " threads",
                running.port(),
                Probe.get("customer", running.port(), Site.METERED + "/plain", "X-License-Key: " + license.key()),
                Probe.http(
                        "key in JSON",
                        running.port(),
                        head("/body", JSON, "Content-Length: " + json.length(), "Connection: close") + json,
                        200),
                Probe.get("health", running.port(), Site.FREE + "/plain"));
        threads = new Resource("threads", running::busyThreads, 3);
    }

    @AfterEach
    void stop() {
        if (running != null) {
            harness.print();
            running.close();
            licenses.close();
        }
    }

    private static String head(String path, String... headers) {
        return SlowClient.head("POST", Site.METERED + path, headers);
    }

    @Test
    void refusalsDoNotWaitForABody() {
        String few = head("/body", "Content-Length: 10");
        String many = head("/body", "Content-Length: 100000000");
        String chunked = head("/body", "Transfer-Encoding: chunked");
        harness.run(
                        threads,
                        CLIENTS,
                        SlowClient.promisingABody(few).comingBack().named("10 bytes, "))
                .check();
        harness.run(
                        threads,
                        CLIENTS,
                        SlowClient.drippingABody(many, Duration.ofMillis(500)).named("100 MB, "))
                .check();
        harness.run(threads, CLIENTS, SlowClient.promisingABody(chunked).named("chunked, "))
                .check();
    }

    @ParameterizedTest
    @ValueSource(strings = {JSON, FORM})
    void bodiesThatMayHoldAKeyHoldFewThreads(String type) {
        String name = type.equals(JSON) ? "JSON, " : "form, ";
        String head = head("/body", type, "Content-Length: 1000");
        harness.run(
                        threads,
                        CLIENTS,
                        SlowClient.promisingABody(head).comingBack().named(name))
                .check();
        harness.run(
                        threads,
                        CLIENTS,
                        SlowClient.drippingABody(head, Duration.ofMillis(500))
                                .comingBack()
                                .named(name))
                .check();
    }

    @Test
    void refusalsThatNobodyReadsHoldNoThread() {
        String get = SlowClient.head("GET", Site.METERED + "/plain");
        harness.run(
                        threads,
                        CLIENTS,
                        SlowClient.repeating("five refusals every second", Duration.ofSeconds(1), i -> get.repeat(5)))
                .check();
        harness.run(
                        threads,
                        PIPELINING,
                        SlowClient.pipelining(get).readingNothing().named("refused, "))
                .check();
    }
}
