package io.hourmeter.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.ErrorCode;
import io.hourmeter.config.Setting;
import io.hourmeter.config.Settings;
import io.hourmeter.tests.PrefixProxy;
import io.hourmeter.usage.Refused;
import jakarta.servlet.DispatcherType;
import java.net.CookieManager;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The way from a refused page to the payment page and back, as a browser goes it behind any proxy. */
class WayToPaymentTest {

    private static final Pattern RETURN = Pattern.compile("[?&]return=([^&#]*)");

    @RegisterExtension
    private static final Web root = application("", Web.settings());

    @RegisterExtension
    private static final Web shop = application("/shop", Web.settings());

    private static Web application(String context, Map<Setting<?>, String> config) {
        Web web = new Web(context)
                .filter(config, "/*", EnumSet.allOf(DispatcherType.class))
                .servlet("/*", (request, response) -> response.getWriter().print("served"));
        return usedUp(web);
    }

    private static Web usedUp(Web web) {
        web.tracker.answer = (key, session) -> new Refused(ErrorCode.HOURS_EXHAUSTED, 0, null);
        return web;
    }

    @BeforeEach
    void nobodyHasHours() {
        usedUp(root);
        usedUp(shop);
    }

    private static @Nullable String location(Web web, String method, String target, String... headers)
            throws Exception {
        String answer = web.raw(method + " " + target + " HTTP/1.1\r\nHost: inner\r\nAccept: text/html\r\n"
                + String.join(
                        "", Arrays.stream(headers).map(line -> line + "\r\n").toList())
                + "Content-Length: 0\r\nConnection: close\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 303");
        return answer.lines()
                .filter(line -> line.startsWith("Location: "))
                .map(line -> line.substring("Location: ".length()))
                .findFirst()
                .orElse(null);
    }

    /** What a browser that asked for an address outside of the proxy finds at the Location, and on its way back. */
    @ParameterizedTest
    @CsvSource({
        "/api,                  /api,                 /payments/",
        "/api/,                 /api/,                /payments/",
        "/api/a/b?x=1&y=%20z,   /api/a/b?x=1&y=%20z,  /payments/",
        "/api/a/b/c/d.html,     /api/a/b/c/d.html,    /payments/",
        "/api/a;v=1/b,          /api/a;v=1/b,         /payments/",
        "/api/%C3%A4?q=%C3%A4,  /api/%C3%A4?q=%C3%A4, /payments/",
    })
    void holdsWhereverAProxyPutsTheApplication(String target, String back, String page) throws Exception {
        for (String outer : new String[] {"", "/outer", "/a/b/c"}) {
            for (Web web : new Web[] {root, shop}) {
                URI asked = URI.create("https://public.example" + outer + target);
                String location = location(web, "GET", (web == shop ? "/shop" : "") + target);
                URI found = asked.resolve(URI.create(location));
                assertThat(found.getHost()).isEqualTo("public.example");
                assertThat(found.getPath()).isEqualTo(outer + page);
                assertThat(found.resolve(URI.create(way(location))))
                        .isEqualTo(URI.create("https://public.example" + outer + back));
            }
        }
    }

    private static String way(String location) {
        Matcher matcher = RETURN.matcher(location);
        assertThat(matcher.find()).as(location).isTrue();
        return URLDecoder.decode(matcher.group(1), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource({
        "/shop/api?license_key=RL-0123ABCD-EFGH4567-JKMN89PQ,                         ../api",
        "/shop/api?x=1&license_key=RL-0123ABCD-EFGH4567-JKMN89PQ&y=2,                 ../api?x=1&y=2",
        "/shop/api?license%5Fkey=RL-0123ABCD-EFGH4567-JKMN89PQ&x=1,                   ../api?x=1",
        "/shop/api?license_key=RL-0123ABCD-EFGH4567-JKMN89PQ&license_key=,            ../api",
    })
    void theKeyIsNotOnTheWayBack(String target, String back) throws Exception {
        String location = location(shop, "GET", target);
        assertThat(location).doesNotContain("RL-");
        assertThat(way(location)).isEqualTo(back);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/shop/api/RL-0123ABCD-EFGH4567-JKMN89PQ",
                "/shop/api/rl-0123abcd-efgh4567-jkmn89pq/x",
                "/shop/api/RL%2D0123ABCD%2DEFGH4567%2DJKMN89PQ",
                "/shop/api?key=RL-0123ABCD-EFGH4567-JKMN89PQ",
            })
    void aWayThatShowsAKeyIsLeftOff(String target) throws Exception {
        assertThat(location(shop, "GET", target)).doesNotContain("return=").endsWith("payments/");
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "HEAD", "DELETE"})
    void onlyAPageIsComeBackTo(String method) throws Exception {
        assertThat(location(shop, method, "/shop/api/x")).isEqualTo("../payments/");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/shop//evil.example/x", "/shop/api//x", "/shop/api?x=%22%3E%3C&y=|", "/shop/api?x=a:b\\c"})
    void aWayThatABrowserCouldTakeForAnotherIsLeftOff(String target) throws Exception {
        String answer =
                shop.raw("GET " + target + " HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nConnection: close\r\n\r\n");
        assertThat(answer).doesNotContainPattern("Location: (?!\\./|\\.\\./)").doesNotContain("return=");
    }

    @Test
    void aWayThatIsTooLongIsLeftOff() throws Exception {
        assertThat(location(shop, "GET", "/shop/api?x=" + "a".repeat(1_000))).isEqualTo("./payments/");
    }

    @ParameterizedTest
    @CsvSource({
        "/buy,            ./buy?return=.%2Fapi",
        "/a/buy.html?x=1, ./a/buy.html?x=1&return=..%2Fapi",
        "/buy#packages,   ./buy?return=.%2Fapi#packages",
    })
    void thePageMayStandAnywhere(String page, String location) throws Exception {
        try (Web web =
                application("/shop", Web.settings(Settings.PAYMENT_PAGE, page)).start()) {
            assertThat(location(web, "GET", "/shop/api")).isEqualTo(location);
        }
    }

    @Test
    void aForwardedRequestIsLedFromWhereTheClientAsked() throws Exception {
        try (Web web = new Web("/shop")
                .filter(
                        Web.settings(Settings.FILTER_EXCLUDE, "/start/*"),
                        "/api/*",
                        EnumSet.of(DispatcherType.REQUEST, DispatcherType.FORWARD))
                .servlet(
                        "/start/*",
                        (request, response) ->
                                request.getRequestDispatcher("/api/x?inner=1").forward(request, response))
                .servlet("/api/*", (request, response) -> response.getWriter().print("served"))
                .start()) {
            assertThat(location(web, "GET", "/shop/start/a/b?q=1"))
                    .isEqualTo("../../payments/?return=..%2Fstart%2Fa%2Fb%3Fq%3D1");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'',                         '',                     /shop/payments/",
        "'',                         X-Forwarded-Prefix: /x, /x/payments/",
        "https://public.example/pub, X-Forwarded-Prefix: /x, https://public.example/pub/payments/",
    })
    void aProgramIsToldTheAddressThatTheClientSees(String url, String header, String address) throws Exception {
        try (Web web = application(
                        "/shop", Web.settings(Settings.PAYMENT_PUBLIC_URL, url, Settings.PROXY_TRUSTED, "127.0.0.0/8"))
                .start()) {
            String answer = web.raw("GET /shop/api HTTP/1.1\r\nHost: x\r\nX-License-Key: " + StubTracker.KEY + "\r\n"
                    + (header.isEmpty() ? "" : header + "\r\n") + "Connection: close\r\n\r\n");
            assertThat(answer).contains("\"top_up_url\":\"" + address + "\"");
        }
    }

    /** Behind a prefix that nobody tells, a cookie of the inner path would never come back: each click was a session. */
    @ParameterizedTest
    @CsvSource({
        "'',                         '',                     /",
        "'',                         X-Forwarded-Prefix: /x, /x",
        "https://public.example/pub, '',                     /pub",
    })
    void theSessionsCookieIsForThePathThatTheBrowserSees(String url, String header, String path) throws Exception {
        Map<Setting<?>, String> config = Web.settings(
                Settings.BILLING, "session", Settings.PAYMENT_PUBLIC_URL, url, Settings.PROXY_TRUSTED, "127.0.0.0/8");
        try (Web web = new Web("/shop")
                .filter(config, "/*", EnumSet.allOf(DispatcherType.class))
                .servlet("/*", (request, response) -> response.getWriter().print("served"))
                .start()) {
            String answer = web.raw("GET /shop/api HTTP/1.1\r\nHost: x\r\nX-License-Key: " + StubTracker.KEY + "\r\n"
                    + (header.isEmpty() ? "" : header + "\r\n") + "Connection: close\r\n\r\n");
            assertThat(answer)
                    .containsPattern("Set-Cookie: X-Session-ID=[^;]+; Path=" + path + "; HttpOnly; SameSite=Lax");
        }
    }

    /** Five clicks of a browser are one session, whatever the path is called inside and outside. */
    @ParameterizedTest
    @CsvSource({"'', false", "/app, false", "/app, true", "/a/b, false"})
    void theSessionIsKeptBehindAProxyWithAnotherPath(String outer, boolean tells) throws Exception {
        MeteringFilter filter = MeteringFilter.builder()
                .config(Web.config(
                        Web.settings(Settings.BILLING, "session", Settings.PROXY_TRUSTED, tells ? "127.0.0.1" : "")))
                .build();
        try (Web web = new Web("/shop")
                .filter(filter, "/*", EnumSet.of(DispatcherType.REQUEST))
                .servlet("/*", (request, response) -> response.getWriter().print("served"))) {
            web.context
                    .getServletContext()
                    .setAttribute(
                            MeteringFilter.CLIENT_ATTRIBUTE,
                            new InMemoryLicenses().with(StubTracker.KEY, Duration.ofHours(1)));
            web.start();
            HttpClient browser =
                    HttpClient.newBuilder().cookieHandler(new CookieManager()).build();
            Set<String> sessions = new HashSet<>();
            try (PrefixProxy proxy = PrefixProxy.start(outer, "/shop", web.port(), tells)) {
                for (String path : new String[] {"/api/x", "/api/y", "/", "/other/z", "/api/x"}) {
                    HttpResponse<String> answer = browser.send(
                            HttpRequest.newBuilder(URI.create(proxy.url() + path))
                                    .header("X-License-Key", StubTracker.KEY)
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
                    assertThat(answer.body()).isEqualTo("served");
                    sessions.add(answer.headers().firstValue("X-Session-ID").orElseThrow());
                }
            }
            assertThat(sessions).hasSize(1);
        }
    }
}
