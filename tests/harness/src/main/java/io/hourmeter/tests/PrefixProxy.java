package io.hourmeter.tests;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A proxy on loopback that shows an application under another path, as a reverse proxy without any further setting does:
 * it changes the path of requests, and nothing in the answers. Thread-safe.
 */
public final class PrefixProxy implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** Of the connection, or written by the client that the proxy is. */
    private static final Set<String> NOT_PASSED_ON =
            Set.of("connection", "content-length", "expect", "host", "http2-settings", "transfer-encoding", "upgrade");

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(PATIENCE)
            .build();
    private final String outer;
    private final String inner;
    private final int port;
    private final boolean tells;

    private PrefixProxy(String outer, String inner, int port, boolean tells) throws IOException {
        this.outer = outer;
        this.inner = inner;
        this.port = port;
        this.tells = tells;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::pass);
        server.start();
    }

    /**
     * Starts a proxy.
     *
     * @param outer path that the client sees, beginning with a slash and not ending with one
     * @param inner path that the application has in its place; may be empty
     * @param port of the application, on loopback
     * @param tells whether it says so in {@code X-Forwarded-Prefix}
     * @return running, closed by the caller
     * @throws IOException if it cannot listen
     */
    public static PrefixProxy start(String outer, String inner, int port, boolean tells) throws IOException {
        return new PrefixProxy(outer, inner, port, tells);
    }

    /**
     * What stands before the paths of the application.
     *
     * @return scheme, host, port and path
     */
    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + outer;
    }

    private void pass(HttpExchange exchange) throws IOException {
        try (exchange) {
            String asked = exchange.getRequestURI().toString();
            if (!asked.startsWith(outer + "/")) {
                exchange.sendResponseHeaders(404, -1);
                return;
            }
            answer(exchange, send(exchange, inner + asked.substring(outer.length())));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private HttpResponse<InputStream> send(HttpExchange exchange, String target)
            throws IOException, InterruptedException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + target))
                .timeout(PATIENCE)
                .method(
                        exchange.getRequestMethod(),
                        body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
        exchange.getRequestHeaders().forEach((name, values) -> {
            if (isPassedOn(name)) {
                values.forEach(value -> request.header(name, value));
            }
        });
        if (tells) {
            request.setHeader("X-Forwarded-Prefix", outer);
        }
        return client.send(request.build(), BodyHandlers.ofInputStream());
    }

    private static void answer(HttpExchange exchange, HttpResponse<InputStream> answer) throws IOException {
        answer.headers().map().forEach((name, values) -> {
            if (isPassedOn(name)) {
                exchange.getResponseHeaders().put(name, List.copyOf(values));
            }
        });
        byte[] body;
        try (InputStream in = answer.body()) {
            body = in.readAllBytes();
        }
        exchange.sendResponseHeaders(answer.statusCode(), body.length == 0 ? -1 : body.length);
        if (body.length > 0) {
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
            }
        }
    }

    private static boolean isPassedOn(String name) {
        return !NOT_PASSED_ON.contains(name.toLowerCase(Locale.ROOT)) && !name.startsWith(":");
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
