package io.hourmeter.servlet;

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
 * What a refused client is still sending, thrown away after the answer: a connection that is closed on unread bytes is
 * reset, and the client would see that instead of the answer.
 *
 * <p>No thread waits for it. The request is asynchronous until its body has ended, or the connection has, or
 * {@link #LONGEST} has passed. It is not completed then but left to time out: the container breaks the connection. A
 * request that is completed while its body is on its way is another thing: Undertow waits for the rest on a thread, and so
 * does Tomcat where the request was not asynchronous.
 */
final class RestOfBody implements ReadListener, AsyncListener {

    /** Most uploads have come by then. */
    private static final Duration LONGEST = Duration.ofSeconds(2);

    /** What is looked for on the thread of the request, before the answer. */
    private static final int MOST_BEFORE = BodyPeek.MAX_BYTES;

    private static final int CHUNK = 8_192;

    private final AsyncContext async;
    private final AtomicBoolean ended = new AtomicBoolean();
    private final ServletInputStream in;
    private long left;

    private RestOfBody(AsyncContext async, ServletInputStream in, long atMost) {
        this.async = async;
        this.in = in;
        this.left = atMost;
    }

    /**
     * Whether a part of the body has not arrived; what has is read away. HTTP/2 can refuse a single stream.
     *
     * @param ahead bytes that were read already; {@link Long#MAX_VALUE} for all there are
     */
    static boolean isOnItsWay(HttpServletRequest request, long ahead) {
        if (ahead == Long.MAX_VALUE || !request.getProtocol().startsWith("HTTP/1")) {
            return false;
        }
        long length = request.getContentLengthLong();
        if (length < 0) {
            return request.getHeader("Transfer-Encoding") != null;
        }
        return length > ahead && !hasArrived(request, length - ahead);
    }

    private static boolean hasArrived(HttpServletRequest request, long rest) {
        if (rest > MOST_BEFORE) {
            return false;
        }
        try {
            ServletInputStream in = request.getInputStream();
            byte[] chunk = new byte[CHUNK];
            long missing = rest;
            while (missing > 0 && in.available() > 0) {
                int read = in.read(chunk);
                if (read < 0) {
                    return true;
                }
                missing -= read;
            }
            return missing <= 0 || in.isFinished();
        } catch (IOException | RuntimeException e) {
            // Broken, or a filter before this one has the reader.
            return false;
        }
    }

    /**
     * Lets go of the thread of a request whose answer is written, {@code Connection: close} among its headers.
     *
     * @param atMost bytes that are read; 0 for none
     */
    static void letGo(HttpServletRequest request, HttpServletResponse response, long atMost) throws IOException {
        response.flushBuffer();
        if (!request.isAsyncSupported() || request.isAsyncStarted()) {
            return;
        }
        try {
            AsyncContext async = request.startAsync(request, response);
            async.setTimeout(LONGEST.toMillis());
            if (atMost > 0) {
                ServletInputStream in = request.getInputStream();
                RestOfBody rest = new RestOfBody(async, in, atMost);
                async.addListener(rest);
                in.setReadListener(rest);
            }
        } catch (IOException | RuntimeException e) {
            // The answer is out. A filter before this one may have the reader, or a request that is read by waiting
            // only.
        }
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
