package io.hourmeter.tests.containers;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.AsyncContext;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An asynchronous request counts until it is complete, and no longer. */
@ExtendWith(RigResolver.class)
class AsyncTest {

    private static final int ORDERS = 10_000;

    /** Requests under way at once: many more than cores, so that the ends meet each other. */
    private static final int AT_ONCE = 64;

    private final Rig rig;

    AsyncTest(Rig rig) {
        this.rig = rig;
    }

    @ParameterizedTest(name = "{0}", quoteTextArguments = false)
    @ValueSource(strings = {"/async/held", "/async/second-held"})
    void isChargedUntilItCompletes(String path) throws Exception {
        Duration held = Duration.ofMillis(300);
        long start = System.nanoTime();
        CompletableFuture<HttpResponse<String>> answer = rig.http.later(rig.http.keyed(Site.METERED + path));
        AsyncContext async = rig.site.held.poll(Patience.LIMIT.toSeconds(), TimeUnit.SECONDS);
        assertThat(async).isNotNull();
        assertThat(Patience.await(() -> rig.tracker().sessions().stream()
                        .anyMatch(session ->
                                session.inFlight() == 1 && session.active().compareTo(held) >= 0)))
                .isTrue();
        async.complete();
        String session = Rig.session(answer.get(Patience.LIMIT.toSeconds(), TimeUnit.SECONDS));
        rig.assertServed(1);
        long tookAtMost = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start) + 1;
        rig.settle(session);
        assertThat(rig.chargedMillis(session)).isBetween(held.toMillis(), tookAtMost);
    }

    @Test
    void ends10000RandomOrdersOfCompleteTimeoutAndReturn(TestReporter reporter) throws Exception {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        reporter.publishEntry(MatrixListener.MEASURED, "seed " + seed);
        HttpResponse<String> first = rig.http.metered("/plain");
        String session = Rig.session(first);
        Semaphore slots = new Semaphore(AT_ONCE);
        AtomicInteger answers = new AtomicInteger();
        for (int i = 0; i < ORDERS; i++) {
            slots.acquire();
            HttpRequest.Builder request = rig.http
                    .keyed(Site.METERED + "/async/race?seed=" + random.nextLong())
                    .header("X-Session-ID", session);
            var unused = rig.http.later(request).whenComplete((answer, failure) -> {
                if (answer != null && session.equals(Rig.session(answer))) {
                    answers.incrementAndGet();
                }
                slots.release();
            });
        }
        assertThat(slots.tryAcquire(AT_ONCE, Patience.LIMIT.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
        // The session of the first request goes on; nothing else began.
        rig.assertServed(1);
        reporter.publishEntry(
                MatrixListener.MEASURED,
                answers + " of " + ORDERS + " answered, " + Race.LOST + " time-outs lost by the container");
        assertThat(answers.get()).isGreaterThan(ORDERS / 2);
    }
}
