package io.hourmeter.benchmarks;

import io.hourmeter.config.MeteringConfig;
import io.hourmeter.servlet.MeteringFilter;
import io.hourmeter.usage.UsageTracker;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Locale;
import org.eclipse.jetty.ee11.servlet.FilterHolder;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** A web application with one small answer, without or with the filter; runs as a child until its input ends. */
final class LoadServer {

    static final String PATH = "/api/hello";

    private static final int THREADS = 32;

    private LoadServer() {}

    /** Says its port when all sessions are open. */
    public static void main(String... arguments) throws Exception {
        boolean metered = arguments[0].equals("metered");
        int sessions = Integer.parseInt(arguments[1]);
        try (UsageTracker tracker = Trackers.start()) {
            if (metered) {
                Trackers.openAll(tracker, sessions);
            }
            Server server = new Server(new QueuedThreadPool(THREADS));
            ServerConnector connector = new ServerConnector(server);
            connector.setHost("127.0.0.1");
            server.addConnector(connector);
            ServletContextHandler context = new ServletContextHandler("/");
            context.addServlet(new ServletHolder(new Hello()), "/api/*");
            if (metered) {
                MeteringFilter filter = MeteringFilter.builder()
                        .config(MeteringConfig.builder().build())
                        .tracker(tracker)
                        .build();
                FilterHolder holder = new FilterHolder(filter);
                holder.setAsyncSupported(true);
                context.addFilter(holder, "/api/*", EnumSet.of(DispatcherType.REQUEST));
            }
            server.setHandler(context);
            server.start();
            System.gc();
            System.out.println(connector.getLocalPort());
            System.out.flush();
            while (System.in.read() >= 0) {
                // Until the parent ends or closes it.
            }
            server.stop();
        }
    }

    private static final class Hello extends HttpServlet {

        private static final long serialVersionUID = 1;

        private static final byte[] BODY = "{\"hello\":\"world\"}".getBytes(StandardCharsets.US_ASCII);

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            response.setContentType("application/json".toLowerCase(Locale.ROOT));
            response.setContentLength(BODY.length);
            response.getOutputStream().write(BODY);
        }
    }
}
