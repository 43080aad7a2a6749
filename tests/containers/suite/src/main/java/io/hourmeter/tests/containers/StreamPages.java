package io.hourmeter.tests.containers;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Servlets whose answers take long. */
final class StreamPages {

    /** A test lets the next event of {@code /sse} go. */
    static final Semaphore NEXT_EVENT = new Semaphore(0);

    private static final int MEBIBYTE = 1 << 20;

    private static final Duration BETWEEN_EVENTS = Duration.ofMillis(20);

    private StreamPages() {}

    static Site addTo(Site site) {
        return site.with("/sse", StreamPages::events)
                .with("/download", StreamPages::download)
                .with("/stream/blocking", StreamPages::block)
                .with("/late", StreamPages::answerLate)
                .with("/text", (request, response) -> {
                    response.setContentType("text/plain;charset=utf-8");
                    response.getWriter()
                            .append("Zo\u00eb \u20ac ")
                            .append('\ud83d')
                            .append('\ude00');
                })
                .with("/stream/silent", (request, response) -> site.held.add(open(request, response)))
                .with("/stream/chatty", (request, response) -> chatter(request, response, site));
    }

    private static AsyncContext open(HttpServletRequest request, HttpServletResponse response) throws IOException {
        AsyncContext async = request.startAsync();
        async.setTimeout(0);
        response.setContentType("text/event-stream");
        response.getOutputStream().print("data: open\n\n");
        response.flushBuffer();
        return async;
    }

    private static void events(HttpServletRequest request, HttpServletResponse response) throws IOException {
        int events = Integer.parseInt(request.getParameter("events"));
        AsyncContext async = request.startAsync();
        async.setTimeout(0);
        response.setContentType("text/event-stream");
        NEXT_EVENT.drainPermits();
        async.start(() -> {
            try {
                ServletOutputStream out = async.getResponse().getOutputStream();
                for (int event = 0; event < events; event++) {
                    out.print("data: " + event + "\n\n");
                    out.flush();
                    NEXT_EVENT.tryAcquire(Patience.LIMIT.toSeconds(), TimeUnit.SECONDS);
                }
            } catch (IOException e) {
                // The client is gone.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                async.complete();
            }
        });
    }

    /** Writes until that fails, as an application without asynchronous requests does. */
    private static void block(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setContentType("text/event-stream");
        boolean byWriter = "writer".equals(request.getParameter("by"));
        long start = System.nanoTime();
        try {
            while (System.nanoTime() - start < Patience.LIMIT.toNanos()) {
                if (byWriter) {
                    response.getWriter().print("data: open\n\n");
                    response.getWriter().flush();
                    if (response.getWriter().checkError()) {
                        return;
                    }
                } else {
                    response.getOutputStream().print("data: open\n\n");
                    response.getOutputStream().flush();
                }
                Patience.await(() -> false, BETWEEN_EVENTS);
            }
        } catch (IOException e) {
            if ("throw".equals(request.getParameter("then"))) {
                throw e;
            }
        }
    }

    private static void answerLate(HttpServletRequest request, HttpServletResponse response) throws IOException {
        long millis = Long.parseLong(request.getParameter("millis"));
        Patience.await(() -> false, Duration.ofMillis(millis));
        response.getWriter().print("late");
    }

    private static void download(HttpServletRequest request, HttpServletResponse response) throws IOException {
        long left = Long.parseLong(request.getParameter("mebibytes")) * MEBIBYTE;
        byte[] buffer = new byte[1 << 16];
        response.setContentType("application/octet-stream");
        response.setContentLengthLong(left);
        for (; left > 0; left -= buffer.length) {
            response.getOutputStream().write(buffer);
        }
    }

    /** As a careful application does it: the container may have been faster. */
    private static void complete(AsyncContext async) {
        try {
            async.complete();
        } catch (IllegalStateException e) {
            // It has completed the request, because the client is gone.
        }
    }

    /** Writes until the client is gone. */
    private static void chatter(HttpServletRequest request, HttpServletResponse response, Site site)
            throws IOException {
        boolean complete = "complete".equals(request.getParameter("then"));
        AsyncContext async = open(request, response);
        site.held.add(async);
        Thread writer = new Thread(() -> {
            try {
                ServletOutputStream out = async.getResponse().getOutputStream();
                while (true) {
                    Patience.await(() -> false, BETWEEN_EVENTS);
                    out.print("data: more\n\n");
                    out.flush();
                }
            } catch (IOException | RuntimeException e) {
                if (complete) {
                    complete(async);
                }
            }
        });
        writer.setDaemon(true);
        // Not by AsyncContext.start: when that returns, Tomcat touches a request that it may have used again.
        writer.start();
    }
}
