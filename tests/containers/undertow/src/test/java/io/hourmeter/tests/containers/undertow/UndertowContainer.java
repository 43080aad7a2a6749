package io.hourmeter.tests.containers.undertow;

import io.hourmeter.tests.containers.Container;
import io.hourmeter.tests.containers.Feature;
import io.hourmeter.tests.containers.War;
import io.hourmeter.tests.containers.WarClassLoader;
import io.hourmeter.tests.containers.WebApplication;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.Version;
import io.undertow.server.DefaultByteBufferPool;
import io.undertow.server.handlers.PathHandler;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.api.ErrorPage;
import io.undertow.servlet.api.ServletContainer;
import io.undertow.servlet.api.ServletContainerInitializerInfo;
import io.undertow.servlet.util.ImmediateInstanceFactory;
import io.undertow.util.FileUtils;
import io.undertow.websockets.jsr.WebSocketDeploymentInfo;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletContextListener;
import jakarta.servlet.ServletException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EventListener;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import org.xnio.Options;

/** Undertow, embedded. It reads no web.xml by itself: that is done by the application servers built on it. */
public final class UndertowContainer implements Container {

    private static final String NAME = "suite";

    private static final int BUFFER_BYTES = 8_192;

    private static final int READ_TIMEOUT_MILLIS = 20_000;

    @Override
    public String title() {
        return "Undertow " + Version.getVersionString();
    }

    @Override
    public Optional<String> lacks(Feature feature) {
        return feature == Feature.WEB_XML
                ? Optional.of("reads no web.xml; the application servers built on it do")
                : Optional.empty();
    }

    @Override
    public Running start(WebApplication application) throws Exception {
        Started started = new Started(application);
        started.deploy();
        started.listen();
        return started;
    }

    private static final class Started implements Running {

        private final WebApplication application;
        private final ServletContainer container = Servlets.newContainer();
        private final PathHandler paths = new PathHandler();
        private final Path temporary = Files.createTempDirectory("hourmeter-undertow");
        private Undertow server;

        Started(WebApplication application) throws IOException {
            this.application = application;
        }

        void listen() {
            Undertow.Builder builder = Undertow.builder();
            if (application.threads() > 0) {
                builder.setWorkerThreads(application.threads());
                // As docs/containers.md has it: nothing else ends a read on which nothing comes.
                builder.setSocketOption(Options.READ_TIMEOUT, READ_TIMEOUT_MILLIS);
            }
            server = builder.addHttpListener(0, "127.0.0.1")
                    .setServerOption(UndertowOptions.ENABLE_HTTP2, true)
                    // the suite sends 10 MiB
                    .setServerOption(UndertowOptions.MAX_ENTITY_SIZE, -1L)
                    .setHandler(paths)
                    .build();
            server.start();
        }

        void deploy() throws ServletException, IOException, ReflectiveOperationException {
            DeploymentInfo info = Servlets.deployment()
                    .setDeploymentName(NAME)
                    .setContextPath(application.mountPath())
                    .setTempDir(temporary)
                    .addServletContextAttribute(
                            WebSocketDeploymentInfo.ATTRIBUTE_NAME,
                            new WebSocketDeploymentInfo().setBuffers(new DefaultByteBufferPool(false, BUFFER_BYTES)));
            Optional<War> folder = application.folder();
            if (folder.isPresent()) {
                War war = folder.get();
                WarClassLoader loader = new WarClassLoader(war);
                info.setClassLoader(loader);
                for (String name : war.listeners()) {
                    Class<? extends EventListener> listener =
                            loader.loadClass(name).asSubclass(ServletContextListener.class);
                    info.addListener(Servlets.listener(listener));
                }
            } else {
                info.setClassLoader(getClass().getClassLoader());
                ServletContainerInitializer initializer =
                        (classes, context) -> application.setup().start(context);
                info.addServletContainerInitializer(new ServletContainerInitializerInfo(
                        initializer.getClass(), new ImmediateInstanceFactory<>(initializer), Set.of()));
            }
            application.statusPages().forEach((status, page) -> info.addErrorPage(new ErrorPage(page, status)));
            application.exceptionPages().forEach((type, page) -> info.addErrorPage(new ErrorPage(page, type)));
            if (application.virtualThreads()) {
                info.setExecutor(virtualThreads());
            }
            DeploymentManager manager = container.addDeployment(info);
            manager.deploy();
            paths.addPrefixPath(info.getContextPath(), manager.start());
        }

        private static Executor virtualThreads() throws ReflectiveOperationException {
            return (Executor) java.util.concurrent.Executors.class
                    .getMethod("newVirtualThreadPerTaskExecutor")
                    .invoke(null);
        }

        void undeploy() throws ServletException, IOException {
            DeploymentManager manager = container.getDeployment(NAME);
            DeploymentInfo info = manager.getDeployment().getDeploymentInfo();
            paths.removePrefixPath(info.getContextPath());
            manager.stop();
            manager.undeploy();
            container.removeDeployment(info);
            if (info.getClassLoader() instanceof WarClassLoader loader) {
                loader.close();
            }
        }

        @Override
        public int port() {
            return ((InetSocketAddress) server.getListenerInfo().get(0).getAddress()).getPort();
        }

        @Override
        public int busyThreads() {
            // The worker's own figure is -1.
            return (int) Thread.getAllStackTraces().entrySet().stream()
                    .filter(thread -> thread.getKey().getName().matches("XNIO-\\d+ task-\\d+"))
                    .filter(thread -> Arrays.stream(thread.getValue())
                            .anyMatch(frame -> frame.getClassName().startsWith("io.undertow.")))
                    .count();
        }

        @Override
        public void redeploy() throws Exception {
            undeploy();
            deploy();
        }

        @Override
        public void close() {
            try {
                undeploy();
                server.stop();
                FileUtils.deleteRecursive(temporary);
            } catch (ServletException | IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
