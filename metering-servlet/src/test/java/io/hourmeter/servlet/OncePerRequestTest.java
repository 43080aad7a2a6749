package io.hourmeter.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.config.Settings;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.ee11.servlet.ErrorPageErrorHandler;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A request is admitted once and released once, however it travels through the container. */
class OncePerRequestTest {

    private static final String RESPONSE = "test.response";
    private static final AtomicReference<Throwable> SEEN = new AtomicReference<>();
    private static final BlockingQueue<AsyncContext> HELD = new LinkedBlockingQueue<>();
    private static volatile CountDownLatch entered = new CountDownLatch(1);
    private static volatile CountDownLatch proceed = new CountDownLatch(0);

    @RegisterExtension
    private static final Web web = site();

    private static Web site() {
        Web site = new Web("");
        // Sees what the meter lets through, as the container would.
        site.filter(
                (request, response, chain) -> {
                    request.setAttribute(RESPONSE, response);
                    try {
                        chain.doFilter(request, response);
                    } catch (IOException | ServletException | RuntimeException | Error e) {
                        SEEN.set(e);
                        throw e;
                    }
                },
                "/*",
                EnumSet.of(DispatcherType.REQUEST));
        site.filter(Map.of(), "/*", EnumSet.allOf(DispatcherType.class));
        synchronous(site);
        asynchronous(site);
        ErrorPageErrorHandler errors = new ErrorPageErrorHandler();
        errors.addErrorPage(418, "/error-page");
        errors.addErrorPage(IllegalArgumentException.class, "/error-page");
        site.context.setErrorHandler(errors);
        return site;
    }

    private static void synchronous(Web site) {
        site.servlet("/plain", (request, response) -> response.getWriter().print("plain"));
        site.servlet("/error-page", (request, response) -> response.getWriter().print("error page"));
        site.servlet(
                "/forward",
                (request, response) -> request.getRequestDispatcher("/plain").forward(request, response));
        site.servlet("/include", (request, response) -> {
            request.getRequestDispatcher("/plain").include(request, response);
            request.getRequestDispatcher("/plain").include(request, response);
        });
        site.servlet("/send-error", (request, response) -> response.sendError(418));
        site.servlet("/checked", (request, response) -> {
            throw new ServletException("the application's");
        });
        site.servlet("/unchecked", (request, response) -> {
            throw new IllegalArgumentException("the application's");
        });
        site.servlet("/error", (request, response) -> {
            throw new StackOverflowError("the application's");
        });
        site.servlet("/blocking", (request, response) -> {
            entered.countDown();
            proceed.await(10, TimeUnit.SECONDS);
        });
    }

    private static void asynchronous(Web site) {
        site.servlet(
                "/async/complete", (request, response) -> request.startAsync().complete());
        site.servlet("/async/complete-elsewhere", (request, response) -> {
            AsyncContext async = request.startAsync();
            async.start(async::complete);
        });
        site.servlet(
                "/async/dispatch", (request, response) -> request.startAsync().dispatch("/plain"));
        site.servlet("/async/dispatch-elsewhere", (request, response) -> {
            AsyncContext async = request.startAsync();
            async.start(() -> async.dispatch("/plain"));
        });
        site.servlet("/async/three-cycles", (request, response) -> {
            int cycle = cycle(request);
            if (cycle < 3) {
                AsyncContext async = request.startAsync();
                async.start(async::dispatch);
            } else {
                AsyncContext last = request.startAsync();
                last.start(last::complete);
            }
        });
        site.servlet("/async/second-held", (request, response) -> {
            AsyncContext async = request.startAsync();
            async.setTimeout(10_000);
            if (cycle(request) == 1) {
                async.dispatch();
            } else {
                HELD.add(async);
            }
        });
        site.servlet("/async/held", (request, response) -> {
            AsyncContext async = request.startAsync();
            async.setTimeout(10_000);
            HELD.add(async);
        });
        site.servlet(
                "/async/timeout", (request, response) -> request.startAsync().setTimeout(50));
        site.servlet("/async/timeout-dispatched", (request, response) -> {
            if (cycle(request) > 1) {
                response.getWriter().print("late");
                return;
            }
            AsyncContext async = request.startAsync();
            async.setTimeout(50);
            async.addListener(new Late(async));
        });
        site.servlet("/async/throw", (request, response) -> {
            request.startAsync();
            throw new IllegalArgumentException("the application's");
        });
        site.servlet("/async/throw-later", (request, response) -> {
            if (cycle(request) > 1) {
                throw new IllegalArgumentException("the application's");
            }
            request.startAsync().dispatch();
        });
        site.servlet("/async/stream", (request, response) -> {
            AsyncContext async = request.startAsync();
            async.setTimeout(0);
            response.getOutputStream().print("data: 1\n\n");
            response.flushBuffer();
            HELD.add(async);
        });
    }

    private static int cycle(HttpServletRequest request) {
        int cycle = request.getAttribute("cycle") instanceof Integer before ? before + 1 : 1;
        request.setAttribute("cycle", cycle);
        return cycle;
    }

    /** Dispatches when the time is out. */
    private record Late(AsyncContext async) implements AsyncListener {
        @Override
        public void onComplete(AsyncEvent event) {}

        @Override
        public void onTimeout(AsyncEvent event) {
            async.dispatch();
        }

        @Override
        public void onError(AsyncEvent event) {}

        @Override
        public void onStartAsync(AsyncEvent event) {}
    }

    @BeforeEach
    void reset() {
        SEEN.set(null);
        HELD.clear();
    }

    @ParameterizedTest
    @CsvSource({
        "/plain, 200, plain",
        "/forward, 200, plain",
        "/include, 200, plainplain",
        "/send-error, 418, error page",
        "/checked, 500,",
        "/unchecked, 500, error page",
        "/error, 500,",
        "/nowhere, 404,",
        "/async/complete, 200,",
        "/async/complete-elsewhere, 200,",
        "/async/dispatch, 200, plain",
        "/async/dispatch-elsewhere, 200, plain",
        "/async/three-cycles, 200,",
        "/async/timeout, 500,",
        "/async/timeout-dispatched, 200, late",
        "/async/throw, 500, error page",
        "/async/throw-later, 500, error page",
    })
    void requestIsMeteredOnce(String path, int status, String body) {
        HttpResponse<String> answer = Web.send(web.keyed(path));
        assertThat(answer.statusCode()).isEqualTo(status);
        if (body != null) {
            assertThat(answer.body()).isEqualTo(body);
        }
        assertThat(answer.headers().firstValue("X-Session-ID")).hasValue(StubTracker.SESSION);
        assertThat(answer.headers().firstValue("X-Hours-Remaining")).isPresent();
        web.assertReleased(1);
    }

    @ParameterizedTest
    @CsvSource({
        "/checked, jakarta.servlet.ServletException",
        "/unchecked, java.lang.IllegalArgumentException",
        "/error, java.lang.StackOverflowError"
    })
    void whatTheApplicationThrowsPassesUnchanged(String path, Class<?> type) {
        Web.send(web.keyed(path));
        assertThat(SEEN.get()).isExactlyInstanceOf(type).hasMessage("the application's");
    }

    @Test
    void isJudgedOnceAlsoWhereTheResolverLeadsItThroughTheFilterAgain() {
        AtomicInteger asked = new AtomicInteger();
        web.resolver = request -> {
            if (asked.incrementAndGet() == 1) {
                forwardToPlain(request);
            }
            return Optional.empty();
        };
        assertThat(web.get("/blocking").body()).isEqualTo("plain");
        assertThat(asked).hasValue(1);
    }

    private static void forwardToPlain(HttpServletRequest request) {
        try {
            request.getRequestDispatcher("/plain").forward(request, (ServletResponse) request.getAttribute(RESPONSE));
        } catch (ServletException | IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void errorPageOfAnUnmeteredRequestIsNotRefused() throws Exception {
        try (Web onlyErrors = new Web("")) {
            onlyErrors.filter(Map.of(), "/error-page", EnumSet.allOf(DispatcherType.class));
            onlyErrors.servlet("/boom", (request, response) -> response.sendError(418));
            onlyErrors.servlet(
                    "/error-page", (request, response) -> response.getWriter().print("error page"));
            ErrorPageErrorHandler errors = new ErrorPageErrorHandler();
            errors.addErrorPage(418, "/error-page");
            onlyErrors.context.setErrorHandler(errors);
            onlyErrors.start();
            assertThat(onlyErrors.get("/boom").body()).isEqualTo("error page");
        }
    }

    @Test
    void forwardIsJudgedWhereOnlyItsTargetIsMapped() throws Exception {
        try (Web inner = new Web("")) {
            inner.filter(Map.of(), "/inner/*", EnumSet.allOf(DispatcherType.class));
            inner.servlet(
                    "/outer",
                    (request, response) ->
                            request.getRequestDispatcher("/inner/x").forward(request, response));
            inner.servlet(
                    "/inner/*", (request, response) -> response.getWriter().print("inner"));
            inner.start();
            assertThat(inner.get("/outer").statusCode()).isEqualTo(401);
            assertThat(Web.send(inner.keyed("/outer")).body()).isEqualTo("inner");
            inner.assertReleased(1);
        }
    }

    /** The metered part of an application is reached from a page before the filter. */
    private static Web withInnerPart() {
        Web inner = new Web("");
        inner.filter(Map.of(), "/inner/*", EnumSet.allOf(DispatcherType.class));
        inner.servlet("/async", (request, response) -> request.startAsync().dispatch("/inner/x"));
        inner.servlet("/include-and-forward", (request, response) -> {
            request.getRequestDispatcher("/inner/x").include(request, response);
            response.resetBuffer();
            request.getRequestDispatcher("/inner/x").forward(request, response);
        });
        inner.servlet("/inner/*", (request, response) -> response.getWriter().print("inner"));
        return inner;
    }

    @ParameterizedTest
    @ValueSource(strings = {"/async", "/include-and-forward"})
    void aDispatchThatNobodyHasJudgedIsJudged(String path) throws Exception {
        try (Web inner = withInnerPart()) {
            inner.start();
            assertThat(inner.get(path).statusCode()).isEqualTo(401);
            assertThat(Web.send(inner.keyed(path)).body()).isEqualTo("inner");
            inner.assertReleased(1);
        }
    }

    /** Wherever a free path leads, it has been judged; a forward from a metered path to a free one stays metered. */
    @Test
    void aFreePathIsFreeWithWhatItForwardsTo() throws Exception {
        try (Web inner = new Web("")) {
            inner.filter(Web.settings(Settings.FILTER_EXCLUDE, "/free/*"), "/*", EnumSet.allOf(DispatcherType.class));
            inner.servlet(
                    "/free/*",
                    (request, response) ->
                            request.getRequestDispatcher("/inner/x").forward(request, response));
            inner.servlet(
                    "/metered",
                    (request, response) ->
                            request.getRequestDispatcher("/free/page").forward(request, response));
            inner.servlet(
                    "/inner/*", (request, response) -> response.getWriter().print("inner"));
            inner.start();
            assertThat(inner.get("/free/page").body()).isEqualTo("inner");
            assertThat(inner.get("/metered").statusCode()).isEqualTo(401);
            inner.assertReleased(0);
            assertThat(Web.send(inner.keyed("/metered")).body()).isEqualTo("inner");
            inner.assertReleased(1);
        }
    }

    /** A filter that leads whoever is refused to a page of its own choice. */
    @Test
    void aForwardAfterARefusalIsJudgedAgain() throws Exception {
        try (Web outer = new Web("")) {
            outer.filter(
                    (request, response, chain) -> {
                        chain.doFilter(request, response);
                        if (((HttpServletResponse) response).getStatus() == 401) {
                            String target = request.getParameter("to");
                            request.getRequestDispatcher(target).forward(request, response);
                        }
                    },
                    "/*",
                    EnumSet.of(DispatcherType.REQUEST));
            outer.filter(
                    (request, response, chain) -> chain.doFilter(request, unsent(response)),
                    "/*",
                    EnumSet.of(DispatcherType.REQUEST));
            outer.filter(Map.of(), "/*", EnumSet.of(DispatcherType.REQUEST, DispatcherType.FORWARD));
            outer.servlet("/*", (request, response) -> response.getWriter().print("served"));
            outer.start();
            assertThat(outer.get("/page?to=/health").body()).isEqualTo("served");
            assertThat(outer.get("/page?to=/other").body()).doesNotContain("served");
        }
    }

    /** Keeps what is written from the wire, so that the response is not committed. */
    private static HttpServletResponse unsent(ServletResponse response) {
        return new HttpServletResponseWrapper((HttpServletResponse) response) {
            @Override
            public void setContentLength(int length) {
                // The container would send a body of that length at once.
            }

            @Override
            public void flushBuffer() {}
        };
    }

    @Test
    void twoFiltersMeterOnce() throws Exception {
        try (Web twice = new Web("")) {
            twice.filter(Map.of(), "/*", EnumSet.of(DispatcherType.REQUEST));
            twice.filter(Map.of(), "/*", EnumSet.of(DispatcherType.REQUEST));
            twice.servlet("/plain", (request, response) -> response.getWriter().print("plain"));
            twice.start();
            assertThat(Web.send(twice.keyed("/plain")).statusCode()).isEqualTo(200);
            twice.assertReleased(1);
        }
    }

    @Test
    void useRunsWhileTheServletRuns() throws Exception {
        entered = new CountDownLatch(1);
        proceed = new CountDownLatch(1);
        Thread client = new Thread(() -> Web.send(web.keyed("/blocking")));
        client.start();
        assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(web.tracker.running).hasValue(1);
        proceed.countDown();
        client.join();
        web.assertReleased(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/async/held", "/async/second-held"})
    void useRunsUntilTheAsynchronousRequestCompletes(String path) throws Exception {
        Thread client = new Thread(() -> Web.send(web.keyed(path)));
        client.start();
        AsyncContext async = HELD.poll(10, TimeUnit.SECONDS);
        assertThat(async).isNotNull();
        // The container's thread is back when it serves another request on the only free path through it.
        Web.send(web.keyed("/plain"));
        Web.await(() -> web.tracker.finished.get() == 1);
        assertThat(web.tracker.running).hasValue(1);
        async.complete();
        client.join();
        web.assertReleased(2);
    }

    @Test
    void streamThatItsClientLeftIsReleasedWhenTheServletEndsIt() throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), web.port())) {
            socket.getOutputStream()
                    .write(("GET /async/stream HTTP/1.1\r\nHost: x\r\nX-License-Key: " + StubTracker.KEY + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(socket.getInputStream().read()).isEqualTo('H');
        }
        AsyncContext async = HELD.poll(10, TimeUnit.SECONDS);
        assertThat(async).isNotNull();
        try {
            for (int i = 0; i < 1_000; i++) {
                async.getResponse().getOutputStream().print("data: more than the network holds back\n\n");
                async.getResponse().flushBuffer();
            }
        } catch (IOException | IllegalStateException e) {
            // The client is gone, and sooner or later the container knows.
        }
        try {
            async.complete();
        } catch (IllegalStateException e) {
            // The container has completed it already.
        }
        web.assertReleased(1);
    }

    @Test
    void manyRequestsInRandomOrdersLeaveNothingRunning() throws Exception {
        String[] paths = {
            "/plain",
            "/forward",
            "/async/complete-elsewhere",
            "/async/dispatch-elsewhere",
            "/async/three-cycles",
            "/unchecked"
        };
        int perThread = 150;
        Thread[] clients = new Thread[4];
        for (int t = 0; t < clients.length; t++) {
            int offset = t;
            clients[t] = new Thread(() -> {
                for (int i = 0; i < perThread; i++) {
                    Web.send(web.keyed(paths[(i + offset) % paths.length]));
                }
            });
            clients[t].start();
        }
        for (Thread client : clients) {
            client.join();
        }
        web.assertReleased(perThread * clients.length);
    }
}
