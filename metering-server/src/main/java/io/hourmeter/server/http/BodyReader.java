package io.hourmeter.server.http;

import io.hourmeter.internal.UncaughtErrors;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;

/**
 * Collects the body of one request without occupying a thread while the client is slow. A body over
 * the limit is read on and thrown away up to {@link #MAX_DISCARDED}: a client that is still sending would not
 * see the refusal otherwise.
 *
 * <p>Used by one thread at a time: each read ends, or hands on to the next through {@code demand}. Another thread may take
 * away its room ({@link BodyBudget}). It wakes the reader, and the deadline does, too, by the idle time-out of the
 * connection: Jetty has no other way to end a wait for bytes and leave the answer possible.
 */
final class BodyReader implements Runnable {

    /** Largest body that is looked at. A full usage message of 500 leases has a quarter of it. */
    static final int MAX_BODY = 1024 * 1024;

    /** Largest body of a caller without a token: it has a license key in it, and hardly more. */
    static final int MAX_STRANGERS_BODY = 64 * 1024;

    /** Most bytes that are read for the sake of an answer: as much as a loopback connection carries in a moment. */
    static final int MAX_DISCARDED = 8 * 1024 * 1024;

    /** From the head of a request to the last byte of its body. An idle time-out alone would let a client drip for hours. */
    static final long MAX_MILLIS = 10_000;

    /** Where the body goes. Exactly one of them is called, once. */
    interface Receiver {
        void complete(byte[] body);

        void tooLarge();

        /** There is no room for it. */
        void noRoom();

        /** The client has gone, or its time is over ({@link TimeoutException}). */
        void failed(Throwable cause);
    }

    private final Request request;
    private final EndPoint endPoint;
    private final long idleMillis;
    private final int most;
    private final BodyBudget.Share share;
    private final Receiver receiver;
    private final long startNanos = System.nanoTime();
    private long received;
    private boolean ended;
    private volatile boolean givenUp;

    /**
     * Prepares to read.
     *
     * @param idleMillis the idle time-out that the connection has at other times
     * @param stranger whether nothing but the body itself speaks for its sender
     */
    BodyReader(Request request, BodyBudget budget, long idleMillis, boolean stranger, Receiver receiver) {
        this.request = request;
        this.endPoint = request.getConnectionMetaData().getConnection().getEndPoint();
        this.idleMillis = idleMillis;
        this.most = most(stranger);
        this.receiver = receiver;
        this.share = budget.open(stranger, this::giveUp);
    }

    /** How many bytes a body may have. */
    static int most(boolean stranger) {
        return stranger ? MAX_STRANGERS_BODY : MAX_BODY;
    }

    private void giveUp() {
        givenUp = true;
        endPoint.setIdleTimeout(1);
    }

    @Override
    public void run() {
        try {
            read();
        } catch (Throwable e) {
            // Nobody else would end the request: this may run on a thread of Jetty's that only logs it.
            UncaughtErrors.tell(e);
            share.release();
            if (ended) {
                endPoint.close();
            } else {
                receiver.failed(e);
            }
        }
    }

    private void read() {
        while (true) {
            Content.Chunk chunk = request.read();
            if (chunk == null) {
                waitForMore();
                return;
            }
            if (Content.Chunk.isFailure(chunk)) {
                fail(chunk.getFailure());
                return;
            }
            boolean room = take(chunk.getByteBuffer());
            boolean last = chunk.isLast();
            chunk.release();
            if (!room) {
                end(receiver::noRoom);
                return;
            }
            if (received > MAX_DISCARDED || (last && received > most)) {
                end(receiver::tooLarge);
                return;
            }
            if (last) {
                byte[] body = share.arrived();
                end(body == null ? receiver::noRoom : () -> receiver.complete(body));
                return;
            }
            if (leftMillis() <= 0) {
                fail(new TimeoutException("the body took longer than " + MAX_MILLIS + " ms"));
                return;
            }
        }
    }

    private void fail(Throwable cause) {
        if (givenUp) {
            end(receiver::noRoom);
        } else {
            share.abandon();
            end(() -> receiver.failed(cause));
        }
    }

    private void waitForMore() {
        endPoint.setIdleTimeout(Math.max(1, leftMillis()));
        if (givenUp) {
            endPoint.setIdleTimeout(1);
        }
        request.demand(this);
    }

    private long leftMillis() {
        return MAX_MILLIS - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
    }

    /** Tells the outcome; the room is free again when its receiver has done what it does with it. */
    private void end(Runnable outcome) {
        ended = true;
        endPoint.setIdleTimeout(idleMillis);
        try {
            outcome.run();
        } finally {
            share.release();
        }
    }

    /** Keeps what came; false when there is no room for it. */
    private boolean take(ByteBuffer bytes) {
        received += bytes.remaining();
        if (received > most) {
            // It is thrown away from here on.
            share.release();
            return true;
        }
        return share.add(bytes, request.getLength());
    }
}
