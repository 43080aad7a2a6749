package io.hourmeter.stripe;

import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.MeteringConfigBuilder;
import io.hourmeter.config.Settings;
import io.hourmeter.stripe.web.PaymentsServlet;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.function.Consumer;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** The payments servlet in a real container at {@code /app/payments/*}, over a {@link Shop}. */
final class ShopSite implements AutoCloseable {

    private final Server server = new Server();
    private final ServerConnector connector = new ServerConnector(server);
    private final HttpClient http = HttpClient.newHttpClient();

    private final String payments;

    ShopSite(Shop shop, Consumer<MeteringConfigBuilder> settings, Map<String, Object> attributes) throws Exception {
        this(shop, settings, attributes, "/app");
    }

    ShopSite(Shop shop, Consumer<MeteringConfigBuilder> settings, Map<String, Object> attributes, String contextPath)
            throws Exception {
        payments = (contextPath.equals("/") ? "" : contextPath) + "/payments";
        MeteringConfigBuilder config = MeteringConfig.builder()
                .set(Settings.STRIPE_SECRET_KEY, "sk_test_51abc")
                .set(Settings.STRIPE_WEBHOOK_SECRET, FakeStripe.SECRET)
                .set(Settings.STRIPE_API_BASE, shop.stripe.base());
        settings.accept(config);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        ServletContextHandler context = new ServletContextHandler(contextPath);
        context.setAttribute("io.hourmeter.MeteringConfig", config.build());
        context.setAttribute("io.hourmeter.LicenseClient", shop.ledger);
        attributes.forEach(context::setAttribute);
        ServletHolder holder = new ServletHolder(new PaymentsServlet());
        holder.setInitOrder(1);
        context.addServlet(holder, "/payments/*");
        server.setHandler(context);
        server.start();
    }

    String origin() {
        return "http://127.0.0.1:" + connector.getLocalPort();
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
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(origin() + payments + path)).method(method, body);
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        try {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** What no client library would send. Returns all that is answered until the connection is closed. */
    String raw(String request) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), connector.getLocalPort())) {
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
        server.stop();
    }
}
