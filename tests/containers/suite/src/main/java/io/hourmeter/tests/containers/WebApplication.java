package io.hourmeter.tests.containers;

import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import java.util.Map;
import java.util.Optional;

/**
 * A web application as every container gets it: either code that registers servlets and filters, or a folder as it would
 * be unpacked from a WAR. Immutable.
 *
 * @param contextPath empty for the root, else beginning with a slash
 * @param setup registers servlets and filters, once per start; does nothing when there is a folder
 * @param statusPages error pages by status, paths within the application
 * @param exceptionPages error pages by exception
 * @param folder the unpacked application, with a class loader of its own
 * @param virtualThreads whether requests shall run on virtual threads; only where the container has them
 * @param threads the most that serve requests; 0 for as many as the container has by itself
 */
public record WebApplication(
        String contextPath,
        Setup setup,
        Map<Integer, String> statusPages,
        Map<Class<? extends Throwable>, String> exceptionPages,
        Optional<War> folder,
        boolean virtualThreads,
        int threads) {

    /** Copies the maps. */
    public WebApplication {
        statusPages = Map.copyOf(statusPages);
        exceptionPages = Map.copyOf(exceptionPages);
    }

    /** Registers servlets and filters, as a {@code ServletContainerInitializer} does. */
    @FunctionalInterface
    public interface Setup {

        /**
         * Registers.
         *
         * @param context of the application that starts
         * @throws ServletException if it cannot start
         */
        void start(ServletContext context) throws ServletException;
    }

    /**
     * An application at the root that is registered by code.
     *
     * @param setup what registers it
     * @return without error pages
     */
    public static WebApplication of(Setup setup) {
        return new WebApplication("", setup, Map.of(), Map.of(), Optional.empty(), false, 0);
    }

    /**
     * An unpacked application.
     *
     * @param war where it is
     * @return at the root
     */
    public static WebApplication of(War war) {
        return new WebApplication("", context -> {}, Map.of(), Map.of(), Optional.of(war), false, 0);
    }

    /**
     * The same with error pages.
     *
     * @param byStatus paths by status
     * @param byException paths by exception
     * @return a copy
     */
    public WebApplication withErrorPages(
            Map<Integer, String> byStatus, Map<Class<? extends Throwable>, String> byException) {
        return new WebApplication(contextPath, setup, byStatus, byException, folder, virtualThreads, threads);
    }

    /**
     * The context path for containers that call the root {@code /}.
     *
     * @return beginning with a slash
     */
    public String mountPath() {
        return contextPath.isEmpty() ? "/" : contextPath;
    }

    /**
     * The same below a context path.
     *
     * @param path beginning with a slash
     * @return a copy
     */
    public WebApplication at(String path) {
        return new WebApplication(path, setup, statusPages, exceptionPages, folder, virtualThreads, threads);
    }

    /**
     * The same on virtual threads.
     *
     * @return a copy
     */
    public WebApplication onVirtualThreads() {
        return new WebApplication(contextPath, setup, statusPages, exceptionPages, folder, true, threads);
    }

    /**
     * The same with few threads.
     *
     * @param most at least 1; only where the container can be told
     * @return a copy
     */
    public WebApplication withThreads(int most) {
        return new WebApplication(contextPath, setup, statusPages, exceptionPages, folder, virtualThreads, most);
    }
}
