package io.hourmeter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseId;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.MeteringConfigBuilder;
import io.hourmeter.config.Settings;
import io.hourmeter.server.EmbeddedLicenseClient;
import io.hourmeter.server.LicenseServer;
import io.hourmeter.servlet.MeteringFilter;
import io.hourmeter.stripe.web.PaymentsServlet;
import io.hourmeter.test.stripe.StripeStandIn;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.eclipse.jetty.ee11.servlet.FilterHolder;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An application whose customers log in and never see a key: its licenses go by their ids, end to end. */
class LogInEndToEndTest {

    /** Where the license server is. */
    enum Where {
        /** Behind HTTP, with tokens: the application may report use, its payments may credit. */
        SERVER,
        /** In the application's own process. */
        EMBEDDED
    }

    private static final String USAGE_TOKEN = "token-of-the-application";
    private static final String CREDIT_TOKEN = "token-of-the-payments";
    private static final String USER = "user";

    /** How long each request runs: what is billed is real time. */
    private static final Duration WORK = Duration.ofMillis(300);

    private static final int MANY_TRIES = 200;

    private final Accounts accounts = new Accounts();
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    @TempDir
    Path folder;

    private Rig rig;
    private StripeStandIn stripe;
    private LicenseClient seller;
    private int port;

    @BeforeEach
    void rig() throws IOException {
        rig = new Rig(folder);
        opened.push(rig);
        stripe = StripeStandIn.start();
        opened.push(stripe);
    }

    @AfterEach
    void stop() throws Exception {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
    }

    private void start(Where where) throws Exception {
        MeteringConfigBuilder config = MeteringConfig.builder()
                .set(Settings.STRIPE_API_BASE, stripe.baseUrl())
                .set(Settings.STRIPE_SECRET_KEY, stripe.secretKey())
                .set(Settings.STRIPE_PUBLISHABLE_KEY, "pk_test_standin")
                .set(Settings.STRIPE_WEBHOOK_SECRET, stripe.webhookSecret())
                .set(Settings.LICENSE_SERVER_DATABASE, "jdbc:sqlite:" + folder.resolve("licenses.db"))
                .set(Settings.JOURNAL, folder.resolve("journal").toString())
                .set(Settings.CHECK_INTERVAL, "2s")
                .set(Settings.IDLE_TIMEOUT, "2s");
        if (where == Where.EMBEDDED) {
            MeteringConfig embedded =
                    config.set(Settings.SERVER_URL, "embedded").build();
            EmbeddedLicenseClient client = EmbeddedLicenseClient.open(embedded);
            opened.push(client);
            seller = client;
            startApplication(embedded);
        } else {
            LicenseServer server = LicenseServer.start(config.set(Settings.LICENSE_SERVER_PORT, "0")
                    .set(Settings.USAGE_TOKENS, USAGE_TOKEN)
                    .set(Settings.CREDIT_TOKENS, CREDIT_TOKEN)
                    .build());
            opened.push(server);
            seller = server.client();
            startApplication(config.set(Settings.SERVER_URL, server.url().toString())
                    .set(Settings.SERVER_TOKEN, USAGE_TOKEN)
                    .set(Settings.PAYMENT_TOKEN, CREDIT_TOKEN)
                    .build());
        }
    }

    private void startApplication(MeteringConfig config) throws Exception {
        ServletContextHandler context = new ServletContextHandler("/", ServletContextHandler.SESSIONS);
        context.setAttribute(MeteringFilter.CONFIG_ATTRIBUTE, config);
        FilterHolder login = new FilterHolder(logIn());
        login.setAsyncSupported(true);
        context.addFilter(login, "/*", EnumSet.of(DispatcherType.REQUEST));
        context.addEventListener(new MeteringSetUp(accounts));
        context.addServlet(new ServletHolder(work()), "/api/work");
        context.addServlet(new ServletHolder(new PaymentsServlet()), "/payments/*");
        Server jetty = new Server();
        ServerConnector connector = new ServerConnector(jetty);
        connector.setHost("127.0.0.1");
        jetty.addConnector(connector);
        jetty.setHandler(context);
        jetty.start();
        opened.push(jetty::stop);
        port = connector.getLocalPort();
        stripe.deliverTo(URI.create("http://127.0.0.1:" + port + "/payments/webhook"));
    }

    /** The application's own: {@code /login?user=ada} logs Ada in, and afterwards the request says who it is. */
    private static Filter logIn() {
        return (request, response, chain) -> {
            HttpServletRequest http = (HttpServletRequest) request;
            if (http.getServletPath().equals("/login")) {
                http.getSession(true).setAttribute(USER, http.getParameter(USER));
                return;
            }
            HttpSession session = http.getSession(false);
            Object user = session == null ? null : session.getAttribute(USER);
            chain.doFilter(
                    new HttpServletRequestWrapper(http) {
                        @Override
                        public String getRemoteUser() {
                            return (String) user;
                        }
                    },
                    response);
        };
    }

    private static Servlet work() {
        return new HttpServlet() {
            @Override
            protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
                Rig.pause(WORK);
                response.getWriter().print(MeteringFilter.license(request).orElseThrow());
            }
        };
    }

    /** Logs in and returns the cookie of the login. */
    private String logIn(String user) {
        String cookie = rig.get(port, "/login?user=" + user)
                .headers()
                .firstValue("Set-Cookie")
                .orElseThrow();
        return cookie.substring(0, cookie.indexOf(';'));
    }

    private HttpResponse<String> get(String path, String... headers) {
        return rig.send(rig.request(port, path).headers(headers));
    }

    private static String header(HttpResponse<String> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }

    @ParameterizedTest
    @EnumSource(Where.class)
    void whoHasLoggedInIsServedMeteredAndChargedWithoutAKey(Where where) throws Exception {
        start(where);
        LicenseId license = accounts.open("ada", seller, Duration.ofHours(1));
        String login = logIn("ada");

        HttpResponse<String> first = get("/api/work", "Cookie", login);
        assertThat(first.statusCode()).as(first.body()).isEqualTo(200);
        assertThat(first.body()).isEqualTo(license.value());
        assertThat(header(first, "X-Session-ID")).hasSize(32);
        assertThat(header(first, "X-Hours-Remaining")).matches("0\\.99\\d{4}|1\\.000000");
        HttpResponse<String> second = get("/api/work", "Cookie", login);
        assertThat(header(second, "X-Session-ID")).isEqualTo(header(first, "X-Session-ID"));

        long used = 0;
        for (int i = 0; used == 0 && i < MANY_TRIES; i++) {
            Rig.pause(Duration.ofMillis(50));
            used = seller.hoursRemaining(license).usedMillis();
        }
        assertThat(used).isGreaterThanOrEqualTo(WORK.toMillis());
    }

    /** An id is no secret: it stands in logs, URLs and payment metadata. */
    @ParameterizedTest
    @EnumSource(Where.class)
    void nobodyElseIsServedForKnowingTheId(Where where) throws Exception {
        start(where);
        LicenseId license = accounts.open("ada", seller, Duration.ofHours(1));
        assertThat(get("/api/work", "Cookie", logIn("ada")).statusCode()).isEqualTo(200);

        List<HttpResponse<String>> byId = List.of(
                get("/api/work", "X-License-Key", license.value()),
                get("/api/work?license_key=" + license.value(), "Accept", "*/*"));
        assertThat(byId).allSatisfy(answer -> {
            assertThat(answer.statusCode()).isEqualTo(401);
            assertThat(answer.body()).contains("INVALID_LICENSE");
        });
        assertThat(get("/api/work", "Accept", "*/*").statusCode()).isEqualTo(401);
    }

    @ParameterizedTest
    @EnumSource(Where.class)
    void anAccountWhoseLicenseIsNotThereIsRefused(Where where) throws Exception {
        start(where);
        accounts.openWith("bob", new LicenseId("lic_00000000"));
        HttpResponse<String> answer = get("/api/work", "Cookie", logIn("bob"));
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.body()).contains("INVALID_LICENSE");
    }

    @ParameterizedTest
    @EnumSource(Where.class)
    void theListenerHearsOfTheLicenseByItsId(Where where) throws Exception {
        start(where);
        LicenseId license = accounts.open("ada", seller, Duration.ofMillis(1_500));
        String login = logIn("ada");
        int status = 200;
        for (int i = 0; status == 200 && i < MANY_TRIES; i++) {
            status = get("/api/work", "Cookie", login).statusCode();
        }
        assertThat(status).isEqualTo(402);
        for (int i = 0; accounts.written().size() < 2 && i < MANY_TRIES; i++) {
            Rig.pause(Duration.ofMillis(50));
        }
        assertThat(accounts.written())
                .contains(license + ": less than 1 minutes are left", license + ": your hours are used up");
    }

    @ParameterizedTest
    @EnumSource(Where.class)
    void whoHasLoggedInSeesTheBalanceAndBuysWithoutAKey(Where where) throws Exception {
        start(where);
        LicenseId license = accounts.open("ada", seller, Duration.ZERO);
        String login = logIn("ada");
        assertThat(get("/api/work", "Cookie", login).statusCode()).isEqualTo(402);
        HttpResponse<String> balance = get("/payments/balance", "Cookie", login);
        assertThat(balance.statusCode()).as(balance.body()).isEqualTo(200);
        assertThat(Rig.json(balance).get("hours_remaining").decimalValue()).isZero();
        assertThat(get("/payments/balance", "Accept", "*/*").statusCode())
                .as("nobody else's")
                .isEqualTo(400);
        assertThat(get("/payments/balance?license_key=" + license, "Accept", "*/*")
                        .statusCode())
                .isEqualTo(404);

        HttpResponse<String> order = rig.send(rig.request(port, "/payments/create-checkout")
                .header("Cookie", login)
                .POST(BodyPublishers.ofString("{\"package_id\":\"small\"}")));
        assertThat(order.statusCode()).as(order.body()).isEqualTo(200);
        HttpResponse<String> paid = rig.send(HttpRequest.newBuilder(
                        URI.create(Rig.json(order).get("checkout_url").asText()))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString("action=pay&webhook=now")));
        assertThat(paid.statusCode()).as(paid.body()).isEqualTo(303);

        assertThat(seller.hoursRemaining(license).remainingMillis())
                .isEqualTo(Duration.ofHours(5).toMillis());
        long bought = System.nanoTime();
        int status = 402;
        for (int i = 0; status == 402 && i < MANY_TRIES; i++) {
            status = get("/api/work", "Cookie", login).statusCode();
        }
        assertThat(status).isEqualTo(200);
        assertThat(Rig.millisSince(bought)).as("un-refused").isLessThan(2_000);
        HttpResponse<String> history = get("/payments/history?type=payment", "Cookie", login);
        assertThat(Rig.json(history).at("/entries/0/kind").asText()).isEqualTo("PURCHASE");
    }

    @Test
    @Tag("full")
    void thePageOfWhoHasLoggedInSaysNothingOfKeys() throws Exception {
        RealBrowser browser = RealBrowser.openOrAbort("the page of who has logged in");
        opened.push(browser);
        start(Where.EMBEDDED);
        accounts.open("ada", seller, Duration.ofHours(1));
        String site = "http://127.0.0.1:" + port;
        browser.go(site + "/payments/");
        browser.until("a stranger is asked for a key", () -> browser.shown("entry"));

        browser.go(site + "/login?user=ada");
        browser.go(site + "/payments/");
        browser.until("the account is shown", () -> browser.shown("lists"));

        assertThat(browser.text("remaining")).startsWith("1");
        assertThat(browser.shown("entry")).isFalse();
        assertThat(browser.shown("forget")).isFalse();
        String page = String.valueOf(browser.run("return document.body.innerText"));
        assertThat(page.toLowerCase(Locale.ROOT)).doesNotContain("key").doesNotContain("lic_");
        browser.until(
                "packages are shown", () -> browser.all("#packages [data-buy]").size() == 4);
        browser.run("document.querySelector('#packages [data-buy]').click()");
        browser.until("the stand-in asks for the payment", () -> browser.url().startsWith(stripe.baseUrl()));
        assertThat(browser.complaints()).isEmpty();

        accounts.openWith("bob", new LicenseId("lic_00000000"));
        browser.go(site + "/login?user=bob");
        browser.go(site + "/payments/");
        browser.until("an account without a license is told", () -> browser.shown("alert"));
        assertThat(browser.text("alert")).isEqualTo("There is no license for your account.");
        assertThat(browser.shown("entry")).isFalse();
    }

    /** What a reader copies is what runs here. */
    @Test
    void theListingInTheDocumentationIsTheClassThatIsTested() throws IOException {
        Path root = Path.of("../..");
        String source = Files.readString(Path.of("src/test/java/io/hourmeter/tests/e2e/MeteringSetUp.java"));
        String listing = source.substring(source.indexOf("/** Tells the metering"));
        assertThat(Files.readString(root.resolve("docs/license-keys.md"))
                        .lines()
                        .collect(Collectors.joining("\n")))
                .contains("```java\n" + listing.strip() + "\n```");
    }
}
