package io.hourmeter.examples.webapp;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Server-sent events, one a second. The time counts until the stream ends. */
final class StreamServlet extends HttpServlet {

    private static final long serialVersionUID = 1L;

    private static final int USUAL_SECONDS = 5;

    private final transient Ticker ticker;

    StreamServlet(Ticker ticker) {
        this.ticker = ticker;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        OptionalInt seconds = Replies.number(request, response, "seconds", USUAL_SECONDS, SlowServlet.MOST_SECONDS);
        if (seconds.isEmpty()) {
            return;
        }
        response.setContentType("text/event-stream;charset=utf-8");
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("X-Content-Type-Options", "nosniff");
        // Tells the client at once that the stream is open.
        response.flushBuffer();
        AsyncContext async = request.startAsync();
        async.setTimeout(0); // the last event ends it
        if (seconds.getAsInt() == 0) {
            async.complete();
            return;
        }
        Stream stream = new Stream(async, seconds.getAsInt());
        async.addListener(stream);
        stream.begin(ticker);
    }

    /** One client's stream; its events come from one repeating task, one after the other. */
    private static final class Stream implements Runnable, AsyncListener {
        private final AsyncContext async;
        private final int last;
        private final AtomicReference<@Nullable ScheduledFuture<?>> task = new AtomicReference<>();
        private int second;

        Stream(AsyncContext async, int last) {
            this.async = async;
            this.last = last;
        }

        void begin(Ticker ticker) {
            task.set(ticker.everySecond(this));
        }

        @Override
        public void run() {
            try {
                second++;
                String event =
                        "id: " + second + "\nevent: tick\ndata: {\"second\":" + second + ",\"of\":" + last + "}\n\n";
                async.getResponse().getOutputStream().write(event.getBytes(StandardCharsets.UTF_8));
                async.getResponse().flushBuffer();
                if (second == last) {
                    finish();
                }
            } catch (IOException | IllegalStateException e) {
                finish(); // the client is gone
            }
        }

        private void finish() {
            stop();
            try {
                async.complete();
            } catch (IllegalStateException e) {
                // The container has completed it already, because the connection broke.
                stop();
            }
        }

        private void stop() {
            ScheduledFuture<?> running = task.getAndSet(null);
            if (running != null) {
                running.cancel(false);
            }
        }

        @Override
        public void onComplete(AsyncEvent event) {
            stop();
        }

        @Override
        public void onError(AsyncEvent event) {
            finish();
        }

        @Override
        public void onTimeout(AsyncEvent event) {
            finish();
        }

        @Override
        public void onStartAsync(AsyncEvent event) {
            // nothing begins this request again
        }
    }
}
