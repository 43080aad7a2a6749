package io.hourmeter.tests.containers;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;

/** The servlets of {@link Site}. */
final class Pages {

    /** Longer than any test waits, so that no time-out of the container ends what the test shall end. */
    private static final long NEVER_MILLIS = 0;

    private static final long SOON_MILLIS = 50;

    /** Metered, whatever leads there. */
    private static final String INNER = Site.METERED + "/plain";

    private Pages() {}

    static Site addTo(Site site) {
        synchronous(site);
        asynchronous(site);
        return StreamPages.addTo(BodyPages.addTo(site));
    }

    private static void synchronous(Site site) {
        site.with("/thread", (request, response) -> response.getWriter().print(Thread.currentThread()));
        site.with("/upgrade", EchoUpgrade::shakeHands);
        // Tomcat calls no filters, its own included, where there is no servlet.
        site.with(Sockets.ALL, (request, response) -> response.sendError(404));
        site.with("/plain", (request, response) -> response.getWriter().print("plain"))
                .with(
                        "/forward",
                        (request, response) -> request.getRequestDispatcher(sibling(request, "/plain"))
                                .forward(request, response))
                .with("/include", (request, response) -> {
                    request.getRequestDispatcher(sibling(request, "/plain")).include(request, response);
                    request.getRequestDispatcher(sibling(request, "/plain")).include(request, response);
                })
                .with(
                        "/lead/forward",
                        (request, response) ->
                                request.getRequestDispatcher(INNER).forward(request, response))
                .with(
                        "/lead/include",
                        (request, response) ->
                                request.getRequestDispatcher(INNER).include(request, response))
                .with("/lead/async", (request, response) -> request.startAsync().dispatch(INNER))
                .with("/lead/send-error", (request, response) -> response.sendError(418))
                .with("/send-error", (request, response) -> response.sendError(418))
                .with("/send-402", (request, response) -> response.sendError(402))
                .with("/status-402", (request, response) -> {
                    response.setStatus(402);
                    response.getWriter().print("the application's own price");
                })
                .with("/send-404", (request, response) -> response.sendError(404, "nothing here"))
                .with("/checked", (request, response) -> {
                    throw new ServletException("the application's");
                })
                .with("/unchecked", (request, response) -> {
                    throw new IllegalArgumentException("the application's");
                })
                .with("/error", (request, response) -> {
                    throw new StackOverflowError("the application's");
                });
    }

    private static void asynchronous(Site site) {
        site.with("/async/race", new Race());
        site.with("/async/complete", (request, response) -> request.startAsync().complete())
                .with("/async/complete-elsewhere", (request, response) -> {
                    AsyncContext async = request.startAsync();
                    async.start(async::complete);
                })
                .with(
                        "/async/dispatch",
                        (request, response) -> request.startAsync().dispatch(sibling(request, "/plain")))
                .with("/async/dispatch-elsewhere", (request, response) -> {
                    String target = sibling(request, "/plain");
                    AsyncContext async = request.startAsync();
                    async.start(() -> async.dispatch(target));
                })
                .with("/async/three-cycles", (request, response) -> {
                    int cycle = cycle(request);
                    AsyncContext async = request.startAsync();
                    async.start(cycle < 3 ? async::dispatch : async::complete);
                })
                .with("/async/held", (request, response) -> {
                    AsyncContext async = request.startAsync();
                    async.setTimeout(NEVER_MILLIS);
                    site.held.add(async);
                })
                .with("/async/second-held", (request, response) -> {
                    AsyncContext async = request.startAsync();
                    async.setTimeout(NEVER_MILLIS);
                    if (cycle(request) == 1) {
                        async.dispatch();
                    } else {
                        site.held.add(async);
                    }
                })
                .with(
                        "/async/timeout",
                        (request, response) -> request.startAsync().setTimeout(SOON_MILLIS))
                .with("/async/timeout-dispatched", (request, response) -> {
                    if (cycle(request) > 1) {
                        response.getWriter().print("late");
                        return;
                    }
                    AsyncContext async = request.startAsync();
                    async.setTimeout(SOON_MILLIS);
                    async.addListener(Ending.onTimeout(AsyncContext::dispatch));
                })
                .with("/async/timeout-completed", (request, response) -> {
                    AsyncContext async = request.startAsync();
                    async.setTimeout(SOON_MILLIS);
                    async.addListener(Ending.onTimeout(AsyncContext::complete));
                })
                .with("/async/throw", (request, response) -> {
                    request.startAsync().setTimeout(SOON_MILLIS);
                    throw new IllegalArgumentException("the application's");
                })
                .with("/async/throw-later", (request, response) -> {
                    if (cycle(request) > 1) {
                        throw new IllegalArgumentException("the application's");
                    }
                    request.startAsync().dispatch();
                });
    }

    /** A path beside that of the request, so that it is metered exactly if the request is. */
    static String sibling(HttpServletRequest request, String path) {
        String prefix = request.getServletPath().startsWith(Site.METERED) ? Site.METERED : Site.FREE;
        return prefix + path;
    }

    private static int cycle(HttpServletRequest request) {
        int cycle = request.getAttribute("cycle") instanceof Integer before ? before + 1 : 1;
        request.setAttribute("cycle", cycle);
        return cycle;
    }
}
