package io.hourmeter.tests.containers.jetty;

import io.hourmeter.tests.containers.Container;
import io.hourmeter.tests.containers.Feature;
import io.hourmeter.tests.containers.WebApplication;
import java.util.Optional;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ContextHandler;
import org.eclipse.jetty.server.handler.ContextHandlerCollection;
import org.eclipse.jetty.util.VirtualThreads;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** Jetty, embedded, with the {@link Environment} of this module. */
public final class JettyContainer implements Container {

    @Override
    public String title() {
        return "Jetty " + Server.getVersion() + " " + Environment.NAME;
    }

    @Override
    public Optional<String> lacks(Feature feature) {
        return switch (feature) {
            case UPGRADE -> Optional.of("HttpServletRequest.upgrade does not switch the connection");
            case WEBSOCKET -> Environment.lacksWebSockets();
            case WEB_XML, REDEPLOY, HTTP2, VIRTUAL_THREADS, THREADS -> Optional.empty();
        };
    }

    @Override
    public Optional<String> webSocketFilter() {
        return Optional.of("org.eclipse.jetty." + Environment.NAME + ".websocket.servlet.WebSocketUpgradeFilter");
    }

    @Override
    public Running start(WebApplication application) throws Exception {
        QueuedThreadPool threads =
                application.threads() > 0 ? new QueuedThreadPool(application.threads()) : new QueuedThreadPool();
        if (application.virtualThreads()) {
            threads.setVirtualThreadsExecutor(VirtualThreads.getDefaultVirtualThreadsExecutor());
        }
        Server server = new Server(threads);
        HttpConfiguration http = new HttpConfiguration();
        ServerConnector connector =
                new ServerConnector(server, new HttpConnectionFactory(http), new HTTP2CServerConnectionFactory(http));
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        Started started = new Started(server, connector, application);
        server.setHandler(started.applications);
        started.applications.addHandler(started.context());
        try {
            server.start();
            return started;
        } catch (Exception | Error e) {
            started.close();
            throw e;
        }
    }

    private static final class Started implements Running {

        private final Server server;
        private final ServerConnector connector;
        private final WebApplication application;
        private final ContextHandlerCollection applications = new ContextHandlerCollection();

        Started(Server server, ServerConnector connector, WebApplication application) {
            this.server = server;
            this.connector = connector;
            this.application = application;
        }

        ContextHandler context() {
            return application
                    .folder()
                    .map(war -> Environment.unpacked(application, war))
                    .orElseGet(() -> Environment.registered(application));
        }

        @Override
        public int port() {
            return connector.getLocalPort();
        }

        @Override
        public int busyThreads() {
            return ((QueuedThreadPool) server.getThreadPool()).getBusyThreads();
        }

        @Override
        public void redeploy() throws Exception {
            applications.getHandlers().forEach(old -> {
                applications.removeHandler(old);
                stop(old);
                old.destroy();
            });
            ContextHandler next = context();
            applications.addHandler(next);
            next.start();
        }

        private static void stop(LifeCycle running) {
            try {
                running.stop();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void close() {
            // Jetty does not stop by itself what was added to it while it ran.
            applications.getHandlers().forEach(Started::stop);
            stop(server);
        }
    }
}
