package io.hourmeter.stripe.web;

import io.hourmeter.config.MeteringConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.Map;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** The servlet in a real container, at {@code /payments/*} of an application. */
public final class PaymentsSite implements AutoCloseable {

    private final PaymentsServlet servlet = new PaymentsServlet();
    private final QueuedThreadPool threads;
    private final Server server;
    private final ServerConnector connector;
    /** Jetty's own default. */
    private static final int MANY_THREADS = 200;

    private final HttpClient http = HttpClient.newHttpClient();
    private final String application;

    PaymentsSite(MeteringConfig config, FakeLicenseClient client) throws Exception {
        this(Map.of(Wiring.CONFIG, config, Wiring.CLIENT, client), Map.of());
    }

    PaymentsSite(Map<String, Object> attributes, Map<String, String> initParams) throws Exception {
        this("/shop", attributes, initParams);
    }

    public PaymentsSite(String contextPath, Map<String, Object> attributes, Map<String, String> initParams)
            throws Exception {
        this(contextPath, attributes, initParams, MANY_THREADS, true);
    }

    /** {@code asyncSupported}: as the servlet's registration says it. */
    public PaymentsSite(
            String contextPath,
            Map<String, Object> attributes,
            Map<String, String> initParams,
            int mostThreads,
            boolean asyncSupported)
            throws Exception {
        application = contextPath.equals("/") ? "" : contextPath;
        threads = new QueuedThreadPool(mostThreads);
        server = new Server(threads);
        connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        ServletContextHandler context = new ServletContextHandler(contextPath);
        attributes.forEach(context::setAttribute);
        ServletHolder holder = new ServletHolder(servlet);
        holder.setInitParameters(initParams);
        holder.setInitOrder(1);
        holder.setAsyncSupported(asyncSupported);
        context.addServlet(holder, "/payments/*");
        server.setHandler(context);
        server.start();
    }

    /** Threads of the container that do something, its own two or three included. */
    public int busyThreads() {
        return threads.getBusyThreads();
    }

    PaymentsServlet servlet() {
        return servlet;
    }

    public PaymentStats stats() {
        return servlet.stats();
    }

    public int port() {
        return connector.getLocalPort();
    }

    public String origin() {
        return "http://127.0.0.1:" + port();
    }

    HttpResponse<String> get(String path, String... headers) {
        return send("GET", path, headers);
    }

    HttpResponse<String> send(String method, String path, String... headers) {
        return send(method, path, BodyPublishers.noBody(), headers);
    }

    /** Calls a path of the application. */
    public HttpResponse<String> send(String method, String path, BodyPublisher body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(origin() + application + path))
                .method(method, body);
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

    @Override
    public void close() throws Exception {
        server.stop();
    }
}
