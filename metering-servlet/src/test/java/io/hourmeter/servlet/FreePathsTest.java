package io.hourmeter.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.config.Settings;
import jakarta.servlet.DispatcherType;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FreePathsTest {

    @RegisterExtension
    private static final Web web = excluding("/health, /static/*, *.css");

    /** Without endings, most paths are told by their first letter. */
    @RegisterExtension
    private static final Web withoutEndings = excluding("/health, /static/*");

    /** A servlet that is mapped to a tree, as those of frameworks are, beside pages and files. */
    @RegisterExtension
    private static final Web tree = new Web("/app")
            .filter(Web.settings(Settings.FILTER_EXCLUDE, "*.css"), "/*", EnumSet.allOf(DispatcherType.class))
            .servlet("/api/*", (request, response) -> response.getWriter().print("served " + request.getPathInfo()))
            .servlet("/", (request, response) -> response.getWriter().print("served " + request.getServletPath()));

    private static Web excluding(String patterns) {
        return new Web("/app")
                .filter(Web.settings(Settings.FILTER_EXCLUDE, patterns), "/*", EnumSet.allOf(DispatcherType.class))
                .servlet("/*", (request, response) -> response.getWriter().print("served " + request.getPathInfo()))
                .servlet("/health", (request, response) -> response.getWriter().print("served"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/app/health",
                "/app/health?x=1",
                "/app/health;jsessionid=1",
                "/app/static/",
                "/app/static",
                "/app/static/a/b.js",
                "/app/payments",
                "/app/payments/",
                "/app/payments/webhook",
                "/app/payments/a/b",
                "/app/%68ealth",
            })
    void freePathsAreServedWithoutAKey(String target) throws Exception {
        servesWithoutAKey(web, target);
        servesWithoutAKey(withoutEndings, target);
    }

    private static void servesWithoutAKey(Web server, String target) throws Exception {
        assertThat(server.rawGet(target)).contains("HTTP/1.1 200").doesNotContain("X-Session-ID");
        assertThat(server.rawGet(target, "X-License-Key: " + StubTracker.KEY)).contains("HTTP/1.1 200");
        assertThat(server.tracker.keys).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/app/api/secret/a.css",
                "/app/api/x%3f.css",
                "/app/api/.css",
                "/app/x%3f.css",
                "/app/x%23.css",
                "/app/x%253f.css",
            })
    void anEndingThatAClientMayChooseFreesNothing(String target) throws Exception {
        assertThat(tree.rawGet(target)).doesNotContain("served");
    }

    @Test
    void anEndingFreesPathsOfEveryBeginning() throws Exception {
        servesWithoutAKey(tree, "/app/x/style.css");
        assertThat(withoutEndings.rawGet("/app/x/style.css")).doesNotContain("served");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/app/api/work",
                "/app/healthy",
                "/app/health/",
                "/app/health/x",
                "/app/HEALTH",
                "/app/Static/x",
                "/app/staticx",
                "/app/paymentsx",
                "/app/PAYMENTS/",
                "/app/api/work;/health",
                "/app/api/work;x=/static/",
                "/app/api/work;.css",
                "/app/api/work%3b.css",
                "/app/api/work?x=.css",
                "/app/api/work?/static/",
                "/app/static/../api/work",
                "/app/static/..;/api/work",
                "/app/static/..;x=1/api/work",
                "/app/static/%2e%2e/api/work",
                "/app/static/%2E%2E;a/api/work",
                "/app/static/.%2e/api/work",
                "/app/static/%252e%252e/api/work",
                "/app/static%2f..%2fapi/work",
                "/app/static/..%2fapi/work",
                "/app/static/..%5capi/work",
                "/app/static/..\\api/work",
                "/app/static//../api/work",
                "/app//static/../api/work",
                "/app/static/./../api/work",
                "/app/static/x%00/../../api/work",
                "/app/payments/../api/work",
                "/app/payments/%2e%2e/api/work",
                "/app/payments/..;/api/work",
                "/app/payments//..//api/work",
                "/app/./api/work",
                "/app//api/work",
                "/app/api//health",
                "//app/health/../api/work",
                "/app/%73tatic/../api/work",
                "/app/static%23/../api/work",
                "/app/api/work#/static/",
                "/app/api/health",
                "http://localhost/app/api/work",
            })
    void otherPathsAreNotServedWithoutAKey(String target) throws Exception {
        assertThat(web.rawGet(target)).doesNotContain("served").doesNotContain("HTTP/1.1 500");
        assertThat(withoutEndings.rawGet(target)).doesNotContain("served").doesNotContain("HTTP/1.1 500");
    }

    @Test
    void paymentPageAtTheRootFreesTheRootAlone() throws Exception {
        try (Web root = Web.metered(Web.settings(Settings.PAYMENT_PAGE, "/"))
                .servlet("/*", (request, response) -> response.getWriter().print("served"))
                .start()) {
            assertThat(root.get("/").statusCode()).isEqualTo(200);
            assertThat(root.get("/api").statusCode()).isEqualTo(401);
        }
    }

    @Test
    void paymentPageOfAnotherHostFreesNothing() throws Exception {
        try (Web other = Web.metered(Web.settings(Settings.PAYMENT_PAGE, "https://pay.example/"))
                .servlet("/*", (request, response) -> response.getWriter().print("served"))
                .start()) {
            assertThat(other.get("/").statusCode()).isEqualTo(401);
            assertThat(other.get("/payments/").statusCode()).isEqualTo(401);
        }
    }

    @Test
    void exclusionsMayBeEmpty() throws Exception {
        try (Web none = Web.metered(Web.settings(Settings.FILTER_EXCLUDE, ""))
                .servlet("/*", (request, response) -> response.getWriter().print("served"))
                .start()) {
            assertThat(none.get("/health").statusCode()).isEqualTo(401);
            assertThat(none.get("/payments/").statusCode()).isEqualTo(200);
        }
    }
}
