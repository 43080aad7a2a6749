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
        site = new ShopSite(shop, settings -> settings.set(Settings.STRIPE_API_BASE, base), Map.of());
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
        arrived.release();
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

    @Test
    void soManyPagesWaitForItAndNoMore() throws Exception {
        List<Future<HttpResponse<String>>> waiting = new ArrayList<>();
        for (int i = 0; i < MOST_WAITING; i++) {
            String page = "/success?session_id=cs_test_" + i;
            waiting.add(threads.submit(() -> site.get(page)));
        }
        assertThat(arrived.tryAcquire(MOST_WAITING, 30, TimeUnit.SECONDS)).isTrue();

        HttpResponse<String> another = site.get("/success?session_id=cs_test_more");

        assertThat(another.statusCode()).isEqualTo(503);
        assertThat(another.headers().firstValue("Retry-After")).hasValue("3");
        assertThat(another.body()).contains("Nothing is lost").contains("http-equiv=\"refresh\"");
        answers.countDown();
        for (Future<HttpResponse<String>> page : waiting) {
            assertThat(page.get().statusCode()).isEqualTo(404);
        }
        assertThat(site.get("/success?session_id=cs_test_later").statusCode())
                .as("once the others have gone")
                .isEqualTo(404);
    }
}
