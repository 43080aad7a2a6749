package io.hourmeter.servlet;

import static io.hourmeter.servlet.StubTracker.KEY;
import static io.hourmeter.servlet.StubTracker.OTHER_KEY;
import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.config.Setting;
import io.hourmeter.config.Settings;
import jakarta.servlet.DispatcherType;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeySourcesTest {

    @RegisterExtension
    private static final Web web = site(Web.settings(Settings.LICENSE_COOKIE, "license"));

    private static Web site(Map<Setting<?>, String> settings) {
        return Web.metered(settings)
                .servlet("/echo", (request, response) -> {
                    byte[] body = request.getInputStream().readAllBytes();
                    response.setContentType("text/plain;charset=utf-8");
                    response.getWriter().print(body.length + " " + new String(body, StandardCharsets.UTF_8));
                })
                .servlet("/field", (request, response) -> response.getWriter().print(request.getParameter("a")));
    }

    private static void servedWith(HttpRequest.Builder request, String key) {
        HttpResponse<String> answer = Web.send(request);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.headers().firstValue("X-Session-ID")).hasValue(StubTracker.SESSION);
        assertThat(answer.headers().firstValue("X-Hours-Remaining")).hasValue("1.000000");
        assertThat(web.tracker.keys).containsExactly(key);
        web.assertReleased(1);
    }

    private static void refused(HttpRequest.Builder request, int status, String code) {
        HttpResponse<String> answer = Web.send(request);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.body()).contains("\"code\":\"" + code + "\"");
        assertThat(answer.headers().firstValue("X-Session-ID")).isEmpty();
    }

    private static HttpRequest.Builder form(String body) {
        return web.request("/field")
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(body));
    }

    private static HttpRequest.Builder json(String body) {
        return web.request("/echo").header("Content-Type", "application/json").POST(BodyPublishers.ofString(body));
    }

    @Test
    void headerCounts() {
        servedWith(web.request("/echo").header("X-License-Key", KEY), KEY);
    }

    @Test
    void blanksAroundAKeyDoNotMatter() {
        servedWith(web.request("/echo").header("X-License-Key", "  " + KEY + "  "), KEY);
    }

    /** A key as it comes out of a document, a chat or a script. */
    static Stream<String> pasted() {
        return Stream.of(
                "\u00a0" + KEY + "\u00a0",
                "\ufeff\u200b" + KEY,
                "\u201c" + KEY + "\u201d",
                "'" + KEY + "'",
                KEY.replace("-", "\u2013"),
                KEY.replace("-", "\u2212"),
                "Bearer " + KEY);
    }

    @ParameterizedTest
    @MethodSource("pasted")
    void whatPastingAddsIsForgivenWhereverTheKeyStands(String text) throws Exception {
        // A client sends UTF-8, and the container reads the bytes of a header as Latin-1.
        String bytes = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);

        assertThat(web.rawGet("/echo", "X-License-Key: " + bytes)).startsWith("HTTP/1.1 200");
        assertThat(web.rawGet("/echo", "Authorization: Bearer " + bytes)).startsWith("HTTP/1.1 200");
        String encoded = URLEncoder.encode(text, StandardCharsets.UTF_8);
        assertThat(Web.send(web.request("/echo?license_key=" + encoded)).statusCode())
                .isEqualTo(200);
        assertThat(Web.send(form("license_key=" + encoded)).statusCode()).isEqualTo(200);
        assertThat(Web.send(json("{\"license_key\":\"" + text + "\"}")).statusCode())
                .isEqualTo(200);
        assertThat(web.tracker.keys)
                .hasSize(5)
                .allSatisfy(key -> assertThat(LicenseKey.parse(key)).contains(LicenseKey.of(KEY)));
    }

    @Test
    void twoSpellingsOfOneKeyAgree() throws Exception {
        String dashes =
                new String(KEY.replace("-", "\u2013").getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);

        assertThat(web.rawGet("/echo?license_key=" + KEY, "X-License-Key: " + dashes))
                .startsWith("HTTP/1.1 200");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer ", "bearer ", "BEARER   "})
    void bearerCountsWhenItHasTheShapeOfAKey(String scheme) {
        servedWith(web.request("/echo").header("Authorization", scheme + KEY), KEY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer eyJhbGciOiJIUzI1NiJ9.e30.abc", "Basic dXNlcjpwYXNz", "Bearer", "Digest x"})
    void otherAuthorizationIsTheApplications(String value) {
        servedWith(web.keyed("/echo").header("Authorization", value), KEY);
    }

    @Test
    void otherAuthorizationIsNoKey() {
        refused(web.request("/echo").header("Authorization", "Bearer opaque"), 401, "LICENSE_REQUIRED");
    }

    @Test
    void cookieCountsWhereItIsSwitchedOn() {
        servedWith(web.request("/echo").header("Cookie", "a=b; license=" + KEY), KEY);
    }

    @Test
    void cookieIsOffByDefault() throws Exception {
        try (Web plain = site(Map.of()).start()) {
            assertThat(Web.send(plain.request("/echo").header("Cookie", "license=" + KEY + "; license_key=" + KEY))
                            .statusCode())
                    .isEqualTo(401);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "license_key=" + KEY,
                "a=b&license_key=" + KEY + "&c",
                "license%5Fkey=" + KEY,
                "license_key=RL%2DAAAA2222%2DBBBB3333%2DCCCC4444",
                "license_key=+" + KEY + "%20",
                "license_key=&license_key=" + KEY,
                "license_key=" + KEY + "&license_key=" + KEY,
            })
    void queryParameterCounts(String query) {
        servedWith(web.request("/echo?" + query), KEY);
    }

    @Test
    void queryParameterLeavesAFormToTheServlet() {
        HttpResponse<String> answer = Web.send(web.request("/echo?license_key=" + KEY)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString("a=1&b=2")));
        assertThat(answer.body()).isEqualTo("7 a=1&b=2");
    }

    @Test
    void headerLeavesAFormToTheServlet() {
        HttpResponse<String> answer = Web.send(web.keyed("/echo")
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString("license_key=" + OTHER_KEY)));
        assertThat(answer.body()).isEqualTo("41 license_key=" + OTHER_KEY);
        assertThat(web.tracker.keys).containsExactly(KEY);
    }

    @Test
    void formFieldCounts() {
        servedWith(form("a=1&license_key=" + KEY), KEY);
    }

    @Test
    void formStaysReadableByParameter() {
        assertThat(Web.send(form("a=1&license_key=" + KEY)).body()).isEqualTo("1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"PUT", "PATCH"})
    void formFieldCountsWithOtherMethodsThanPost(String method) {
        servedWith(formOf(method, "a=1&license%5Fkey=" + KEY + "&b="), KEY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PUT", "PATCH"})
    void formWithoutAKeyIsNoKeyWithOtherMethodsThanPost(String method) {
        refused(formOf(method, "a=1&license_key=&x=" + KEY), 401, "LICENSE_REQUIRED");
        refused(formOf(method, "license_key=" + KEY + "&license_key=" + OTHER_KEY), 400, "INVALID_REQUEST");
    }

    private static HttpRequest.Builder formOf(String method, String body) {
        return web.request("/field")
                .header("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
                .method(method, BodyPublishers.ofString(body));
    }

    @Test
    void formIsNotReadWhereNoKeyIsRequired() throws Exception {
        try (Web free = site(Web.settings(Settings.LICENSE_REQUIRED, "false")).start()) {
            HttpResponse<String> answer = Web.send(free.request("/echo")
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(BodyPublishers.ofString("license_key=" + KEY)));
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).endsWith(" license_key=" + KEY);
            assertThat(answer.headers().firstValue("X-Session-ID")).isEmpty();
            assertThat(free.tracker.keys).isEmpty();
        }
    }

    @Test
    void jsonFieldCountsAndTheBodyIsWhole() {
        String body = "{\"a\":[1,{\"license_key\":\"" + OTHER_KEY + "\"}],\"license_key\":\"" + KEY + "\",\"b\":\"ü\"}";
        HttpResponse<String> answer = Web.send(json(body));
        assertThat(web.tracker.keys).containsExactly(KEY);
        assertThat(answer.body()).isEqualTo(body.getBytes(StandardCharsets.UTF_8).length + " " + body);
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/json; charset=utf-8", "Application/JSON", "application/vnd.api+json"})
    void jsonHasManyNames(String type) {
        servedWith(
                web.request("/echo")
                        .header("Content-Type", type)
                        .POST(BodyPublishers.ofString("{\"license_key\":\"" + KEY + "\"}")),
                KEY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/plain", "application/xml", "multipart/form-data; boundary=x", "text/json-ish"})
    void otherBodiesAreNotLookedInto(String type) {
        refused(
                web.request("/echo")
                        .header("Content-Type", type)
                        .POST(BodyPublishers.ofString("{\"license_key\":\"" + KEY + "\"}")),
                401,
                "LICENSE_REQUIRED");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "null",
                "\"" + KEY + "\"",
                "{",
                "{}",
                "{\"license_key\":null}",
                "{\"license_key\":17}",
                "{\"license_key\":\"\"}",
                "{\"license_key\":\"" + KEY + "\"",
                "{\"license_key\":\"" + KEY + "\"} x",
                "{\"license_key\":\"" + KEY + "\"}{\"license_key\":\"" + KEY + "\"}",
                "{'license_key':'" + KEY + "'}",
                "{\"x\":{\"license_key\":\"" + KEY + "\"}}",
            })
    void whatIsNoKeyInJsonIsNoKey(String body) {
        refused(json(body), 401, "LICENSE_REQUIRED");
    }

    @Test
    void sourcesSwitchedOffAreNotLookedAt() throws Exception {
        try (Web off = site(Web.settings(
                        Settings.LICENSE_HEADER, "", Settings.LICENSE_PARAMETER, "", Settings.LICENSE_BODY_FIELD, ""))
                .start()) {
            assertThat(Web.send(off.keyed("/echo")).statusCode()).isEqualTo(401);
            assertThat(off.get("/echo?license_key=" + KEY).statusCode()).isEqualTo(401);
            assertThat(Web.send(off.request("/echo")
                                    .header("Content-Type", "application/json")
                                    .POST(BodyPublishers.ofString("{\"license_key\":\"" + KEY + "\"}")))
                            .statusCode())
                    .isEqualTo(401);
            assertThat(Web.send(off.request("/echo").header("Authorization", "Bearer " + KEY))
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    static Stream<HttpRequest.Builder> conflicts() {
        return Stream.of(
                web.keyed("/echo").header("X-License-Key", OTHER_KEY),
                web.keyed("/echo").header("Authorization", "Bearer " + OTHER_KEY),
                web.keyed("/echo").header("Cookie", "license=" + OTHER_KEY),
                web.keyed("/echo?license_key=" + OTHER_KEY),
                web.keyed("/echo?license_key=nonsense"),
                web.request("/echo").header("X-License-Key", KEY + ", " + OTHER_KEY),
                web.request("/echo").header("Cookie", "license=" + KEY + "; license=" + OTHER_KEY),
                web.request("/echo?license_key=" + KEY + "&license_key=" + OTHER_KEY),
                web.request("/echo?license_key=" + KEY).header("Authorization", "Bearer " + OTHER_KEY),
                form("license_key=" + KEY + "&license_key=" + OTHER_KEY),
                json("{\"license_key\":\"" + KEY + "\",\"license_key\":\"" + OTHER_KEY + "\"}"));
    }

    @ParameterizedTest
    @MethodSource("conflicts")
    void keysThatDifferAreRefused(HttpRequest.Builder request) {
        refused(request, 400, "INVALID_REQUEST");
        assertThat(web.tracker.keys).isEmpty();
    }

    @Test
    void oneKeyInManyPlacesAndSpellingsIsOneKey() {
        servedWith(
                web.keyed("/echo?license_key=" + KEY.toLowerCase(Locale.ROOT))
                        .header("X-License-Key", KEY)
                        .header("Authorization", "Bearer " + KEY)
                        .header("Cookie", "license=" + KEY),
                KEY);
    }

    @Test
    void formIsNotComparedWithTheQuery() {
        servedWith(
                web.request("/field?license_key=" + KEY)
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(BodyPublishers.ofString("license_key=" + OTHER_KEY)),
                KEY);
    }

    @Test
    void resolverComesFirst() {
        web.resolver = request -> Optional.of(" " + OTHER_KEY + " ");
        servedWith(web.keyed("/echo?license_key=nonsense"), OTHER_KEY);
    }

    @Test
    void resolverMayNameALicenseByItsId() {
        web.resolver = request -> Optional.of(" lic_0123456789 ");
        HttpResponse<String> answer = Web.send(web.keyed("/echo"));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("X-Session-ID")).hasValue(StubTracker.SESSION);
        assertThat(answer.headers().firstValue("X-Hours-Remaining")).hasValue("1.000000");
        assertThat(web.tracker.ids).containsExactly(new LicenseId("lic_0123456789"));
        assertThat(web.tracker.keys).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"lic_", "lic_1234567", "lic_0123456789!", "LIC_0123456789", "key lic_0123456789"})
    void whatAResolverSaysAndIsNeitherKeyNorIdIsInvalid(String text) {
        web.resolver = request -> Optional.of(text);
        refused(web.request("/echo"), 401, "INVALID_LICENSE");
        assertThat(web.tracker.ids).isEmpty();
    }

    /** Ids are no secret: they stand in logs, URLs and payment metadata. */
    @Test
    void noClientIsLetInWithTheIdOfALicense() {
        String id = "lic_0123456789";
        List<HttpRequest.Builder> requests = List.of(
                web.request("/echo").header("X-License-Key", id),
                web.request("/echo?license_key=" + id),
                web.request("/echo").header("Cookie", "license=" + id),
                form("license_key=" + id),
                json("{\"license_key\":\"" + id + "\"}"));
        for (HttpRequest.Builder request : requests) {
            refused(request, 401, "INVALID_LICENSE");
        }
        refused(web.request("/echo").header("Authorization", "Bearer " + id), 401, "LICENSE_REQUIRED");
        assertThat(web.tracker.ids).isEmpty();
    }

    @Test
    void resolverWithoutAnAnswerLeavesTheSearchToTheRest() {
        web.resolver = request -> Optional.of("  ");
        servedWith(web.keyed("/echo"), KEY);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "RL",
                "RL-AAAA2222-BBBB3333",
                "RL-AAAA2222-BBBB3333-CCCC444",
                "RL-AAAA2222-BBBB3333-CCCC44444",
                "RL-AAAA2222-BBBB3333-CCCC444!",
                "R-AAAA2222-BBBB3333-CCCC4444",
                "<script>alert(1)</script>",
            })
    void malformedKeysAreInvalid(String key) {
        refused(web.request("/echo").header("X-License-Key", key), 401, "INVALID_LICENSE");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "license_key=%ZZ",
                "license_key=%",
                "license_key=RL-AAAA2222-BBBB3333-CCCC444%00",
                "license_key=RL-AAAA2222-BBBB3333-CCCC444%EF%BC%94",
                "license_key=" + KEY + "%0d%0aX-Evil:+1",
            })
    void strangeQueriesAreInvalidAndWriteNoHeader(String query) throws Exception {
        String answer = web.rawGet("/echo?" + query);
        assertThat(answer)
                .containsAnyOf("HTTP/1.1 401", "HTTP/1.1 400")
                .doesNotContain("X-Evil")
                .doesNotContain("%ZZ");
    }

    /** A filter before this one has asked for a parameter: the container has read the form, and knows it. */
    @Test
    void aFormThatWasReadBeforeHasItsKey() throws Exception {
        Web site = new Web("");
        site.filter(
                (request, response, chain) -> {
                    request.getParameter("a");
                    chain.doFilter(request, response);
                },
                "/*",
                EnumSet.of(DispatcherType.REQUEST));
        site.filter(Web.settings(), "/*", EnumSet.of(DispatcherType.REQUEST))
                .servlet("/*", (request, response) -> response.getWriter().print(request.getParameter("a")));
        try (site) {
            site.start();
            HttpResponse<String> answer = Web.send(site.request("/form")
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(BodyPublishers.ofString("a=1&license_key=" + KEY)));
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("1");
        }
    }

    @Test
    void brokenFormIsNoKeyAndNoServerError() {
        assertThat(Web.send(form("license_key=%ZZ&%&=%")).statusCode()).isEqualTo(401);
    }

    @Test
    void aFormOfManyFieldsIsNoServerError() {
        String many = "f=1&".repeat(5_000) + "license_key=" + KEY;
        assertThat(Web.send(form(many)).statusCode()).isIn(200, 401);
    }

    @Test
    void brokenCookieIsNoServerError() throws Exception {
        String answer = web.rawGet("/echo", "Cookie: license=\"RL\u0001; =;;;");
        assertThat(answer).doesNotContain("HTTP/1.1 500");
        assertThat(web.tracker.finished).hasValue(0);
    }
}
