package io.hourmeter.server.http;

import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Callback;

/**
 * Throws a short body away that comes behind its refusal, without a thread and within {@link #MAX_MILLIS}: a client that is
 * still sending when its connection is closed does not see the answer. Used by one thread at a time.
 */
final class Discarder implements Runnable {

    /** What a client sends together with its head, or at once after it. For a longer one the connection is closed. */
    static final int MAX_BODY = 64 * 1024;

    private static final long MAX_MILLIS = 2_000;

    private final Request request;
    private final Callback callback;
    private final long idleMillis;
    private final long startNanos = System.nanoTime();

    Discarder(Request request, long idleMillis, Callback callback) {
        this.request = request;
        this.idleMillis = idleMillis;
        this.callback = callback;
    }

    /** Whether a body is so short that the connection is kept for the next request. */
    static boolean takes(Request request) {
        return request.getLength() >= 0 && request.getLength() <= MAX_BODY;
    }

    @Override
    public void run() {
        while (true) {
            Content.Chunk chunk = request.read();
            long left = MAX_MILLIS - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
            if (chunk == null && left > 0) {
                endPointIdle(left);
                request.demand(this);
                return;
            }
            if (chunk == null || Content.Chunk.isFailure(chunk)) {
                // The answer is out; what is left of the request makes Jetty close the connection.
                callback.succeeded();
                return;
            }
            boolean last = chunk.isLast();
            chunk.release();
            if (last) {
                endPointIdle(idleMillis);
                callback.succeeded();
                return;
            }
        }
    }

    private void endPointIdle(long millis) {
        request.getConnectionMetaData().getConnection().getEndPoint().setIdleTimeout(millis);
    }
}
