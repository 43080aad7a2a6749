package io.hourmeter.examples.containers;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
