package io.hourmeter.servlet;

import io.hourmeter.usage.Granted;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletRequest;

/**
 * Ends the use of a request when the request ends. While it is asynchronous, that is its completion and nothing before:
 * after a time-out or an error the application may still dispatch and go on, and containers report completion in every
 * case. What a container forgets to report is bounded by {@code usage.request.limit}.
 *
 * <p>Holds the use and no request: containers recycle request objects.
 */
final class AsyncRelease implements AsyncListener {

    private final Granted usage;

    private AsyncRelease(Granted usage) {
        this.usage = usage;
    }

    /** Ends the use now, or when the asynchronous request completes. Called when the chain has returned or thrown. */
    static void release(Granted usage, ServletRequest request) {
        try {
            if (request.isAsyncStarted()) {
                request.getAsyncContext().addListener(new AsyncRelease(usage));
                return;
            }
        } catch (RuntimeException e) {
            // Mostly that another thread completed the request between the question and the answer. Whatever it is, it
            // must not take the place of what the application throws.
        }
        usage.close();
    }

    @Override
    public void onComplete(AsyncEvent event) {
        usage.close();
    }

    /** Starting again drops the listeners of the cycle before. */
    @Override
    public void onStartAsync(AsyncEvent event) {
        try {
            event.getAsyncContext().addListener(this);
        } catch (IllegalStateException e) {
            usage.close();
        }
    }

    @Override
    public void onTimeout(AsyncEvent event) {
        // Completion follows.
    }

    @Override
    public void onError(AsyncEvent event) {
        // Completion follows.
    }
}
