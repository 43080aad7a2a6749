package io.hourmeter.servlet;

import io.hourmeter.internal.FatalErrors;
import io.hourmeter.usage.Granted;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The way of one request to the application and back: whether it has come there, what the application has thrown, and the
 * use that is to end with the request. So that the one place that catches everything can tell a fault of metering from
 * what the application throws, and leaves nothing running. Known to one thread.
 */
final class Passage implements FilterChain {

    /** The use that was granted to this request. A field, since nothing may fail between the grant and this. */
    @Nullable Granted usage;

    /** What the application has thrown; a field like the other. */
    @Nullable Throwable thrown;

    private final FilterChain application;
    private boolean entered;

    Passage(FilterChain application) {
        this.application = application;
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response) throws IOException, ServletException {
        entered = true;
        try {
            application.doFilter(request, response);
        } catch (Throwable e) {
            thrown = e;
            throw e;
        }
    }

    /** Whether the application has seen the request, or is about to. */
    boolean entered() {
        return entered;
    }

    /** Something of ours has failed: what was granted ends now, and what the application has thrown goes on its way. */
    void fail() throws IOException, ServletException {
        endUsage();
        Throwable own = thrown;
        if (own instanceof IOException e) {
            throw e;
        }
        if (own instanceof ServletException e) {
            throw e;
        }
        if (own instanceof RuntimeException e) {
            throw e;
        }
        if (own instanceof Error e) {
            throw e;
        }
    }

    /** Ends what was granted, now. */
    void endUsage() {
        Granted running = usage;
        if (running == null) {
            return;
        }
        try {
            running.close();
        } catch (Throwable e) {
            // It ends with usage.request.limit.
            FatalErrors.throwIfFatal(e);
        }
    }
}
