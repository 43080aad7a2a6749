package io.hourmeter.examples.containers.jetty;

import io.hourmeter.examples.containers.Container;
import io.hourmeter.examples.containers.Feature;
import io.hourmeter.examples.containers.War;
import io.hourmeter.examples.containers.WarClassLoader;
import io.hourmeter.examples.containers.WebApplication;
import java.io.IOException;
import java.util.EventListener;
import java.util.Optional;
import org.eclipse.jetty.ee10.servlet.ErrorPageErrorHandler;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ContextHandlerCollection;
import org.eclipse.jetty.util.VirtualThreads;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** Jetty with its ee10 environment, embedded. */
public final class JettyContainer implements Container {

    @Override
    public String title() {
        return "Jetty " + Server.getVersion() + " ee10";
    }

    @Override
    public Optional<String> lacks(Feature feature) {
        return Optional.ofNullable(
                switch (feature) {
                    case WEB_XML -> "jetty-ee10-servlet alone reads no web.xml; jetty-ee10-webapp does";
                    case UPGRADE -> "HttpServletRequest.upgrade does not switch the connection";
                    default -> null;
                });
    }

    @Override
    public Running start(WebApplication application) throws Exception {
        QueuedThreadPool threads = new QueuedThreadPool();
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

        ServletContextHandler context() {
            String path = application.contextPath().isEmpty() ? "/" : application.contextPath();
            ServletContextHandler context = new ServletContextHandler(path, ServletContextHandler.SESSIONS);
            if (application.folder().isPresent()) {
                unpacked(context, application.folder().get());
            }
            context.addServletContainerInitializer(
                    (classes, started) -> application.setup().start(started));
            ErrorPageErrorHandler errors = new ErrorPageErrorHandler();
            application.statusPages().forEach(errors::addErrorPage);
            application.exceptionPages().forEach(errors::addErrorPage);
            context.setErrorHandler(errors);
            return context;
        }

        private static void unpacked(ServletContextHandler context, War war) {
            try {
                WarClassLoader loader = new WarClassLoader(war);
                context.setClassLoader(loader);
                context.addEventListener((EventListener)
                        loader.loadClass(war.listener()).getConstructor().newInstance());
            } catch (IOException | ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public int port() {
            return connector.getLocalPort();
        }

        @Override
        public void redeploy() throws Exception {
            applications.getHandlers().forEach(old -> {
                applications.removeHandler(old);
                stop(old);
                old.destroy();
            });
            ServletContextHandler next = context();
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
