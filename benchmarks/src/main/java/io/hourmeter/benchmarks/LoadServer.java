package io.hourmeter.benchmarks;

import io.hourmeter.usage.UsageTracker;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.Servlet;
import java.util.EnumSet;
import org.eclipse.jetty.ee11.servlet.FilterHolder;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * A web server with one application, with one filter or without any; runs as a child until its input ends. Where the
 * filter is timed, each byte of input is answered with the median of its time since the last one.
 */
final class LoadServer {

    static final String PATH = "/api/answer";
    static final String KEY_HEADER = "X-License-Key";

    /** Enough for a million sessions: a node keeps as many as fit into a quarter of its heap. */
    static final int LARGE_HEAP_MEGABYTES = 4_400;

    static final int SMALL_HEAP_MEGABYTES = 2_000;

    private static final int THREADS = 32;

    private LoadServer() {}

    /** Says its port when all sessions are open. */
    public static void main(String... arguments) throws Exception {
        Filtering filtering = Filtering.valueOf(arguments[0]);
        Application application = Application.valueOf(arguments[1]);
        int sessions = Integer.parseInt(arguments[2]);
        boolean timed = Boolean.parseBoolean(arguments[3]);
        Stopwatch stopwatch = new Stopwatch();
        try (UsageTracker tracker = Trackers.start()) {
            Server server = new Server(new QueuedThreadPool(THREADS));
            ServerConnector connector = new ServerConnector(server);
            connector.setHost("127.0.0.1");
            server.addConnector(connector);
            ServletContextHandler context = new ServletContextHandler("/");
            Servlet servlet = application.servlet();
            context.addServlet(new ServletHolder(timed ? Stopwatch.cover(servlet) : servlet), "/api/*");
            if (timed) {
                add(context, stopwatch);
            }
            if (filtering != Filtering.NONE) {
                add(context, filtering.filter(tracker, sessions));
            }
            server.setHandler(context);
            server.start();
            System.gc();
            Child.answer(connector.getLocalPort());
            while (System.in.read() >= 0) {
                Child.answer(stopwatch.median());
            }
            server.stop();
        }
    }

    private static void add(ServletContextHandler context, Filter filter) {
        FilterHolder holder = new FilterHolder(filter);
        holder.setAsyncSupported(true);
        context.addFilter(holder, "/api/*", EnumSet.of(DispatcherType.REQUEST));
    }
}
