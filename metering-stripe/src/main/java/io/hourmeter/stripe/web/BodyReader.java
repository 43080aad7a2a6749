package io.hourmeter.stripe.web;

import io.hourmeter.ErrorCode;
import io.hourmeter.internal.DaemonThreads;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads the bodies that strangers send, however slowly, so that none of them keeps others waiting:
 *
 * <ul>
 *   <li>What has arrived is read at once, on the thread of the request.
 *   <li>The rest is waited for without a thread where the container and all filters in front support asynchronous
 *       requests; elsewhere by a bounded number of threads.
 *   <li>Each body has {@link #DEADLINE} in all, and all together {@link #MOST_BYTES}. When those are used up the largest
 *       body under way goes, so that the small ones that honest clients send are read whatever others do.
 *   <li>An answer that does not need the body does not wait for it. What is on its way is thrown away afterwards, within
 *       bounds, so that the client sees the answer; then the connection ends.
 *   <li>A request is never completed while its body is on its way, for Undertow would wait for the rest on a thread: it is
 *       left to time out.
 * </ul>
 *
 * <p>Thread-safe.
 */
final class BodyReader implements AutoCloseable {

    /** From the head of a request to the last byte of its body. */
    static final Duration DEADLINE = Duration.ofSeconds(10);

    /** Of bodies that are waited for, over all connections. */
    static final long MOST_BYTES = 8L * 1024 * 1024;

    /** Threads that wait for bodies at once where nothing is asynchronous. */
    static final int MOST_THREADS = 8;

    /** Attribute of a request: its body was given up. */
    private static final String GIVEN_UP = BodyReader.class.getName() + ".givenUp";

    private static final int CHUNK = 8 * 1024;

    private static final Comparator<Reading> BY_SIZE = Comparator.comparingLong(reading -> reading.counted);

    private final LongSupplier nanoTime;
    private final Duration deadline;
    private final long mostBytes;
    private final ScheduledThreadPoolExecutor deadlines;
    private final Semaphore threads = new Semaphore(MOST_THREADS);
    private final AtomicLong givenUp = new AtomicLong();

    // Guarded by this.
    private final Set<Reading> underWay = new HashSet<>();
    private long bytesUnderWay;

    BodyReader(LongSupplier nanoTime) {
        this(nanoTime, DEADLINE, MOST_BYTES);
    }

    BodyReader(LongSupplier nanoTime, Duration deadline, long mostBytes) {
        this.nanoTime = nanoTime;
        this.deadline = deadline;
        this.mostBytes = mostBytes;
        this.deadlines = new ScheduledThreadPoolExecutor(1, DaemonThreads.named("hourmeter-bodies"));
        deadlines.setRemoveOnCancelPolicy(true);
    }

    /** What is done with a body, or with the refusal that there is none; writes the answer. Called once for each request. */
    interface Exchange {

        void answer(byte[] body) throws IOException;

        void refuse(Throwable failure) throws IOException;
    }

    /** Reads a body of at most {@code most} bytes and has it answered, now or later. */
    void read(HttpServletRequest request, HttpServletResponse response, int most, Exchange exchange)
            throws IOException {
        long length = request.getContentLengthLong();
        if (length > most) {
            RestOfBody.announce(request, response);
            exchange.refuse(tooLarge(most));
            RestOfBody.letGo(request, response);
        } else if (length == 0 || (length > 0 && request.getInputStream().available() >= length)) {
            finish(exchange, request.getInputStream().readNBytes((int) length));
        } else if (!later(request, response, most, exchange)) {
            blocking(request, response, most, exchange);
        }
    }

    /**
     * Whether a request is that of a body which was given up: it is answered, and comes to the servlet once more to be left to
     * time out.
     */
    static boolean leaves(HttpServletRequest request, HttpServletResponse response) {
        if (request.getAttribute(GIVEN_UP) == null) {
            return false;
        }
        if (request.isAsyncSupported()) {
            RestOfBody.timingOut(request, response);
        }
        return true;
    }

    private static Refusal tooLarge(int most) {
        return new Refusal(
                ErrorCode.TOO_LARGE, CustomerText.NOT_UNDERSTOOD, "the body is larger than " + most + " bytes");
    }

    private static void finish(Exchange exchange, byte[] body) throws IOException {
        try {
            exchange.answer(body);
        } catch (RuntimeException | LinkageError | AssertionError | StackOverflowError e) {
            exchange.refuse(e);
        }
    }

    /** False when this request can not be read asynchronously. */
    private boolean later(HttpServletRequest request, HttpServletResponse response, int most, Exchange exchange)
            throws IOException {
        if (!request.isAsyncSupported()) {
            return false;
        }
        ServletInputStream in = request.getInputStream();
        AsyncContext async = request.startAsync(request, response);
        async.setTimeout(0); // the deadline is ours, and what comes after it is bounded by itself
        Reading reading = new Reading(request, response, async, in, most, exchange);
        reading.begin();
        try {
            in.setReadListener(reading);
        } catch (RuntimeException e) {
            // A filter has wrapped the request in one that can only be read by waiting.
            if (reading.end()) {
                blocking(request, response, most, exchange);
                async.complete();
            }
        }
        return true;
    }

    /** Waits on the thread of the request, if not too many do. */
    private void blocking(HttpServletRequest request, HttpServletResponse response, int most, Exchange exchange)
            throws IOException {
        byte[] body;
        try {
            body = whole(request.getInputStream(), most);
        } catch (IOException | Refusal e) {
            // Else some containers wait for the rest themselves.
            RestOfBody.announce(request, response);
            exchange.refuse(e instanceof Refusal ? e : endedEarly());
            return;
        }
        finish(exchange, body);
    }

    private byte[] whole(ServletInputStream in, int most) throws IOException {
        if (!threads.tryAcquire()) {
            givenUp.incrementAndGet();
            throw busy();
        }
        try {
            return wholeInTime(in, most);
        } finally {
            threads.release();
        }
    }

    private byte[] wholeInTime(ServletInputStream in, int most) throws IOException {
        long start = nanoTime.getAsLong();
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        byte[] chunk = new byte[CHUNK];
        for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
            body.write(chunk, 0, n);
            if (body.size() > most) {
                throw tooLarge(most);
            }
            if (nanoTime.getAsLong() - start > deadline.toNanos()) {
                givenUp.incrementAndGet();
                throw Refusal.bodyTooSlow();
            }
        }
        return body.toByteArray();
    }

    private static Refusal busy() {
        return Refusal.notAvailable("too many bodies are on their way at the moment");
    }

    private static Refusal endedEarly() {
        return Refusal.invalid("the body ended before it was complete");
    }

    /** Bytes of bodies that are waited for without a thread. */
    synchronized long bytesUnderWay() {
        return bytesUnderWay;
    }

    /** Bodies that are waited for, with a thread or without. */
    int underWay() {
        synchronized (this) {
            return underWay.size() + MOST_THREADS - threads.availablePermits();
        }
    }

    /** Bodies that were given up since the start: too slow, or for the lack of room. */
    long givenUp() {
        return givenUp.get();
    }

    /**
     * One body on its way. Whoever ends it first ends the request: the last byte, a failure, the deadline, or the lack of
     * room. Its own lock keeps an answer that is being written from being completed by another thread; it is taken before
     * that of the reader.
     */
    private final class Reading implements ReadListener {

        private final HttpServletRequest request;
        private final HttpServletResponse response;
        private final AsyncContext async;
        private final ServletInputStream in;
        private final int most;

        /** Whom to answer; null when that was done, and what still comes is thrown away. */
        private final AtomicReference<@Nullable Exchange> unanswered;

        private final AtomicBoolean ended = new AtomicBoolean();

        // Guarded by the reader. Whoever is not among those under way has nothing in the sum.
        private ByteArrayOutputStream body = new ByteArrayOutputStream();
        private long counted;

        private long discarded;
        private volatile @Nullable Future<?> alarm;

        Reading(
                HttpServletRequest request,
                HttpServletResponse response,
                AsyncContext async,
                ServletInputStream in,
                int most,
                Exchange exchange) {
            this.request = request;
            this.response = response;
            this.async = async;
            this.in = in;
            this.most = most;
            this.unanswered = new AtomicReference<>(exchange);
        }

        void begin() {
            synchronized (BodyReader.this) {
                underWay.add(this);
            }
            alarm = deadlines.schedule(() -> giveUp(Refusal.bodyTooSlow()), deadline.toMillis(), TimeUnit.MILLISECONDS);
        }

        /** True for whoever has to complete the request. */
        synchronized boolean end() {
            if (!ended.compareAndSet(false, true)) {
                return false;
            }
            Future<?> waiting = alarm;
            if (waiting != null) {
                waiting.cancel(false);
            }
            synchronized (BodyReader.this) {
                leave();
            }
            return true;
        }

        /** It takes no room any more. With the reader's lock; idempotent. */
        private void leave() {
            underWay.remove(this);
            uncount();
        }

        private void uncount() {
            bytesUnderWay -= counted;
            counted = 0;
        }

        @Override
        public void onDataAvailable() throws IOException {
            byte[] chunk = new byte[CHUNK];
            while (!ended.get() && in.isReady()) {
                int n = in.read(chunk);
                if (n < 0) {
                    return;
                }
                if (unanswered.get() == null) {
                    discarded += n;
                    if (discarded > RestOfBody.MOST_BYTES && end()) {
                        breakOff();
                    }
                } else {
                    take(chunk, n);
                }
            }
        }

        private void take(byte[] chunk, int n) throws IOException {
            List<Reading> crowdedOut = new ArrayList<>(0);
            boolean tooLarge;
            synchronized (BodyReader.this) {
                if (!underWay.contains(this)) {
                    return;
                }
                body.write(chunk, 0, n);
                counted += n;
                bytesUnderWay += n;
                tooLarge = body.size() > most;
                while (bytesUnderWay > mostBytes) {
                    Reading largest = Collections.max(underWay, BY_SIZE);
                    // Now, or two that need room would both choose it and free no more than it has.
                    largest.leave();
                    crowdedOut.add(largest);
                }
            }
            crowdedOut.forEach(each -> each.giveUp(busy()));
            if (tooLarge) {
                answerTooLarge();
            }
        }

        private synchronized void answerTooLarge() throws IOException {
            Exchange exchange = unanswered.getAndSet(null);
            if (ended.get() || exchange == null) {
                return;
            }
            synchronized (BodyReader.this) {
                uncount();
                body = new ByteArrayOutputStream(0);
            }
            RestOfBody.announce(request, response);
            exchange.refuse(tooLarge(most));
            response.flushBuffer();
        }

        @Override
        public void onAllDataRead() {
            if (!end()) {
                return;
            }
            Exchange exchange = unanswered.getAndSet(null);
            if (exchange == null) {
                async.complete();
                return;
            }
            byte[] whole = body.toByteArray();
            try {
                // Some containers call this on a thread that serves many connections.
                async.start(() -> complete(() -> finish(exchange, whole)));
            } catch (RuntimeException e) {
                complete(() -> exchange.refuse(e));
            }
        }

        @Override
        public void onError(Throwable failure) {
            if (end()) {
                Exchange exchange = unanswered.getAndSet(null);
                complete(() -> {
                    if (exchange != null) {
                        exchange.refuse(endedEarly());
                    }
                });
            }
        }

        private void giveUp(Refusal why) {
            if (!end()) {
                return;
            }
            givenUp.incrementAndGet();
            synchronized (BodyReader.this) {
                // The request outlives its answer, and this with it.
                body = new ByteArrayOutputStream(0);
            }
            Exchange exchange = unanswered.getAndSet(null);
            try {
                if (exchange != null) {
                    RestOfBody.announce(request, response);
                    exchange.refuse(why);
                    response.flushBuffer();
                }
            } catch (IOException e) {
                // The client is gone.
            } finally {
                breakOff();
            }
        }

        /** The time-out of an asynchronous request cannot be set later: it is dispatched for one that has another. */
        private void breakOff() {
            request.setAttribute(GIVEN_UP, true);
            try {
                async.dispatch(request.getServletContext(), request.getServletPath() + "/");
            } catch (IllegalStateException e) {
                // The container has ended it.
            }
        }

        private void complete(Write answer) {
            try {
                answer.write();
            } catch (IOException e) {
                // The client is gone.
            } finally {
                async.complete();
            }
        }
    }

    private interface Write {
        void write() throws IOException;
    }

    /** Gives up what is under way; the container is about to close its connections. */
    @Override
    public void close() {
        deadlines.shutdownNow();
    }
}
