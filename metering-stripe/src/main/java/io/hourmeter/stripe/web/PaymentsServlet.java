package io.hourmeter.stripe.web;

import io.hourmeter.config.ConfigurationException;
import io.hourmeter.internal.LibraryVersions;
import io.hourmeter.internal.LibraryVersions.LibraryException;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What customers see of their hours: packages, balance, history and a page that shows them; and where they buy more,
 * through Stripe Checkout. Mapped to {@code /payments/*}, with {@code load-on-startup} so that a wrong setting is seen at
 * the start and payments are found whose webhook came while the application was down.
 *
 * <p>Without {@code stripe.secret.key} everything but buying works, and the answer to an order says which setting is
 * missing. What a customer may read of an answer comes from one table of sentences; whatever else goes wrong is "not
 * available now", and the log says why.
 *
 * <p>Reads the same settings as the filter and shares its tracker, client and settings through the
 * {@code ServletContext}, so that a balance is right to the last second; without a filter it opens a client of its own.
 * Thread-safe, as every servlet must be. A license key is taken from a header or a parameter and is never echoed.
 */
public final class PaymentsServlet extends HttpServlet {

    private static final long serialVersionUID = 1L;

    /** Context attribute: the servlet itself, for its {@link #stats()}. */
    private static final String ATTRIBUTE = "io.hourmeter.PaymentsServlet";

    private static final Set<String> READING = Set.of("GET", "HEAD");
    private static final Set<String> POSTING = Set.of("POST");
    private static final Set<String> TAKING_BODIES = Set.of("/create-checkout", "/licenses", "/remember", "/webhook");

    // A servlet is Serializable by inheritance only; what it works with is rebuilt by init.
    private transient @Nullable Endpoints endpoints;

    /** For the container, which calls {@link #init()} next. */
    public PaymentsServlet() {}

    /**
     * Reads the settings and finds or opens the client.
     *
     * @throws ServletException if a setting is wrong, or a library is missing or too old; the message is the line for the
     *     person who can mend it
     */
    @Override
    public void init() throws ServletException {
        try {
            LibraryVersions.requireStripe(PaymentsServlet.class);
            Wiring wiring = Wiring.of(getServletConfig());
            try {
                Endpoints ready = new Endpoints(wiring);
                ready.start();
                endpoints = ready;
                getServletContext().setAttribute(ATTRIBUTE, this);
            } catch (RuntimeException e) {
                wiring.close();
                throw e;
            }
        } catch (ConfigurationException | LibraryException e) {
            throw new ServletException(e.getMessage(), e);
        }
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (BodyReader.leaves(request, response)) {
            return;
        }
        Replies.protect(response);
        Endpoints ready = endpoints;
        if (ready == null) {
            throw new IllegalStateException("the container has not initialized this servlet");
        }
        boolean bodyFollows = !takesBody(request) && RestOfBody.isOnItsWay(request);
        if (bodyFollows) {
            RestOfBody.announce(request, response);
        }
        try {
            route(ready, request, response);
        } catch (RuntimeException | LinkageError | AssertionError | StackOverflowError e) {
            if (!bodyFollows && !request.isAsyncStarted() && RestOfBody.isOnItsWay(request)) {
                bodyFollows = true;
                RestOfBody.announce(request, response);
            }
            refuse(ready, request, response, e);
        }
        if (bodyFollows) {
            RestOfBody.letGo(request, response);
        }
    }

    private static boolean takesBody(HttpServletRequest request) {
        String path = request.getPathInfo();
        return path != null && TAKING_BODIES.contains(path) && POSTING.contains(request.getMethod());
    }

    private static void refuse(
            Endpoints endpoints, HttpServletRequest request, HttpServletResponse response, Throwable failure)
            throws IOException {
        Refusal refusal = endpoints.toRefusal(failure, request);
        if (!response.isCommitted()) {
            Replies.problem(response, refusal);
        }
    }

    /** Has the body read, without a thread while it is on its way, and answers. */
    private static void answer(
            Endpoints endpoints, HttpServletRequest request, HttpServletResponse response, BodyCall call)
            throws IOException {
        endpoints.bodies().read(request, response, call.mostBytes(), new BodyReader.Exchange() {
            @Override
            public void answer(byte[] body) throws IOException {
                Map<String, Object> members = call.answer().apply(body);
                response.setStatus(call.status());
                Replies.json(response, members);
            }

            @Override
            public void refuse(Throwable failure) throws IOException {
                PaymentsServlet.refuse(endpoints, request, response, failure);
            }
        });
    }

    private static void route(Endpoints endpoints, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        String path = request.getPathInfo();
        if (path == null) {
            endpoints.leadToPage(request, response);
            return;
        }
        switch (path) {
            case "/" -> {
                if (allows(READING, request, response)) {
                    endpoints.page(request, response);
                }
            }
            case "/balance" -> {
                if (allows(READING, request, response)) {
                    Replies.json(response, endpoints.balance(request));
                }
            }
            case "/packages" -> {
                if (allows(READING, request, response)) {
                    Replies.json(response, endpoints.packages(request));
                }
            }
            case "/history" -> {
                if (allows(READING, request, response)) {
                    Replies.json(response, endpoints.history(request));
                }
            }
            case "/success" -> {
                if (allows(READING, request, response)) {
                    endpoints.success(request, response);
                }
            }
            case "/cancel" -> {
                if (allows(READING, request, response)) {
                    endpoints.cancel(request, response);
                }
            }
            case "/create-checkout" -> {
                if (allows(POSTING, request, response)) {
                    answer(endpoints, request, response, endpoints.createCheckout(request));
                }
            }
            case "/licenses" -> {
                if (allows(POSTING, request, response)) {
                    answer(endpoints, request, response, endpoints.createLicense(request));
                }
            }
            case "/remember" -> {
                if (allows(POSTING, request, response)) {
                    answer(endpoints, request, response, endpoints.remember(request, response));
                }
            }
            case "/forget" -> {
                if (allows(POSTING, request, response)) {
                    Replies.json(response, endpoints.forget(request, response));
                }
            }
            case "/webhook" -> {
                if (allows(POSTING, request, response)) {
                    answer(endpoints, request, response, endpoints.webhook(request));
                }
            }
            default -> {
                String name = path.substring(1);
                if (!endpoints.hasAsset(name)) {
                    throw new Refusal(
                            404,
                            "NOT_FOUND",
                            "Not found",
                            CustomerText.NOTHING_HERE,
                            "there is nothing at this address");
                }
                if (allows(READING, request, response)) {
                    endpoints.asset(name, request, response);
                }
            }
        }
    }

    /** Answers OPTIONS and wrong methods; true when the request goes on. */
    private static boolean allows(Set<String> methods, HttpServletRequest request, HttpServletResponse response) {
        String method = request.getMethod();
        if (methods.contains(method)) {
            return true;
        }
        response.setHeader("Allow", methods == READING ? "GET, HEAD, OPTIONS" : "POST, OPTIONS");
        if (method.equals("OPTIONS")) {
            response.setStatus(HttpServletResponse.SC_NO_CONTENT);
            return false;
        }
        throw new Refusal(
                405,
                "METHOD_NOT_ALLOWED",
                "Method not allowed",
                CustomerText.NOT_UNDERSTOOD,
                "this address is not called in this way; the Allow header says how");
    }

    /**
     * What it does at this moment, and what it has refused since its start.
     *
     * @return a snapshot, all zero before {@link #init()}
     */
    public PaymentStats stats() {
        Endpoints ready = endpoints;
        return ready == null ? new PaymentStats(0, 0, 0, 0, 0, 0, 0) : ready.stats();
    }

    /** Closes what {@link #init()} opened; what the filter shares stays open. */
    @Override
    public void destroy() {
        Endpoints ready = endpoints;
        if (ready != null) {
            ready.close();
        }
    }
}
