package io.hourmeter.tests.containers;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.servlet.MeteringFilter;
import io.hourmeter.stripe.web.PaymentsServlet;
import io.hourmeter.tests.Probe;
import io.hourmeter.tests.ResourceHarness;
import io.hourmeter.tests.ResourceHarness.Resource;
import io.hourmeter.tests.SlowClient;
import io.hourmeter.tests.SlowClients;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRegistration;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Whatever bodies strangers leave unfinished at the payments servlet of a container that has few threads, customers and
 * health checks are served: each line of the printed table is one behaviour of some hundred clients. Stripe is away, and
 * nobody needs it here.
 */
class PaymentsBodiesTest {

    private static final int CLIENTS = 200;

    /** Many fewer than there are clients, so that one for each would be noticed. */
    private static final int THREADS = 32;

    /** Nothing listens there. */
    private static final String NO_STRIPE = "http://127.0.0.1:1";

    private static final String HEALTH = "/health";
    private static final String LENGTH = "Content-Length: 1000";
    private static final String FORM = "Content-Type: application/x-www-form-urlencoded";

    private final PaymentsServlet payments = new PaymentsServlet();
    private LicenseServerRig licenses;
    private Container.Running running;
    private ResourceHarness harness;
    private Resource threads;
    private Http http;

    @BeforeEach
    void start() throws Exception {
        ProtocolTest.assumeOffered(Feature.THREADS);
        licenses = new LicenseServerRig();
        LicenseServerRig.License license = licenses.license(LicenseServerRig.PLENTY);
        MeteringConfig config = licenses.config(Map.of(
                Settings.BILLING, "license",
                Settings.FILTER_EXCLUDE, HEALTH,
                Settings.PAYMENT_SIGNUP, "on",
                Settings.STRIPE_SECRET_KEY, "sk_test_51abc",
                Settings.STRIPE_WEBHOOK_SECRET, "whsec_test",
                Settings.STRIPE_API_BASE, NO_STRIPE));
        running = Container.current()
                .start(WebApplication.of(context -> register(context, config)).withThreads(THREADS));
        // Undertow starts filters and servlets with the first request.
        http = new Http(running.port(), license.key());
        http.send(http.keyed("/report"));
        http.send(http.request("/payments/packages"));
        String key = "X-License-Key: " + license.key();
        harness = new ResourceHarness(
                "payments",
                Container.current().title() + ", " + THREADS + " threads",
                running.port(),
                Probe.get("balance", running.port(), "/payments/balance", key),
                Probe.get("metered", running.port(), "/report", key),
                Probe.get("health", running.port(), HEALTH));
        threads = new Resource("threads", running::busyThreads, 3);
    }

    private void register(ServletContext context, MeteringConfig config) {
        context.setAttribute(MeteringFilter.CONFIG_ATTRIBUTE, config);
        FilterRegistration.Dynamic metering = context.addFilter("metering", new MeteringFilter());
        metering.setAsyncSupported(true);
        metering.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), true, "/*");
        ServletRegistration.Dynamic servlet = context.addServlet("payments", payments);
        servlet.setAsyncSupported(true);
        servlet.addMapping("/payments/*");
        for (String path : List.of("/report", HEALTH)) {
            context.addServlet(
                            path,
                            ((Handler) (request, response) ->
                                            response.getWriter().print(path))
                                    .servlet())
                    .addMapping(path);
        }
    }

    @AfterEach
    void stop() {
        if (running != null) {
            harness.print();
            running.close();
            licenses.close();
        }
    }

    private static String head(String method, String path, String... headers) {
        return SlowClient.head(method, "/payments" + path, headers);
    }

    /** Has the form of a signature of now, so that the body is waited for. */
    private static String signed() {
        return "Stripe-Signature: t=" + Instant.now().getEpochSecond() + ",v1=" + "0".repeat(64);
    }

    private static SlowClient silent(String name, String head) {
        return SlowClient.promisingABody(head).named(name + ", ");
    }

    private static SlowClient dripping(String name, String head) {
        return SlowClient.drippingABody(head, Duration.ofMillis(500)).named(name + ", ");
    }

    /** Nobody of them closes a connection. */
    @Test
    void bodiesWhoseTimeIsOverHoldNoThreadAndNoConnection() {
        List<SlowClient> waitedFor = List.of(
                silent("order", head("POST", "/create-checkout", LENGTH)),
                silent("sign-up", head("POST", "/licenses", "Transfer-Encoding: chunked")),
                dripping("webhook", head("POST", "/webhook", LENGTH, signed())));
        List<SlowClients> opened = new ArrayList<>();
        try {
            for (SlowClient each : waitedFor) {
                opened.add(SlowClients.open(running.port(), CLIENTS, each));
            }
            assertThat(Patience.await(() -> payments.stats().bodies() == waitedFor.size() * CLIENTS))
                    .isTrue();
            harness.run(threads, CLIENTS, silent("others in time, order", head("POST", "/create-checkout", LENGTH)))
                    .check();
            assertThat(Patience.await(() -> payments.stats().bodies() == 0)).isTrue();
            harness.run(threads, CLIENTS, silent("others given up, order", head("POST", "/create-checkout", LENGTH)))
                    .check();
            assertThat(opened).allMatch(clients -> Patience.await(() -> clients.held() == 0));
            assertThat(opened).allMatch(clients -> clients.answeredFirst(408) == CLIENTS);
        } finally {
            opened.forEach(SlowClients::close);
        }
    }

    @Test
    void answersThatNeedNoBodyDoNotWaitForIt() {
        List<SlowClient> behaviours = List.of(
                dripping("unsigned webhook", head("POST", "/webhook", LENGTH)),
                silent("foreign order", head("POST", "/create-checkout", "Origin: null", LENGTH)),
                silent("huge order", head("POST", "/create-checkout", "Content-Length: 100000000")),
                silent("balance", head("GET", "/balance", LENGTH)),
                silent("form for the balance", head("GET", "/balance", FORM, LENGTH)),
                silent("form for the page", head("POST", "", FORM, LENGTH)),
                SlowClient.sending(
                        "unsigned success page", head("GET", "/success?session_id=cs_test_" + "a".repeat(58))));
        behaviours.forEach(
                each -> harness.run(threads, CLIENTS, each.comingBack()).check());
    }

    /** The largest file of the page, more than any socket takes at once. */
    @Test
    void filesThatNobodyReadsHoldNoThreadAndOthersGetThemWhole() {
        String file = "/chart.js";
        byte[] first = file(file);
        assertThat(first.length).isGreaterThan(200_000);

        harness.run(
                        threads,
                        CLIENTS,
                        SlowClient.pipelining(head("GET", file))
                                .readingNothing()
                                .named("chart library "))
                .check();

        assertThat(file(file)).isEqualTo(first);
    }

    private byte[] file(String path) {
        HttpResponse<byte[]> answer =
                http.send(http.request("/payments" + path), HttpResponse.BodyHandlers.ofByteArray());
        assertThat(answer.statusCode()).isEqualTo(200);
        return answer.body();
    }
}
