package io.hourmeter.stripe;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.hourmeter.config.Settings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Stripe that takes calls and does not answer, and customers who come back meanwhile. */
class HangingStripeTest {

    /** As many as the servlet lets wait. */
    private static final int MOST_WAITING = 16;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Semaphore arrived = new Semaphore(0);
    private final CountDownLatch answers = new CountDownLatch(1);

    @TempDir
    private Path folder;

    private HttpServer stripe;
    private Shop shop;
    private ShopSite site;

    @BeforeEach
    void open() throws Exception {
        stripe = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        stripe.setExecutor(threads);
        stripe.createContext("/", this::hang);
        stripe.start();
        shop = new Shop(folder);
        String base = "http://127.0.0.1:" + stripe.getAddress().getPort();
        site = new ShopSite(
                shop,
                settings -> settings.set(Settings.STRIPE_API_BASE, base).set(Settings.PROXY_TRUSTED, "127.0.0.1"),
                Map.of());
    }

    @AfterEach
    void close() throws Exception {
        answers.countDown();
        site.close();
        shop.close();
        stripe.stop(0);
        threads.shutdownNow();
    }

    private void hang(HttpExchange call) throws IOException {
        if (call.getRequestURI().getPath().contains("/sessions/")) {
            arrived.release();
        }
        try {
            answers.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        byte[] nothing = FakeStripe.json(Map.of("error", Map.of("code", "resource_missing")));
        call.sendResponseHeaders(404, nothing.length);
        call.getResponseBody().write(nothing);
        call.close();
    }

    private Future<HttpResponse<String>> comeBack(String session, String address) {
        return threads.submit(() -> back(session, address));
    }

    private HttpResponse<String> back(String session, String address) {
        return site.get(ReturnLinks.success("sk_test_51abc", "p1", session), "X-Forwarded-For", address);
    }

    @Test
    void soManyPagesWaitForItAndNoMore() throws Exception {
        List<Future<HttpResponse<String>>> waiting = new ArrayList<>();
        for (int i = 0; i < MOST_WAITING; i++) {
            waiting.add(comeBack("cs_test_" + i, i % 2 == 0 ? "192.0.2.1" : "192.0.2.2"));
        }
        assertThat(arrived.tryAcquire(MOST_WAITING, 30, TimeUnit.SECONDS)).isTrue();

        HttpResponse<String> another = back("cs_test_more", "192.0.2.3");

        assertThat(another.statusCode()).isEqualTo(503);
        assertThat(another.headers().firstValue("Retry-After")).hasValue("3");
        assertThat(another.body()).contains("Nothing is lost").contains("http-equiv=\"refresh\"");
        answers.countDown();
        for (Future<HttpResponse<String>> page : waiting) {
            assertThat(page.get().statusCode()).isEqualTo(404);
        }
        assertThat(back("cs_test_later", "192.0.2.3").statusCode())
                .as("once the others have gone")
                .isEqualTo(404);
    }

    @Test
    void oneAddressLeavesHalfOfThemToTheOthers() throws Exception {
        List<Future<HttpResponse<String>>> waiting = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            waiting.add(comeBack("cs_test_" + i, "192.0.2.1"));
        }
        assertThat(arrived.tryAcquire(MOST_WAITING / 2, 30, TimeUnit.SECONDS)).isTrue();
        for (int i = 0; i < 40 - MOST_WAITING / 2; i++) {
            // Each beyond its share is answered at once.
            assertThat(anyDone(waiting).statusCode()).isEqualTo(503);
        }
        assertThat(arrived.tryAcquire()).as("calls beyond its share").isFalse();

        Future<HttpResponse<String>> customer = comeBack("cs_test_honest", "192.0.2.2");

        assertThat(arrived.tryAcquire(30, TimeUnit.SECONDS)).as("is asked for").isTrue();
        answers.countDown();
        assertThat(customer.get().statusCode()).isEqualTo(404);
    }

    private static HttpResponse<String> anyDone(List<Future<HttpResponse<String>>> waiting) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (System.nanoTime() - end < 0) {
            for (Future<HttpResponse<String>> page : waiting) {
                if (page.isDone()) {
                    waiting.remove(page);
                    return page.get();
                }
            }
            Thread.sleep(5);
        }
        throw new AssertionError("none was answered");
    }
}
