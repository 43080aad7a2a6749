package io.hourmeter.stripe.web;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;

/**
 * Writes what is larger than an answer of a call, the page and its files, as fast as a client reads it and without a thread
 * that waits: a client that asks for many and reads none would keep others from being served.
 */
final class SlowReaders implements WriteListener {

    /** For a file of 200 kB that is 30 kbit/s, slower than any telephone network. Then the container breaks the connection. */
    private static final Duration LONGEST = Duration.ofMinutes(1);

    /** What containers gather before they write. */
    private static final int CHUNK = 8 * 1024;

    private final AsyncContext async;
    private final ServletOutputStream out;
    private final byte[] body;
    private int written; // by one thread at a time, as the container calls

    private SlowReaders(AsyncContext async, ServletOutputStream out, byte[] body) {
        this.async = async;
        this.out = out;
        this.body = body;
    }

    /** Writes a body, now or later; waits for the client only where nothing is asynchronous. */
    static void write(HttpServletRequest request, HttpServletResponse response, byte[] body) throws IOException {
        if (!request.isAsyncSupported() || request.isAsyncStarted() || RestOfBody.hasBody(request)) {
            response.getOutputStream().write(body);
            return;
        }
        AsyncContext async = request.startAsync(request, response);
        async.setTimeout(LONGEST.toMillis());
        ServletOutputStream out = response.getOutputStream();
        try {
            out.setWriteListener(new SlowReaders(async, out, body));
        } catch (RuntimeException e) {
            // A filter has wrapped the response in one that can only be written by waiting.
            out.write(body);
            async.complete();
        }
    }

    @Override
    public void onWritePossible() throws IOException {
        while (out.isReady()) {
            if (written == body.length) {
                async.complete();
                return;
            }
            int length = Math.min(CHUNK, body.length - written);
            out.write(body, written, length);
            written += length;
        }
    }

    @Override
    public void onError(Throwable failure) {
        try {
            async.complete();
        } catch (IllegalStateException e) {
            // The container has.
        }
    }
}
