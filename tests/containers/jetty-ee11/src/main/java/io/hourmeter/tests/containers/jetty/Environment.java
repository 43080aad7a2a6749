package io.hourmeter.tests.containers.jetty;

import io.hourmeter.tests.containers.War;
import io.hourmeter.tests.containers.WebApplication;
import java.util.Optional;
import org.eclipse.jetty.ee11.servlet.ErrorPageErrorHandler;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.webapp.WebAppContext;
import org.eclipse.jetty.ee11.websocket.jakarta.server.config.JakartaWebSocketServletContainerInitializer;
import org.eclipse.jetty.server.handler.ContextHandler;

/** Web applications of this environment. */
final class Environment {

    static final String NAME = "ee11";

    private Environment() {}

    /** Why there are no WebSockets; empty when there are. */
    static Optional<String> lacksWebSockets() {
        return Optional.empty();
    }

    static ContextHandler registered(WebApplication application) {
        ServletContextHandler context =
                new ServletContextHandler(application.mountPath(), ServletContextHandler.SESSIONS);
        // As it would be found where class paths are scanned.
        JakartaWebSocketServletContainerInitializer.configure(context, null);
        context.addServletContainerInitializer(
                (classes, started) -> application.setup().start(started));
        ErrorPageErrorHandler errors = new ErrorPageErrorHandler();
        application.statusPages().forEach(errors::addErrorPage);
        application.exceptionPages().forEach(errors::addErrorPage);
        context.setErrorHandler(errors);
        return context;
    }

    static ContextHandler unpacked(WebApplication application, War war) {
        WebAppContext context = new WebAppContext(war.folder().toString(), application.mountPath());
        context.setThrowUnavailableOnStartupException(true);
        return context;
    }
}
