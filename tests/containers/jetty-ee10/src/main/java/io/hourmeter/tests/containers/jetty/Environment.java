package io.hourmeter.tests.containers.jetty;

import io.hourmeter.tests.containers.War;
import io.hourmeter.tests.containers.WebApplication;
import java.util.Optional;
import org.eclipse.jetty.ee10.servlet.ErrorPageErrorHandler;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.webapp.WebAppContext;
import org.eclipse.jetty.server.handler.ContextHandler;

/** Web applications of this environment. */
final class Environment {

    static final String NAME = "ee10";

    private Environment() {}

    /** Why there are no WebSockets; empty when there are. */
    static Optional<String> lacksWebSockets() {
        return Optional.of("no release of its WebSocket part can be had with all others");
    }

    static ContextHandler registered(WebApplication application) {
        ServletContextHandler context =
                new ServletContextHandler(application.mountPath(), ServletContextHandler.SESSIONS);
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
