package io.hourmeter.server.http;

import io.hourmeter.internal.UncaughtErrors;
import java.io.IOException;
import java.nio.channels.Selector;
import java.util.concurrent.Executor;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Jetty's connector, which tells what Jetty would only log: an error after which a selector is gone, or nothing is taken any
 * more. The port would stay open and nobody would be answered.
 */
final class ReportingConnector extends ServerConnector {

    ReportingConnector(Server server, HttpConnectionFactory http) {
        super(server, http);
    }

    @Override
    protected boolean handleAcceptFailure(Throwable failure) {
        UncaughtErrors.tell(failure);
        return super.handleAcceptFailure(failure);
    }

    @Override
    protected SelectorManager newSelectorManager(Executor executor, Scheduler scheduler, int selectors) {
        return new ServerConnectorManager(executor, scheduler, selectors) {
            @Override
            protected ManagedSelector newSelector(int id) {
                return new TellingSelector(this, id);
            }
        };
    }

    private static final class TellingSelector extends ManagedSelector {

        TellingSelector(SelectorManager manager, int id) {
            super(manager, id);
        }

        @Override
        protected void handleSelectFailure(Selector selector, Throwable failure) throws IOException {
            UncaughtErrors.tell(failure);
            super.handleSelectFailure(selector, failure);
        }

        @Override
        protected void onSelectFailed(Throwable cause) {
            UncaughtErrors.tell(cause);
            super.onSelectFailed(cause);
        }
    }
}
