package io.hourmeter.servlet;

import io.hourmeter.internal.FatalErrors;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A body whose beginning was read ahead: first that beginning, then what follows it in the container's stream.
 *
 * <p>Asynchronous reading. The container cannot be asked to call a {@link ReadListener} for bytes it has delivered
 * already: at the end of a body Undertow never calls one, Tomcat only while the servlet runs. So this class calls it,
 * not before the chain of the filter has returned: a listener must not be called while the servlet that set it is still
 * at work. As a rule the thread of the request calls, as a container's would; where the application sets the listener or
 * asks for more on another thread, one of {@code AsyncContext.start}. When the beginning is used up and more follows, the
 * listener is given to the container's stream once the application has asked {@link #isReady()}; all further calls are
 * the container's.
 *
 * <p>The states of the own calls:
 *
 * <pre>
 *   gate:     0 → LISTENING or RETURNED → both; whoever completes it makes the first call
 *   calling:  the thread of the first call while it is under way; what is wanted meanwhile is left to it
 *   wanted:   false → true, when the application has used the beginning up and asks for more: not before, since it
 *             may still be busy, on a thread of its own, with what it read last
 *   left:     false → true, by whoever sees that first: reports the end or hands over, once
 * </pre>
 *
 * <p>As with any servlet input stream, one thread reads at a time.
 */
final class PeekedBody extends ServletInputStream {

    /** What comes after the beginning. */
    enum End {
        /** Nothing: the beginning is the whole body. */
        COMPLETE,
        /** The rest, in the container's stream. */
        MORE_FOLLOWS,
        /** The failure that the container's stream has thrown. */
        BROKEN
    }

    private static final int LISTENING = 1;
    private static final int RETURNED = 2;

    private final HttpServletRequest request;
    private final ServletInputStream live;
    private final byte[] beginning;
    private final int length;
    private final End end;
    private final @Nullable Exception failure;

    private final AtomicInteger gate = new AtomicInteger();
    private final AtomicBoolean left = new AtomicBoolean();
    private volatile int position;
    private volatile @Nullable Thread calling;
    private volatile boolean wanted;
    private volatile @Nullable ReadListener listener;

    PeekedBody(
            HttpServletRequest request,
            ServletInputStream live,
            byte[] beginning,
            int length,
            End end,
            @Nullable Exception failure) {
        this.request = request;
        this.live = live;
        this.beginning = beginning;
        this.length = length;
        this.end = end;
        this.failure = failure;
    }

    /** What a field of the outermost object says, when the whole body was read; else empty. */
    List<String> texts(String field) {
        return end == End.COMPLETE ? JsonField.texts(beginning, length, field) : List.of();
    }

    /** The same for a form. */
    List<String> values(String parameter) {
        return QueryString.values(whole(StandardCharsets.ISO_8859_1), parameter);
    }

    /** The whole body as text; empty when it was not read to its end. */
    String whole(Charset charset) {
        return end == End.COMPLETE ? new String(beginning, 0, length, charset) : "";
    }

    /** Whether there was not one byte: somebody has read the body before, or there was none. */
    boolean isNothing() {
        return end == End.COMPLETE && length == 0;
    }

    /** How much of the body is no longer to come; all of it when its end was met. */
    long ahead() {
        return end == End.COMPLETE ? Long.MAX_VALUE : length;
    }

    @Override
    public int read() throws IOException {
        if (position < length) {
            int next = beginning[position] & 0xff;
            advance(1);
            return next;
        }
        return atEnd() ? end() : live.read();
    }

    @Override
    public int read(byte[] target, int offset, int count) throws IOException {
        Objects.checkFromIndexSize(offset, count, target.length);
        if (count == 0) {
            return 0;
        }
        int here = position;
        if (here < length) {
            int copied = Math.min(count, length - here);
            System.arraycopy(beginning, here, target, offset, copied);
            advance(copied);
            return copied;
        }
        return atEnd() ? end() : live.read(target, offset, count);
    }

    @Override
    public int available() throws IOException {
        int ahead = length - position;
        return ahead > 0 || end != End.MORE_FOLLOWS ? ahead : live.available();
    }

    @Override
    public boolean isFinished() {
        if (position < length || end == End.BROKEN || (listener != null && !left.get())) {
            return false;
        }
        return end == End.COMPLETE || live.isFinished();
    }

    @Override
    public boolean isReady() {
        if (position < length) {
            return true;
        }
        if (listener == null) {
            return end != End.MORE_FOLLOWS || live.isReady();
        }
        if (end == End.MORE_FOLLOWS && left.get()) {
            return live.isReady();
        }
        want();
        return false;
    }

    @Override
    public void setReadListener(ReadListener readListener) {
        Objects.requireNonNull(readListener, "readListener");
        if (listener != null) {
            throw new IllegalStateException("a read listener is set already");
        }
        if (!request.isAsyncStarted()) {
            throw new IllegalStateException("a read listener needs an asynchronous request: call startAsync first");
        }
        listener = readListener;
        if (open(LISTENING)) {
            onContainerThread(this::firstCall);
        }
    }

    @Override
    public void close() throws IOException {
        live.close();
    }

    /** The chain of the filter has returned: from now on the listener may be called, and as a rule is, in here. */
    void chainReturned() {
        if (open(RETURNED)) {
            firstCall();
        }
    }

    private boolean open(int key) {
        return gate.getAndUpdate(keys -> keys | key) == (LISTENING | RETURNED) - key;
    }

    private void onContainerThread(Runnable call) {
        try {
            request.getAsyncContext().start(call);
        } catch (IllegalStateException e) {
            // The request is complete: nobody waits for its body any more.
        }
    }

    private void firstCall() {
        if (position == length) {
            leave();
            return;
        }
        calling = Thread.currentThread();
        try {
            Objects.requireNonNull(listener).onDataAvailable();
        } catch (Throwable e) {
            // As containers do.
            FatalErrors.throwIfFatal(e);
            fail(e);
        } finally {
            calling = null;
        }
        if (wanted) {
            leave();
        }
    }

    private void advance(int count) {
        int next = position + count;
        position = next;
        if (next == length && end != End.MORE_FOLLOWS && Thread.currentThread() == calling) {
            // Tomcat reports the end to a listener that has read all there was, whether it asks or not.
            wanted = true;
        }
    }

    private void want() {
        wanted = true;
        if (calling == null && gate.get() == (LISTENING | RETURNED) && !left.get()) {
            onContainerThread(this::leave);
        }
    }

    private int end() {
        if (listener != null) {
            want();
        }
        return -1;
    }

    private void leave() {
        if (!left.compareAndSet(false, true)) {
            return;
        }
        ReadListener told = Objects.requireNonNull(listener);
        try {
            if (end == End.MORE_FOLLOWS) {
                live.setReadListener(told);
            } else if (failure != null) {
                told.onError(failure);
            } else {
                told.onAllDataRead();
            }
        } catch (IOException | RuntimeException e) {
            told.onError(e);
        }
    }

    private void fail(Throwable e) {
        if (left.compareAndSet(false, true)) {
            Objects.requireNonNull(listener).onError(e);
        }
    }

    /** True at the end, false when the container's stream goes on; throws what it has thrown. */
    private boolean atEnd() throws IOException {
        if (failure instanceof IOException broken) {
            throw broken;
        }
        if (failure instanceof RuntimeException broken) {
            throw broken;
        }
        return end == End.COMPLETE;
    }
}
