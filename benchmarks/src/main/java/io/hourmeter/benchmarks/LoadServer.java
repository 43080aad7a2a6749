package io.hourmeter.benchmarks;

import io.hourmeter.usage.UsageTracker;
import jakarta.servlet.DispatcherType;
import java.util.EnumSet;
import java.util.List;
import org.eclipse.jetty.ee11.servlet.FilterHolder;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** A web server with one application, with one filter or without any; runs as a child until its input ends. */
final class LoadServer {

    static final String PATH = "/api/answer";
    static final String KEY_HEADER = "X-License-Key";

    /** Enough for a million sessions: a node keeps as many as fit into a quarter of its heap. */
    static final int LARGE_HEAP_MEGABYTES = 4_400;

    static final int SMALL_HEAP_MEGABYTES = 2_000;

    private static final int THREADS = 32;

    private LoadServer() {}

    /**
     * Of the JVM. The heap is touched beforehand: otherwise the first seconds measure how fast the system finds pages,
     * and whoever makes more garbage needs more of them.
     */
    static List<String> flags(int heapMegabytes) {
        return List.of(
                "-Xms" + heapMegabytes + "m", "-Xmx" + heapMegabytes + "m", "-XX:+UseG1GC", "-XX:+AlwaysPreTouch");
    }

    /** Says its port when all sessions are open. */
    public static void main(String... arguments) throws Exception {
        Filtering filtering = Filtering.valueOf(arguments[0]);
        Application application = Application.valueOf(arguments[1]);
        int sessions = Integer.parseInt(arguments[2]);
        try (UsageTracker tracker = Trackers.start()) {
            Server server = new Server(new QueuedThreadPool(THREADS));
            ServerConnector connector = new ServerConnector(server);
            connector.setHost("127.0.0.1");
            server.addConnector(connector);
            ServletContextHandler context = new ServletContextHandler("/");
            context.addServlet(new ServletHolder(application.servlet()), "/api/*");
            if (filtering != Filtering.NONE) {
                FilterHolder holder = new FilterHolder(filtering.filter(tracker, sessions));
                holder.setAsyncSupported(true);
                context.addFilter(holder, "/api/*", EnumSet.of(DispatcherType.REQUEST));
            }
            server.setHandler(context);
            server.start();
            System.gc();
            Child.answer(connector.getLocalPort());
            while (System.in.read() >= 0) {
                // Until the parent ends or closes it.
            }
            server.stop();
        }
    }
}
