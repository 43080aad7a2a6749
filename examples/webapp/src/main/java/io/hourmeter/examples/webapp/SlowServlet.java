package io.hourmeter.examples.webapp;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import java.util.OptionalInt;

/** Answers after a while without occupying a thread meanwhile. The time counts to the answer. */
final class SlowServlet extends HttpServlet {

    private static final long serialVersionUID = 1L;

    private static final int USUAL_SECONDS = 3;
    static final int MOST_SECONDS = 3600;

    private final transient Ticker ticker;

    SlowServlet(Ticker ticker) {
        this.ticker = ticker;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        OptionalInt seconds = Replies.number(request, response, "seconds", USUAL_SECONDS, MOST_SECONDS);
        if (seconds.isEmpty()) {
            return;
        }
        AsyncContext async = request.startAsync();
        async.setTimeout(0); // the ticker ends it
        ticker.after(seconds.getAsInt(), () -> answer(async, seconds.getAsInt()));
    }

    private void answer(AsyncContext async, int seconds) {
        try {
            Replies.json((HttpServletResponse) async.getResponse(), Map.of("seconds", seconds));
        } catch (IOException e) {
            log("the client of a slow request is gone: " + e);
        } finally {
            async.complete();
        }
    }
}
