package io.hourmeter.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.MeteringConfigBuilder;
import io.hourmeter.config.Setting;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.eclipse.jetty.ee11.servlet.FilterHolder;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A Jetty on loopback with the request meter, on a stub tracker, before the servlets of a test. Registered as the static
 * extension of a test class it runs as long as the class does, and each test begins with a tracker that has seen nothing.
 */
final class Web implements AutoCloseable, BeforeAllCallback, BeforeEachCallback, AfterAllCallback {

    static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final LicenseKeyResolver NO_RESOLVER = request -> Optional.empty();

    private static final HttpClient CLIENT = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(PATIENCE)
            .build();

    final StubTracker tracker = new StubTracker();
    final ServletContextHandler context;
    volatile LicenseKeyResolver resolver = NO_RESOLVER;

    private final Server server = new Server(new QueuedThreadPool(24, 4));
    private final ServerConnector connector = new ServerConnector(server, 1, 1);

    Web(String contextPath) {
        context = new ServletContextHandler(contextPath, ServletContextHandler.SESSIONS);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        server.setHandler(context);
    }

    /** A server with the meter on everything, for all dispatches. */
    static Web metered(Map<Setting<?>, String> settings) {
        Web web = new Web("");
        web.filter(settings, "/*", EnumSet.allOf(DispatcherType.class));
        return web;
    }

    static MeteringConfig config(Map<Setting<?>, String> settings) {
        MeteringConfigBuilder builder = MeteringConfig.builder();
        settings.forEach(builder::set);
        return builder.build();
    }

    Web filter(Map<Setting<?>, String> settings, String pattern, EnumSet<DispatcherType> dispatches) {
        RequestMeter meter = new RequestMeter(config(settings), tracker, () -> resolver, System::nanoTime);
        return filter(
                (request, response, chain) ->
                        meter.filter((HttpServletRequest) request, (HttpServletResponse) response, new Passage(chain)),
                pattern,
                dispatches);
    }

    Web filter(Filter filter, String pattern, EnumSet<DispatcherType> dispatches) {
        FilterHolder holder = new FilterHolder(filter);
        holder.setAsyncSupported(true);
        context.addFilter(holder, pattern, dispatches);
        return this;
    }

    Web servlet(String pattern, Handler handler) {
        ServletHolder holder = new ServletHolder(new HandlerServlet(handler));
        holder.setAsyncSupported(true);
        context.addServlet(holder, pattern);
        return this;
    }

    Web start() throws Exception {
        server.start();
        return this;
    }

    int port() {
        return connector.getLocalPort();
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
                .timeout(PATIENCE);
    }

    HttpRequest.Builder keyed(String path) {
        return request(path).header("X-License-Key", StubTracker.KEY);
    }

    static HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    HttpResponse<String> get(String path) {
        return send(request(path));
    }

    /** Sends bytes as they are and reads until the server closes; the request should say {@code Connection: close}. */
    String raw(String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port())) {
            socket.setSoTimeout((int) PATIENCE.toMillis());
            OutputStream out = socket.getOutputStream();
            out.write(request.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
            InputStream in = socket.getInputStream();
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            in.transferTo(answer);
            return answer.toString(StandardCharsets.ISO_8859_1);
        }
    }

    String rawGet(String target, String... headers) throws IOException {
        return raw("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                + (headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n") + "\r\n");
    }

    /** Every request was admitted at most once and has been released. */
    void assertReleased(int admitted) {
        await(() -> tracker.running.get() == 0 && tracker.finished.get() == admitted);
        assertThat(tracker.running).hasValue(0);
        assertThat(tracker.finished).hasValue(admitted);
        assertThat(tracker.keys).hasSize(admitted);
    }

    static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean() && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
        }
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static Map<Setting<?>, String> settings(Object... pairs) {
        Map<Setting<?>, String> settings = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            settings.put((Setting<?>) pairs[i], (String) pairs[i + 1]);
        }
        return settings;
    }

    @Override
    public void beforeAll(ExtensionContext test) throws Exception {
        start();
    }

    @Override
    public void beforeEach(ExtensionContext test) {
        tracker.reset();
        resolver = NO_RESOLVER;
    }

    @Override
    public void afterAll(ExtensionContext test) throws Exception {
        close();
    }

    @Override
    public void close() throws Exception {
        server.stop();
    }

    /** What a servlet of a test does. */
    interface Handler {
        void handle(HttpServletRequest request, HttpServletResponse response) throws Exception;
    }

    /** Passes everything to a handler. */
    static final class HandlerServlet extends HttpServlet {

        private static final long serialVersionUID = 1L;

        private final transient Handler handler;

        HandlerServlet(Handler handler) {
            this.handler = handler;
        }

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response)
                throws ServletException, IOException {
            try {
                handler.handle(request, response);
            } catch (RuntimeException | IOException | ServletException e) {
                throw e;
            } catch (Exception e) {
                throw new ServletException(e);
            }
        }
    }

    /** A filter that does nothing. */
    static final class PassFilter implements Filter {
        @Override
        public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
                throws IOException, ServletException {
            chain.doFilter(request, response);
        }
    }
}
