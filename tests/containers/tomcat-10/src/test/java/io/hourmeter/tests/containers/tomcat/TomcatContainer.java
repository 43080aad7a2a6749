package io.hourmeter.tests.containers.tomcat;

import io.hourmeter.tests.containers.Container;
import io.hourmeter.tests.containers.Feature;
import io.hourmeter.tests.containers.WebApplication;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.apache.catalina.Context;
import org.apache.catalina.Host;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.core.StandardHost;
import org.apache.catalina.startup.Constants;
import org.apache.catalina.startup.ContextConfig;
import org.apache.catalina.startup.ExpandWar;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.util.ServerInfo;
import org.apache.coyote.http2.Http2Protocol;
import org.apache.tomcat.util.descriptor.web.ErrorPage;
import org.apache.tomcat.util.scan.StandardJarScanner;
import org.apache.tomcat.util.threads.ThreadPoolExecutor;
import org.apache.tomcat.websocket.server.WsSci;

/** Tomcat, embedded; a folder is deployed as its Host would deploy a WAR. */
public final class TomcatContainer implements Container {

    @Override
    public String title() {
        return "Tomcat " + ServerInfo.getServerNumber().replaceAll("\\.0$", "");
    }

    @Override
    public Optional<String> lacks(Feature feature) {
        return Optional.empty();
    }

    @Override
    public Running start(WebApplication application) throws Exception {
        Path base = Files.createTempDirectory("hourmeter-tomcat");
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(base.toString());
        Connector connector = new Connector("org.apache.coyote.http11.Http11NioProtocol");
        connector.setPort(0);
        connector.setProperty("address", "127.0.0.1");
        // Else every hundredth answer of a connection says "Connection: close", and answers can no longer be compared.
        connector.setProperty("maxKeepAliveRequests", "-1");
        Http2Protocol http2 = new Http2Protocol();
        // Else an asynchronous request that another thread completes may spoil another stream: docs/containers.md.
        http2.setDiscardRequestsAndResponses(true);
        connector.addUpgradeProtocol(http2);
        if (application.virtualThreads()) {
            connector.setProperty("useVirtualThreads", "true");
        }
        if (application.threads() > 0) {
            connector.setProperty("maxThreads", String.valueOf(application.threads()));
            // As docs/containers.md and Tomcat's own server.xml have it.
            connector.setProperty("connectionTimeout", "20000");
        }
        tomcat.setConnector(connector);
        // The container stops together with a failed application, and says why.
        ((StandardHost) tomcat.getHost()).setFailCtxIfServletStartFails(true);
        Started started = new Started(tomcat, connector, application, base);
        try {
            tomcat.getHost().addChild(started.context());
            tomcat.start();
            started.requireStarted();
            return started;
        } catch (Exception | Error e) {
            started.close();
            throw e;
        }
    }

    private static final class Started implements Running {

        private final Tomcat tomcat;
        private final Connector connector;
        private final WebApplication application;
        private final Path base;

        Started(Tomcat tomcat, Connector connector, WebApplication application, Path base) {
            this.tomcat = tomcat;
            this.connector = connector;
            this.application = application;
            this.base = base;
        }

        StandardContext context() throws IOException {
            StandardContext context = new StandardContext();
            context.setPath(application.contextPath());
            context.setName(application.contextPath());
            context.setParentClassLoader(getClass().getClassLoader());
            StandardJarScanner scanner = new StandardJarScanner();
            // Of a container that is no test, the class path has no web applications' jars.
            scanner.setScanClassPath(false);
            context.setJarScanner(scanner);
            if (application.folder().isPresent()) {
                context.setDocBase(application.folder().get().folder().toString());
                ContextConfig config = new ContextConfig();
                config.setDefaultWebXml(Constants.NoDefaultWebXml);
                context.addLifecycleListener(config);
            } else {
                context.setDocBase(
                        Files.createDirectories(base.resolve("empty")).toString());
                context.addLifecycleListener(new Tomcat.FixContextListener());
                // As it would be found where class paths are scanned.
                context.addServletContainerInitializer(new WsSci(), Set.of());
                context.addServletContainerInitializer(
                        (classes, started) -> application.setup().start(started), Set.of());
            }
            application.statusPages().forEach((status, page) -> {
                ErrorPage error = new ErrorPage();
                error.setErrorCode(status);
                error.setLocation(page);
                context.addErrorPage(error);
            });
            application.exceptionPages().forEach((type, page) -> {
                ErrorPage error = new ErrorPage();
                error.setExceptionType(type.getName());
                error.setLocation(page);
                context.addErrorPage(error);
            });
            return context;
        }

        void requireStarted() {
            Host host = tomcat.getHost();
            Context context = (Context) host.findChild(application.contextPath());
            if (context == null || !context.getState().isAvailable()) {
                throw new IllegalStateException("the web application did not start; the log says why");
            }
        }

        @Override
        public int port() {
            return connector.getLocalPort();
        }

        @Override
        public int busyThreads() {
            return ((ThreadPoolExecutor) connector.getProtocolHandler().getExecutor()).getActiveCount();
        }

        @Override
        public void redeploy() throws Exception {
            Host host = tomcat.getHost();
            host.removeChild(host.findChild(application.contextPath()));
            host.addChild(context());
            requireStarted();
        }

        @Override
        public void close() {
            try {
                tomcat.stop();
                tomcat.destroy();
            } catch (LifecycleException e) {
                throw new IllegalStateException(e);
            }
            ExpandWar.delete(new File(base.toString()));
        }
    }
}
