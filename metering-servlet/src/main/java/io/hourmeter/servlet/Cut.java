package io.hourmeter.servlet;

import io.hourmeter.internal.FatalErrors;
import io.hourmeter.usage.Granted;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Ends one request when its time is up, with {@code usage.overrun=cut}. What the application writes from then on is
 * refused. A response that has not begun becomes a refusal; one that has is broken off, so that the client does not take a
 * part for the whole.
 *
 * <p>An asynchronous request is ended at once, also when nobody writes. It is broken by a {@link WriteListener} that
 * throws, which containers answer by closing the connection; completing it would look like an honest end. Any other
 * request is ended when its application has returned, if a write of it was refused.
 *
 * <p>States, guarded by this: not over → over, by the tracker; and once over, with no write under way and the application
 * returned, not ending → ending, by whoever sees that first.
 */
final class Cut implements Runnable, AsyncListener {

    /** A status that Jetty takes for the wish to break the connection. */
    private static final int JETTY_ABORT = -1;

    private final Granted usage;
    private final RefusalWriter refusals;
    private final HttpServletRequest request;
    private final HttpServletResponse response;

    private boolean over;
    private boolean refusedAWrite;
    private boolean ownListener;
    private boolean returned;
    private boolean ending;
    private int writing;
    private @Nullable AsyncContext async;
    private volatile boolean complete;

    Cut(Granted usage, RefusalWriter refusals, HttpServletRequest request, HttpServletResponse response) {
        this.usage = usage;
        this.refusals = refusals;
        this.request = request;
        this.response = response;
    }

    /** A write that was refused because the time is up. */
    static final class TimeUpException extends IOException {

        private static final long serialVersionUID = 1L;

        TimeUpException() {
            super("the time that this request may use is up (usage.overrun=cut)");
        }
    }

    /** The time is up. Called by the tracker; blocks for nothing. */
    @Override
    public void run() {
        synchronized (this) {
            over = true;
        }
        endIfDue();
    }

    /** Before each write. */
    synchronized void beginWrite() throws TimeUpException {
        if (over) {
            refusedAWrite = true;
            throw new TimeUpException();
        }
        writing++;
    }

    /** Before what adds nothing to the response: an answer that is whole may be flushed and closed at any time. */
    synchronized void beginFlush() throws TimeUpException {
        if (refusedAWrite) {
            throw new TimeUpException();
        }
        writing++;
    }

    /** After each write that was begun, whatever came of it. */
    void endWrite() {
        synchronized (this) {
            writing--;
        }
        endIfDue();
    }

    /** The application listens for when it may write, and nobody else can. */
    synchronized void hasWriteListener() {
        ownListener = true;
    }

    /** The application has begun an asynchronous cycle. */
    void startedAsync(AsyncContext started) {
        started.addListener(this);
        synchronized (this) {
            async = started;
        }
    }

    /** From here on the container may use its objects for another request. Takes no lock: the container may hold one. */
    @Override
    public void onComplete(AsyncEvent event) {
        complete = true;
    }

    @Override
    public void onTimeout(AsyncEvent event) {
        // Completion follows.
    }

    @Override
    public void onError(AsyncEvent event) {
        complete = true;
    }

    @Override
    public void onStartAsync(AsyncEvent event) {
        // The request tells.
    }

    /** Whether the application was told that the time is up, so that what it throws comes of that. */
    synchronized boolean refusedAWrite() {
        return refusedAWrite;
    }

    /**
     * The application has returned.
     *
     * @throws TimeUpException if the response has begun and is not whole
     */
    void chainReturned(ServletRequest judged) throws IOException {
        boolean goesOn = judged.isAsyncStarted();
        synchronized (this) {
            returned = goesOn;
            if (!goesOn && (!refusedAWrite || async != null)) {
                return;
            }
        }
        if (goesOn) {
            endIfDue();
        } else if (!response.isCommitted()) {
            refuse();
        } else if (ServerInfo.isUndertow(request) && request.isAsyncSupported()) {
            // What is thrown out of a servlet it takes for an honest end.
            request.startAsync(request, response);
            response.getOutputStream().setWriteListener(new Breaking());
        } else {
            throw new TimeUpException();
        }
    }

    private void endIfDue() {
        AsyncContext waiting;
        boolean listens;
        synchronized (this) {
            waiting = async;
            listens = ownListener;
            if (!over || !returned || waiting == null || writing > 0 || ending || complete) {
                return;
            }
            ending = true;
        }
        try {
            if (!response.isCommitted()) {
                // On a thread of the container, since the client may read slowly.
                waiting.start(() -> refuseAndComplete(waiting));
            } else if (listens) {
                waiting.complete();
            } else {
                breakOff(waiting);
            }
        } catch (Throwable e) {
            FatalErrors.throwIfFatal(e);
            complete(waiting);
        } finally {
            // Jetty tells nobody that an aborted request has ended.
            usage.close();
        }
    }

    private void breakOff(AsyncContext waiting) throws IOException {
        if (ServerInfo.isJetty(request)) {
            // Its way to abort; after a listener that throws it ends the response as if that were whole.
            response.sendError(JETTY_ABORT);
            waiting.complete();
        } else {
            response.getOutputStream().setWriteListener(new Breaking());
        }
    }

    private void refuseAndComplete(AsyncContext waiting) {
        try {
            refuse();
        } catch (Throwable e) {
            FatalErrors.throwIfFatal(e);
        }
        complete(waiting);
    }

    private static void complete(AsyncContext waiting) {
        try {
            waiting.complete();
        } catch (Throwable e) {
            // It has ended by itself meanwhile.
            FatalErrors.throwIfFatal(e);
        }
    }

    /** Answers in place of the application; headers of the filters before it stay. */
    void refuse() throws IOException {
        if (response.containsHeader("Content-Encoding")) {
            response.reset();
        } else {
            response.resetBuffer();
        }
        refusals.refuseLate(request, response, usage.remainingMillis() == 0);
    }

    /** Fails at once. */
    private static final class Breaking implements WriteListener {

        @Override
        public void onWritePossible() throws IOException {
            throw new TimeUpException();
        }

        @Override
        public void onError(Throwable failure) {
            // It is our own, or the client is gone.
        }
    }
}
