package io.hourmeter.stripe.web;

import io.hourmeter.config.Settings;
import io.hourmeter.internal.ReturnReference;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The paths of the payments and who answers each. A purchase enters by {@link #answer} and goes straight to
 * {@link Purchases}, what a customer asks of a license to {@link Account}. Thread-safe.
 */
final class Payments implements AutoCloseable {

    private static final Set<String> READING = Set.of("GET", "HEAD");
    private static final Set<String> POSTING = Set.of("POST");

    private final Wiring wiring;
    private final RememberedKey remembered;
    private final KeyInRequest keys;
    private final Page page;
    private final Map<String, Object> catalogue;
    private final ExceptionMapper exceptions = new ExceptionMapper(System::nanoTime);
    private final StripeBudget budget = new StripeBudget(System::nanoTime);
    private final BodyReader bodies = new BodyReader(System::nanoTime);
    private final Purchases purchases;
    private final SignUp signUp;
    private final Map<String, Route> routes;

    Payments(Wiring wiring) {
        this.wiring = wiring;
        var origins = new Origins(wiring.contextPath(), wiring.config());
        this.remembered = new RememberedKey(wiring.config().get(Settings.LICENSE_COOKIE), origins);
        this.keys = new KeyInRequest(wiring.config().get(Settings.LICENSE_HEADER), remembered, wiring.login());
        this.page = new Page(keys.header());
        this.catalogue = Catalogue.members(wiring.config());
        this.purchases = new Purchases(wiring, keys, origins, exceptions, budget);
        this.signUp = new SignUp(wiring, origins, System::nanoTime);
        var account = new Account(wiring, keys, origins, remembered);
        this.routes = Map.ofEntries(
                Map.entry("/", get(page::write)),
                Map.entry("/packages", get((request, response) -> Replies.json(response, packages(request)))),
                Map.entry("/balance", get((request, response) -> Replies.json(response, account.balance(request)))),
                Map.entry("/history", get((request, response) -> Replies.json(response, account.history(request)))),
                Map.entry("/remember", postBody(account::remember)),
                Map.entry(
                        "/forget",
                        post((request, response) -> Replies.json(response, account.forget(request, response)))),
                Map.entry("/licenses", postBody((request, response) -> signUp.create(request))),
                Map.entry("/create-checkout", postBody((request, response) -> purchases.order(request))),
                Map.entry("/success", get(purchases::success)),
                Map.entry("/cancel", get(purchases::cancel)),
                Map.entry("/webhook", postBody((request, response) -> purchases.webhook(request))));
    }

    /** Begins what runs by itself. */
    void start() {
        purchases.start();
    }

    PaymentStats stats() {
        return new PaymentStats(
                budget.waiting(),
                budget.refused(),
                purchases.unsignedReturns(),
                bodies.underWay(),
                bodies.bytesUnderWay(),
                bodies.givenUp(),
                signUp.refused());
    }

    /** Whether a path reads the body of this request, so that nobody else needs to care for it. */
    boolean readsBody(HttpServletRequest request) {
        Route route = request.getPathInfo() == null ? null : routes.get(request.getPathInfo());
        return route != null && route.readsBody && route.methods.contains(request.getMethod());
    }

    /**
     * Answers, or leaves the answer to whoever reads the body.
     *
     * @throws RuntimeException whatever went wrong; {@link #refuse} makes the answer of it
     */
    void answer(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String path = request.getPathInfo();
        if (path == null) {
            leadToPage(request, response);
            return;
        }
        Route route = route(path);
        if (allows(route.methods, request, response)) {
            route.endpoint.answer(request, response);
        }
    }

    private Route route(String path) {
        Route route = routes.get(path);
        if (route != null) {
            return route;
        }
        String name = path.substring(1);
        if (page.hasAsset(name)) {
            return get((request, response) -> page.writeAsset(name, request, response));
        }
        throw new Refusal(404, "NOT_FOUND", "Not found", CustomerText.NOTHING_HERE, "there is nothing at this address");
    }

    /** The answer to whatever a call has thrown, unless another one has begun. */
    void refuse(HttpServletRequest request, HttpServletResponse response, Throwable failure) throws IOException {
        Refusal refusal = exceptions.toRefusal(failure);
        // Who has logged in knows of no key.
        boolean ofTheLogin = refusal.text == CustomerText.KEY_UNKNOWN && LoginLicense.knew(request);
        if (!response.isCommitted()) {
            Replies.problem(response, ofTheLogin ? refusal.saying(CustomerText.LICENSE_UNKNOWN) : refusal);
        }
    }

    /** A relative address in the page needs the slash at the end of the path. */
    private static void leadToPage(HttpServletRequest request, HttpServletResponse response) {
        String uri = request.getRequestURI();
        String last = uri.substring(uri.lastIndexOf('/') + 1);
        int parameters = last.indexOf(';');
        String name = parameters < 0 ? last : last.substring(0, parameters);
        String back = ReturnReference.own(Parameters.first(request, "return"));
        // What is relative to this address has to go up one step more from the one with the slash.
        String query =
                back == null ? "" : "?return=" + ReturnReference.encoded(back.startsWith("/") ? back : "../" + back);
        response.setStatus(HttpServletResponse.SC_FOUND);
        // The dot keeps a colon in the name from being read as a scheme.
        response.setHeader("Location", "./" + name + "/" + query);
    }

    /** What is on offer, and what the page needs to know to offer it. */
    private Map<String, Object> packages(HttpServletRequest request) {
        Map<String, Object> members = new LinkedHashMap<>(catalogue);
        members.put("buying", purchases.buying(request));
        members.put("signup", signUp.on());
        members.put("remember", remembered.offered());
        members.put("known", keys.knows(request));
        members.put("login", keys.loggedIn(request));
        return members;
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

    @Override
    public void close() {
        bodies.close();
        purchases.close();
        wiring.close();
    }

    private static Route get(Endpoint endpoint) {
        return new Route(READING, false, endpoint);
    }

    private static Route post(Endpoint endpoint) {
        return new Route(POSTING, false, endpoint);
    }

    /** The body is read without a thread while it is on its way; then the call answers. */
    private Route postBody(BodyEndpoint endpoint) {
        return new Route(POSTING, true, (request, response) -> {
            BodyCall call = endpoint.accept(request, response);
            bodies.read(request, response, call.mostBytes(), new BodyReader.Exchange() {
                @Override
                public void answer(byte[] body) throws IOException {
                    Map<String, Object> members = call.answer().apply(body);
                    response.setStatus(call.status());
                    Replies.json(response, members);
                }

                @Override
                public void refuse(Throwable failure) throws IOException {
                    Payments.this.refuse(request, response, failure);
                }
            });
        });
    }

    /** Answers one path. */
    private interface Endpoint {
        void answer(HttpServletRequest request, HttpServletResponse response) throws IOException;
    }

    /** Checks all but the body of a call, and says what is to be done with that. */
    private interface BodyEndpoint {
        BodyCall accept(HttpServletRequest request, HttpServletResponse response);
    }

    private record Route(Set<String> methods, boolean readsBody, Endpoint endpoint) {}
}
