package io.hourmeter.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.config.Settings;
import jakarta.servlet.AsyncContext;
import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What becomes of a request when the tracker says that its time is up. */
class OverrunTest {

    private static final String HONEST_END = "\r\n0\r\n\r\n";

    private static final BlockingQueue<AsyncContext> held = new LinkedBlockingQueue<>();
    private static final BlockingQueue<CountDownLatch> timeUp = new LinkedBlockingQueue<>();

    @RegisterExtension
    private static final Web cutting = site(Web.metered(Web.settings(Settings.OVERRUN, "cut")));

    @RegisterExtension
    private static final Web finishing = site(Web.metered(Web.settings()));

    @RegisterExtension
    private static final Web shadow =
            site(Web.metered(Web.settings(Settings.OVERRUN, "cut", Settings.FILTER_SHADOW, "true")));

    private static Web site(Web web) {
        return web.servlet("/held", (request, response) -> {
                    AsyncContext async = request.startAsync();
                    async.setTimeout(0);
                    held.add(async);
                })
                .servlet("/stream", (request, response) -> {
                    AsyncContext async = request.startAsync();
                    async.setTimeout(0);
                    async.getResponse().getWriter().print("begun");
                    async.getResponse().flushBuffer();
                    held.add(async);
                })
                .servlet("/blocking", (request, response) -> {
                    response.getOutputStream().print("begun");
                    if (request.getParameter("flush") != null) {
                        response.flushBuffer();
                    }
                    CountDownLatch up = new CountDownLatch(1);
                    timeUp.add(up);
                    up.await(10, TimeUnit.SECONDS);
                    response.getOutputStream().print(" and more");
                });
    }

    /** Those who wait for an answer would fill the common pool of two processors, in which newer JDKs run them. */
    private static final Executor OWN_THREAD = task -> {
        Thread thread = new Thread(task, "client");
        thread.setDaemon(true);
        thread.start();
    };

    private static CompletableFuture<String> answer(Web web, String path) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        // The connection stays open, so that its end is that of the request.
                        return web.raw("GET " + path + " HTTP/1.1\r\nHost: x\r\nX-License-Key: " + StubTracker.KEY
                                + "\r\n\r\n");
                    } catch (IOException e) {
                        return e.toString();
                    }
                },
                OWN_THREAD);
    }

    private static AsyncContext held() throws InterruptedException {
        AsyncContext async = held.poll(10, TimeUnit.SECONDS);
        assertThat(async).isNotNull();
        return async;
    }

    private static void timeIsUp(Web web) {
        Web.await(() -> !web.tracker.timeUp.isEmpty());
        web.tracker.timeUp.forEach(Runnable::run);
    }

    /** The servlet has returned by then, or its cut comes when it does. */
    @Test
    void aStreamThatIsCutHasNoHonestEnd() throws Exception {
        CompletableFuture<String> answer = answer(cutting, "/stream");
        held();
        timeIsUp(cutting);
        assertThat(answer.get(10, TimeUnit.SECONDS)).contains("begun").doesNotEndWith(HONEST_END);
        cutting.assertReleased(1);
    }

    @Test
    void whatHasNotBegunIsRefused() throws Exception {
        CompletableFuture<String> answer = answer(cutting, "/held");
        held();
        cutting.tracker.remainingMillis = 0;
        timeIsUp(cutting);
        cutting.assertReleased(1);
        assertThat(answerOf(cutting, "/held", 0)).startsWith("HTTP/1.1 402").contains("HOURS_EXHAUSTED");
        assertThat(answerOf(cutting, "/held", 1)).startsWith("HTTP/1.1 503").contains("BUSY", "Retry-After");
        answer.cancel(true);
    }

    private static String answerOf(Web web, String path, long remainingMillis) throws Exception {
        web.tracker.reset();
        CompletableFuture<String> answer = CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return web.rawGet(path, "X-License-Key: " + StubTracker.KEY);
                    } catch (IOException e) {
                        return e.toString();
                    }
                },
                OWN_THREAD);
        held();
        web.tracker.remainingMillis = remainingMillis;
        timeIsUp(web);
        return answer.get(10, TimeUnit.SECONDS);
    }

    @Test
    void aBlockingRequestIsToldAtItsNextWrite() throws Exception {
        CompletableFuture<String> begun = answer(cutting, "/blocking?flush=1");
        CountDownLatch up = timeUp.poll(10, TimeUnit.SECONDS);
        timeIsUp(cutting);
        up.countDown();
        assertThat(begun.get(10, TimeUnit.SECONDS))
                .contains("begun")
                .doesNotContain("more")
                .doesNotEndWith(HONEST_END);
        cutting.assertReleased(1);
    }

    @Test
    void withFinishNothingIsWrappedOrEnded() throws Exception {
        CompletableFuture<String> answer = answer(finishing, "/blocking?flush=1");
        CountDownLatch up = timeUp.poll(10, TimeUnit.SECONDS);
        assertThat(finishing.tracker.timeUp).isEmpty();
        up.countDown();
        finishing.assertReleased(1);
        answer.cancel(true);
        CompletableFuture<String> second = answer(shadow, "/stream");
        AsyncContext async = held();
        assertThat(shadow.tracker.timeUp).isEmpty();
        assertThat(async.getResponse()).isNotInstanceOf(CutResponse.class);
        async.complete();
        shadow.assertReleased(1);
        second.cancel(true);
    }
}
