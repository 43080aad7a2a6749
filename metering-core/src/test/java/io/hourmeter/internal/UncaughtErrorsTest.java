package io.hourmeter.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which errors are told to whoever is responsible for the process. */
class UncaughtErrorsTest {

    private static List<Throwable> told(Throwable thrown) throws InterruptedException {
        List<Throwable> told = new ArrayList<>();
        Thread thread = new Thread(() -> UncaughtErrors.tell(thrown));
        thread.setUncaughtExceptionHandler((at, error) -> told.add(error));
        thread.start();
        thread.join();
        return told;
    }

    @Test
    void whatTheProcessDoesNotOutliveIsTold() throws Exception {
        for (Throwable each : List.of(
                new OutOfMemoryError("Java heap space"),
                new InternalError("broken"),
                new NoClassDefFoundError("a/B"),
                new ExceptionInInitializerError("a.B"))) {
            assertThat(told(each)).containsExactly(each);
        }
    }

    @Test
    void whatConcernsOneCallIsNot() throws Exception {
        for (Throwable each :
                List.of(new StackOverflowError(), new AssertionError("x"), new IllegalStateException("x"))) {
            assertThat(told(each)).isEmpty();
        }
    }
}
