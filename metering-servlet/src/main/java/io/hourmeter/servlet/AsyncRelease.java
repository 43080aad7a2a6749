package io.hourmeter.servlet;

import io.hourmeter.usage.Granted;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletRequest;

/**
 * Ends the use of a request when the request ends. While it is asynchronous, that is its completion or an error,
 * whichever is reported first: Tomcat reports no completion after a servlet has started asynchronous processing and
 * thrown. After a time-out the application may still dispatch and go on, and completion follows in any case. What a
 * container forgets to report is bounded by {@code usage.request.limit}.
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

    /** Completion may not follow. An application that dispatches from here goes on unmetered, as a rule to an error page. */
    @Override
    public void onError(AsyncEvent event) {
        usage.close();
    }
}
