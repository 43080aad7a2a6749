package io.hourmeter.tests.containers;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A request is counted once, however it travels through the container, and the host's answer is the same. */
@ExtendWith(RigResolver.class)
class DispatchTest {

    private final Rig rig;

    DispatchTest(Rig rig) {
        this.rig = rig;
    }

    @ParameterizedTest(name = "{0}", quoteTextArguments = false)
    @CsvSource({
        "/plain, 200, plain",
        "/forward, 200, plain",
        "/include, 200, plainplain",
        "/send-error, 418, the application's error page",
        "/send-402, 402, the application's error page",
        "/status-402, 402, the application's own price",
        "/send-404, 404,",
        "/checked, 500,",
        "/unchecked, 500, the application's error page",
        "/error, 500,",
        "/async/complete, 200,",
        "/async/complete-elsewhere, 200,",
        "/async/dispatch, 200, plain",
        "/async/dispatch-elsewhere, 200, plain",
        "/async/three-cycles, 200,",
        "/async/timeout, 500,",
        "/async/timeout-dispatched, 200, late",
        "/async/timeout-completed, 200,",
        "/async/throw, 500,",
        "/async/throw-later, 500,",
    })
    void countsOnce(String path, int status, String body) {
        HttpResponse<String> free = rig.http.free(path);
        assertThat(rig.served()).isZero();
        HttpResponse<String> metered = rig.http.metered(path);
        assertThat(metered.statusCode()).isEqualTo(status);
        if (body != null) {
            assertThat(metered.body()).isEqualTo(body);
        }
        Rig.assertUnchanged(metered, free);
        rig.assertServed(1);
    }

    /** Nobody has judged the request before it comes to the metered path. */
    @ParameterizedTest
    @ValueSource(strings = {"/lead/forward", "/lead/async"})
    void isJudgedWhereAnUnmeteredPathLeads(String path) {
        HttpResponse<String> refused = rig.http.send(rig.http.request(Site.FREE + path));
        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(refused.body()).contains("LICENSE_REQUIRED");
        rig.assertServed(0);
        HttpResponse<String> served = rig.http.free(path);
        assertThat(served.body()).isEqualTo("plain");
        assertThat(served.headers().firstValue("X-Session-ID")).isPresent();
        rig.assertServed(1);
    }

    /** A part of an answer is not judged, and an error page neither: whoever asked for the whole has been. */
    @ParameterizedTest
    @CsvSource({"/lead/include, 200, plain", "/lead/send-error, 418, the application's error page"})
    void isNotJudgedWhereAnUnmeteredPathTakesAPart(String path, int status, String body) {
        HttpResponse<String> answer = rig.http.send(rig.http.request(Site.FREE + path));
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.body()).isEqualTo(body);
        rig.assertServed(0);
    }

    /** An excluded path has been judged: it is free, with the page that it forwards to. */
    @ParameterizedTest
    @ValueSource(strings = {"/lead/forward", "/lead/include", "/lead/async"})
    void isFreeWhereAnExcludedPathLeads(String path) {
        HttpResponse<String> answer = rig.http.send(rig.http.request(Site.METERED + path));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("plain");
        rig.assertServed(0);
    }

    @ParameterizedTest(name = "{0}", quoteTextArguments = false)
    @CsvSource({
        "/checked, jakarta.servlet.ServletException",
        "/unchecked, java.lang.IllegalArgumentException",
        "/error, java.lang.StackOverflowError"
    })
    void whatIsThrownPassesUnchanged(String path, Class<?> type) {
        rig.http.free(path);
        Throwable free = rig.site.thrown.getAndSet(null);
        rig.http.metered(path);
        Throwable metered = rig.site.thrown.get();
        // Tomcat wraps an Error before any filter sees it.
        assertThat(metered).isExactlyInstanceOf(free.getClass()).hasMessage(free.getMessage());
        assertThat(metered.getCause() == null ? metered : metered.getCause())
                .isExactlyInstanceOf(type)
                .hasMessage("the application's");
        rig.assertServed(1);
    }
}
