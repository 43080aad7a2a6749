package io.hourmeter.tests.containers;

import java.util.Optional;
import java.util.ServiceLoader;

/**
 * A servlet container that the suite runs in. Each module of the matrix has one implementation with a public
 * constructor, named in {@code META-INF/services}.
 */
public interface Container {

    /**
     * How the container is called in the table, with its version as the running code states it.
     *
     * @return for example {@code Tomcat 11.0.25}
     */
    String title();

    /**
     * Why a case cannot be run here.
     *
     * @param feature what the case needs
     * @return a reason for people, a few words; empty when the container has it
     */
    Optional<String> lacks(Feature feature);

    /**
     * The container's own filter for WebSocket handshakes, where it stands before those of web.xml unless the
     * application declares it there.
     *
     * @return its class name; empty when it stands behind them by itself
     */
    default Optional<String> webSocketFilter() {
        return Optional.empty();
    }

    /**
     * Starts the container on a free port of 127.0.0.1 with one web application.
     *
     * @param application what to serve
     * @return the running container, which the caller closes
     * @throws Exception if it does not start, an exception of the application's start among the causes
     */
    Running start(WebApplication application) throws Exception;

    /** A started container. */
    interface Running extends AutoCloseable {

        /**
         * The port in use.
         *
         * @return 1 to 65535
         */
        int port();

        /**
         * Stops the web application and starts it again from its description, the container going on. A folder gets a
         * new class loader; nothing of the old one is kept.
         *
         * @throws Exception if that fails
         */
        void redeploy() throws Exception;

        /**
         * Threads that serve a request at this moment, or wait for one that is.
         *
         * @return 0 or more; only where the container tells
         */
        default int busyThreads() {
            throw new UnsupportedOperationException("this container does not tell");
        }

        /** Stops the application, then the container. */
        @Override
        void close();
    }

    /**
     * The container of this module.
     *
     * @return the only one on the class path
     */
    static Container current() {
        return ServiceLoader.load(Container.class)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no " + Container.class.getName() + " on the class path"));
    }
}
