package io.hourmeter.stripe.web;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What a client is still sending, thrown away after an answer that did not need it: a connection that is closed on unread
 * bytes is reset, and the client would see that instead of the answer.
 *
 * <p>No thread waits for it. The request is asynchronous until its body has ended, or the connection has, or
 * {@link #LONGEST} has passed. It is not completed then but left to time out: the container breaks the connection. When a
 * request is completed while its body is on its way, Undertow waits for the rest on a thread.
 */
final class RestOfBody implements ReadListener, AsyncListener {

    /** Most uploads have come by then. */
    static final Duration LONGEST = Duration.ofSeconds(2);

    /** Read and thrown away for the sake of an answer. */
    static final long MOST_BYTES = 8L * 1024 * 1024;

    /** What is looked for on the thread of the request, before the answer: more than an order or a sign-up has. */
    private static final int MOST_BEFORE = 64 * 1024;

    private static final int CHUNK = 8 * 1024;

    private final AsyncContext async;
    private final ServletInputStream in;
    private final AtomicBoolean ended = new AtomicBoolean();
    private long left = MOST_BYTES;

    private RestOfBody(AsyncContext async, ServletInputStream in) {
        this.async = async;
        this.in = in;
    }

    /**
     * Whether a part of the body has not arrived, and somebody can be let go for it; what has, up to a bound, is read away.
     * Where nothing is asynchronous the stream is not touched, for then Undertow would wait for its end.
     */
    static boolean isOnItsWay(HttpServletRequest request) {
        if (!hasBody(request) || !request.isAsyncSupported()) {
            return false;
        }
        long length = request.getContentLengthLong();
        try {
            return length > MOST_BEFORE || !hasArrived(request.getInputStream(), length);
        } catch (IOException | RuntimeException e) {
            // Broken, or a filter in front has the reader.
            return true;
        }
    }

    static boolean hasBody(HttpServletRequest request) {
        long length = request.getContentLengthLong();
        return length > 0 || (length < 0 && request.getHeader("Transfer-Encoding") != null);
    }

    private static boolean hasArrived(ServletInputStream in, long length) throws IOException {
        byte[] chunk = new byte[CHUNK];
        long missing = length < 0 ? MOST_BEFORE : length;
        while (missing > 0 && in.available() > 0) {
            int read = in.read(chunk);
            if (read < 0) {
                return true;
            }
            missing -= read;
        }
        return in.isFinished() || (missing <= 0 && length >= 0);
    }

    /** Says before an answer that its connection ends with it. HTTP/2 can end a single stream. */
    static void announce(HttpServletRequest request, HttpServletResponse response) {
        if (request.getProtocol().startsWith("HTTP/1")) {
            response.setHeader("Connection", "close");
        }
    }

    /** Lets go of the thread of a request whose answer is written, the announcement in its head. */
    static void letGo(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.flushBuffer();
        if (!request.isAsyncSupported() || request.isAsyncStarted()) {
            return;
        }
        try {
            AsyncContext async = timingOut(request, response);
            ServletInputStream in = request.getInputStream();
            RestOfBody rest = new RestOfBody(async, in);
            async.addListener(rest);
            in.setReadListener(rest);
        } catch (IOException | RuntimeException e) {
            // The answer is out. A filter in front may have the reader, or a request that is read by waiting only.
        }
    }

    /** Nobody completes it. */
    static AsyncContext timingOut(HttpServletRequest request, HttpServletResponse response) {
        AsyncContext async = request.startAsync(request, response);
        async.setTimeout(LONGEST.toMillis());
        return async;
    }

    @Override
    public void onDataAvailable() throws IOException {
        byte[] chunk = new byte[CHUNK];
        while (left > 0 && in.isReady()) {
            int read = in.read(chunk);
            if (read < 0) {
                return;
            }
            left -= read;
        }
    }

    @Override
    public void onAllDataRead() {
        end();
    }

    @Override
    public void onError(Throwable failure) {
        end();
    }

    @Override
    public void onError(AsyncEvent event) {
        end();
    }

    @Override
    public void onTimeout(AsyncEvent event) {
        // The container breaks the connection.
    }

    @Override
    public void onComplete(AsyncEvent event) {
        ended.set(true);
    }

    @Override
    public void onStartAsync(AsyncEvent event) {
        // Nobody does.
    }

    private void end() {
        if (ended.compareAndSet(false, true)) {
            try {
                async.complete();
            } catch (IllegalStateException e) {
                // The container has.
            }
        }
    }
}
