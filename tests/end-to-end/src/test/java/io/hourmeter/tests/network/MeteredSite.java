package io.hourmeter.tests.network;

import io.hourmeter.config.MeteringConfig;
import io.hourmeter.servlet.MeteringFilter;
import io.hourmeter.usage.UsageTracker;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.ee11.servlet.FilterHolder;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/**
 * Somebody's application in a real Jetty, with the metering filter before {@code /api/*} and a {@link Stopwatch} around
 * it. What it answers is the same each time, its faults included, so that it can be compared byte by byte.
 */
final class MeteredSite implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(20);

    /** Fixed, so that a thread more at the end is none of Jetty's. */
    private static final int THREADS = 48;

    final Stopwatch stopwatch = new Stopwatch();
    private final Server server = new Server(new QueuedThreadPool(THREADS, THREADS));
    private final ServerConnector connector = new ServerConnector(server, 1, 1);
    private final ServletContextHandler context = new ServletContextHandler("/", ServletContextHandler.NO_SESSIONS);
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(PATIENCE)
            .build();

    private MeteredSite(@Nullable Filter metering) {
        add(stopwatch.outside(), "/*");
        if (metering != null) {
            add(metering, "/api/*");
        }
        add(stopwatch.inside(), "/*");
        serve("/api/work", MeteredSite::work);
        serve("/api/refuses", (request, response) -> {
            response.setStatus(418);
            response.setHeader("X-Reason", "teapot");
            response.getOutputStream().write("short and stout".getBytes(StandardCharsets.UTF_8));
        });
        serve("/api/fails", (request, response) -> response.sendError(500, "by design"));
        serve("/api/throws", (request, response) -> {
            throw new ServletException("by design");
        });
        serve("/api/unavailable", (request, response) -> {
            response.setHeader("Retry-After", "7");
            response.sendError(503, "the application's own");
        });
        serve("/api/streams", (request, response) -> {
            for (int i = 0; i < 5; i++) {
                response.getOutputStream().write(("part " + i + "\n").getBytes(StandardCharsets.UTF_8));
                response.flushBuffer();
            }
        });
        // Neither this nor the container ever completes it.
        serve("/api/forever", (request, response) -> request.startAsync().setTimeout(0));
        serve("/open/work", MeteredSite::work);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        server.setHandler(context);
    }

    /** What of the application's answers is compared. */
    static final List<String> ANSWERS =
            List.of("/api/work", "/api/refuses", "/api/fails", "/api/throws", "/api/unavailable", "/api/streams");

    /** The application without metering. */
    static MeteredSite bare() {
        return new MeteredSite(null).start();
    }

    /** The application, metered by a filter that reads these settings. */
    static MeteredSite metered(Map<String, String> settings) {
        MeteringConfig config =
                MeteringConfig.builder().initParams(new TreeMap<>(settings)).build();
        return new MeteredSite(MeteringFilter.builder().config(config).build()).start();
    }

    /** The application, metered by a tracker of its own. */
    static MeteredSite metered(MeteringConfig config, UsageTracker tracker) {
        return new MeteredSite(
                        MeteringFilter.builder().config(config).tracker(tracker).build())
                .start();
    }

    private MeteredSite start() {
        try {
            server.start();
            return this;
        } catch (Exception e) {
            throw new AssertionError("the application does not start", e);
        }
    }

    private void add(Filter filter, String pattern) {
        FilterHolder holder = new FilterHolder(filter);
        holder.setAsyncSupported(true);
        context.addFilter(holder, pattern, EnumSet.of(DispatcherType.REQUEST));
    }

    private interface Handler {
        void handle(HttpServletRequest request, HttpServletResponse response) throws ServletException, IOException;
    }

    private void serve(String path, Handler handler) {
        ServletHolder holder = new ServletHolder(new HttpServlet() {
            private static final long serialVersionUID = 1L;

            @Override
            protected void service(HttpServletRequest request, HttpServletResponse response)
                    throws ServletException, IOException {
                handler.handle(request, response);
            }
        });
        holder.setAsyncSupported(true);
        context.addServlet(holder, path);
    }

    private static void work(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String millis = request.getParameter("ms");
        if (millis != null) {
            pause(Long.parseLong(millis));
        }
        response.setContentType("application/octet-stream");
        response.setHeader("X-Application", "one");
        response.addHeader("X-Application", "two");
        byte[] body = new byte[3_000];
        for (int i = 0; i < body.length; i++) {
            body[i] = (byte) (i * 31);
        }
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }

    /** Work that takes time, or the time between two looks at a condition. */
    static void pause(long millis) {
        try {
            new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    int port() {
        return connector.getLocalPort();
    }

    UsageTracker tracker() {
        return (UsageTracker) context.getServletContext().getAttribute(MeteringFilter.TRACKER_ATTRIBUTE);
    }

    /** Sends a request with a key, without waiting for the answer. */
    CompletableFuture<HttpResponse<String>> send(String path, @Nullable String key, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
                .timeout(PATIENCE);
        if (key != null) {
            request.header("X-License-Key", key);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.ISO_8859_1));
    }

    HttpResponse<String> get(String path, @Nullable String key) {
        return send(path, key).join();
    }

    /** An answer as it is on the wire, without what each answer has of its own: the date and the two metering headers. */
    String wire(String path, @Nullable String key) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port())) {
            socket.setSoTimeout((int) PATIENCE.toMillis());
            String request = "GET " + path + " HTTP/1.1\r\nHost: application\r\nConnection: close\r\n"
                    + (key == null ? "" : "X-License-Key: " + key + "\r\n") + "\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            int body = answer.indexOf("\r\n\r\n");
            List<String> head =
                    new ArrayList<>(List.of(answer.substring(0, body).split("\r\n")));
            head.removeIf(line -> line.startsWith("Date: ")
                    || line.startsWith("X-Session-ID: ")
                    || line.startsWith("X-Hours-Remaining: "));
            return String.join("\r\n", head) + answer.substring(body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            server.stop();
            stopwatch.close();
        } catch (Exception e) {
            throw new AssertionError("the application does not stop", e);
        }
    }
}
