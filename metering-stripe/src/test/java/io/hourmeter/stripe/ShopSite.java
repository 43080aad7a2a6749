package io.hourmeter.stripe;

import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.MeteringConfigBuilder;
import io.hourmeter.config.Settings;
import io.hourmeter.stripe.web.PaymentStats;
import io.hourmeter.stripe.web.PaymentsSite;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/** The payments servlet in a real container at {@code /app/payments/*}, over a {@link Shop}. */
final class ShopSite implements AutoCloseable {

    private static final int MANY_THREADS = 200;

    private final PaymentsSite site;

    ShopSite(Shop shop, Consumer<MeteringConfigBuilder> settings, Map<String, Object> attributes) throws Exception {
        this(shop, settings, attributes, "/app");
    }

    ShopSite(Shop shop, Consumer<MeteringConfigBuilder> settings, Map<String, Object> attributes, String contextPath)
            throws Exception {
        this(shop, settings, attributes, contextPath, MANY_THREADS, true);
    }

    ShopSite(
            Shop shop,
            Consumer<MeteringConfigBuilder> settings,
            Map<String, Object> attributes,
            String contextPath,
            int mostThreads,
            boolean asyncSupported)
            throws Exception {
        MeteringConfigBuilder config = MeteringConfig.builder()
                .set(Settings.STRIPE_SECRET_KEY, "sk_test_51abc")
                .set(Settings.STRIPE_WEBHOOK_SECRET, FakeStripe.SECRET)
                .set(Settings.STRIPE_API_BASE, shop.stripe.base());
        settings.accept(config);
        Map<String, Object> all = new HashMap<>();
        all.put("io.hourmeter.MeteringConfig", config.build());
        all.put("io.hourmeter.LicenseClient", shop.ledger);
        all.putAll(attributes);
        site = new PaymentsSite(contextPath, all, Map.of(), mostThreads, asyncSupported);
    }

    int port() {
        return site.port();
    }

    /** Threads of the container that do something. */
    int busyThreads() {
        return site.busyThreads();
    }

    PaymentStats stats() {
        return site.stats();
    }

    String origin() {
        return site.origin();
    }

    HttpResponse<String> get(String path, String... headers) {
        return send("GET", path, HttpRequest.BodyPublishers.noBody(), headers);
    }

    HttpResponse<String> post(String path, String body, String... headers) {
        return send("POST", path, HttpRequest.BodyPublishers.ofString(body), headers);
    }

    HttpResponse<String> post(String path, byte[] body, String... headers) {
        return send("POST", path, HttpRequest.BodyPublishers.ofByteArray(body), headers);
    }

    /** Where Stripe leads the customer of a checkout back to, below the payments. */
    static String back(Shop shop, String session) {
        String url = String.valueOf(shop.stripe.sessions.get(session).get("success_url"));
        return url.substring(url.indexOf("/success")).replace("{CHECKOUT_SESSION_ID}", session);
    }

    /** A webhook as Stripe sends it now. */
    HttpResponse<String> webhook(Object event) {
        byte[] body = FakeStripe.json(event);
        return post(
                "/webhook",
                body,
                "Stripe-Signature",
                FakeStripe.signature(body, FakeStripe.SECRET, Instant.now().getEpochSecond()));
    }

    private HttpResponse<String> send(String method, String path, HttpRequest.BodyPublisher body, String... headers) {
        return site.send(method, "/payments" + path, body, headers);
    }

    /** What no client library would send. Returns all that is answered until the connection is closed. */
    String raw(String request) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), site.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            socket.shutdownOutput();
            InputStream in = socket.getInputStream();
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws Exception {
        site.close();
    }
}
