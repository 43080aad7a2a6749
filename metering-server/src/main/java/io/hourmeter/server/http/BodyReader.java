package io.hourmeter.server.http;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/**
 * Collects the body of one request without occupying a thread while the client is slow. A body over
 * {@link #MAX_BODY} is read on and thrown away up to {@link #MAX_DISCARDED}: a client that is still sending would not
 * see the refusal otherwise.
 *
 * <p>Used by one thread at a time: each read ends, or hands on to the next through {@code demand}.
 */
final class BodyReader implements Runnable {

    /** Largest body that is looked at. A full usage message of 500 leases has a quarter of it. */
    static final int MAX_BODY = 1024 * 1024;

    /** Most bytes that are read for the sake of an answer: as much as a loopback connection carries in a moment. */
    static final int MAX_DISCARDED = 8 * 1024 * 1024;

    /** Longest time for a whole body. The idle time-out alone would let a client drip one byte at a time for hours. */
    static final long MAX_SECONDS = 60;

    /** Where the body goes. */
    interface Receiver {
        void complete(byte[] body);

        void tooLarge();

        void failed(Throwable cause);
    }

    private final Request request;
    private final Receiver receiver;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private final long startNanos = System.nanoTime();
    private long received;

    BodyReader(Request request, Receiver receiver) {
        this.request = request;
        this.receiver = receiver;
    }

    @Override
    public void run() {
        while (true) {
            Content.Chunk chunk = request.read();
            if (chunk == null) {
                request.demand(this);
                return;
            }
            if (Content.Chunk.isFailure(chunk)) {
                receiver.failed(chunk.getFailure());
                return;
            }
            take(chunk.getByteBuffer());
            boolean last = chunk.isLast();
            chunk.release();
            if (received > MAX_DISCARDED || (last && received > MAX_BODY)) {
                receiver.tooLarge();
                return;
            }
            if (last) {
                receiver.complete(body.toByteArray());
                return;
            }
            if (System.nanoTime() - startNanos > TimeUnit.SECONDS.toNanos(MAX_SECONDS)) {
                receiver.failed(new TimeoutException("the body took longer than " + MAX_SECONDS + " s"));
                return;
            }
        }
    }

    private void take(ByteBuffer bytes) {
        received += bytes.remaining();
        if (received > MAX_BODY) {
            body.reset();
            return;
        }
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        body.writeBytes(copy);
    }
}
