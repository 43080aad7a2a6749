package io.hourmeter.stripe.web;

import io.hourmeter.Balance;
import io.hourmeter.ErrorCode;
import io.hourmeter.History;
import io.hourmeter.License;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import io.hourmeter.Validation;
import io.hourmeter.client.WireFormat;
import io.hourmeter.config.Settings;
import io.hourmeter.internal.ReturnReference;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What each path answers. Thread-safe. */
final class Endpoints implements AutoCloseable {

    /** A request to remember a customer has a key. */
    private static final int MAX_BODY = 4 * 1024;

    private static final int MAX_KEY = 200;

    private final Wiring wiring;
    private final Origins origins;
    private final RememberedKey remembered;
    private final KeyInRequest keys;
    private final Page page;
    private final ReturnPage returnPage = new ReturnPage();
    private final Map<String, Object> packages;
    private final ExceptionMapper exceptions = new ExceptionMapper(System::nanoTime);
    private final StripeBudget budget = new StripeBudget(System::nanoTime);
    private final Payments payments;
    private final SignUp signUp;
    private final BodyReader bodies = new BodyReader(System::nanoTime);

    Endpoints(Wiring wiring) {
        this.wiring = wiring;
        this.origins = new Origins(wiring.contextPath(), wiring.config());
        this.remembered = new RememberedKey(wiring.config().get(Settings.LICENSE_COOKIE), origins);
        this.keys = new KeyInRequest(wiring.config().get(Settings.LICENSE_HEADER), remembered, wiring.login());
        this.page = new Page(keys.header());
        this.packages = Catalogue.members(wiring.config());
        this.payments = new Payments(wiring, keys, origins, exceptions, budget);
        this.signUp = new SignUp(wiring, origins, System::nanoTime);
    }

    PaymentStats stats() {
        return new PaymentStats(
                budget.waiting(),
                budget.refused(),
                payments.unsignedReturns(),
                bodies.underWay(),
                bodies.bytesUnderWay(),
                bodies.givenUp(),
                signUp.refused());
    }

    BodyReader bodies() {
        return bodies;
    }

    /** Begins what runs by itself. */
    void start() {
        payments.start();
    }

    /** The answer to whatever a call has thrown. Who has logged in knows of no key. */
    Refusal toRefusal(Throwable failure, HttpServletRequest request) {
        Refusal refusal = exceptions.toRefusal(failure);
        boolean ofTheLogin = refusal.text == CustomerText.KEY_UNKNOWN && LoginLicense.knew(request);
        return ofTheLogin ? refusal.saying(CustomerText.LICENSE_UNKNOWN) : refusal;
    }

    /** A relative address in the page needs the slash at the end of the path. */
    void leadToPage(HttpServletRequest request, HttpServletResponse response) {
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

    void page(HttpServletRequest request, HttpServletResponse response) throws IOException {
        page.write(request, response);
    }

    boolean hasAsset(String name) {
        return page.hasAsset(name);
    }

    void asset(String name, HttpServletRequest request, HttpServletResponse response) throws IOException {
        page.writeAsset(name, request, response);
    }

    /** What is on offer, and what the page needs to know to offer it. */
    Map<String, Object> packages(HttpServletRequest request) {
        Map<String, Object> members = new LinkedHashMap<>(packages);
        members.put("buying", payments.buying(request));
        members.put("signup", signUp.on());
        members.put("remember", remembered.offered());
        members.put("known", keys.knows(request));
        members.put("login", keys.loggedIn(request));
        return members;
    }

    BodyCall createCheckout(HttpServletRequest request) {
        return payments.createCheckout(request);
    }

    BodyCall createLicense(HttpServletRequest request) {
        return signUp.create(request);
    }

    /** Has a device carry the key from now on; only one that a license has, or every later page would be refused. */
    BodyCall remember(HttpServletRequest request, HttpServletResponse response) {
        origins.checkCaller(request);
        requireRemembering();
        return new BodyCall(MAX_BODY, HttpServletResponse.SC_OK, body -> remembered(request, response, body));
    }

    private Map<String, Object> remembered(HttpServletRequest request, HttpServletResponse response, byte[] body) {
        String given = RequestBody.json(body).pastedKey("license_key", MAX_KEY);
        LicenseKey key = keys.ofBody(request, given);
        known(key);
        remembered.set(request, response, key);
        return done();
    }

    Map<String, Object> forget(HttpServletRequest request, HttpServletResponse response) {
        origins.checkCaller(request);
        requireRemembering();
        remembered.forget(request, response);
        return done();
    }

    private void requireRemembering() {
        if (!remembered.offered()) {
            throw new Refusal(
                    404, "REMEMBER_OFF", "Not offered", CustomerText.REMEMBER_OFF, "keys are not remembered here");
        }
    }

    private static Map<String, Object> done() {
        return Map.of("success", true);
    }

    BodyCall webhook(HttpServletRequest request) {
        return payments.webhook(request);
    }

    void success(HttpServletRequest request, HttpServletResponse response) throws IOException {
        returnPage.success(request, response, payments.success(request), payments.leadsTo(request));
    }

    void cancel(HttpServletRequest request, HttpServletResponse response) throws IOException {
        returnPage.cancel(response, payments.leadsTo(request));
    }

    Map<String, Object> balance(HttpServletRequest request) {
        LicenseRef named = keys.of(request);
        wiring.report(named);
        License license = known(named).license();
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("success", true);
        members.putAll(WireFormat.balance(balanceOf(license, named)));
        if (wiring.olderServer()) {
            // It does not tell what is held, and nothing held would mean that the license is not in use.
            members.remove("held_hours");
        }
        members.put(
                "expires",
                license == null || license.expires() == null
                        ? null
                        : license.expires().toString());
        return members;
    }

    private Balance balanceOf(LicenseRef named) {
        return balanceOf(known(named).license(), named);
    }

    /** An older server tells nothing about a license that it refuses. */
    private Balance balanceOf(@Nullable License license, LicenseRef named) {
        return license != null ? license.balance() : wiring.client().hoursRemaining(named);
    }

    /** A used-up license has a balance like any other; one that serves no more has none to show. */
    private Validation known(LicenseRef license) {
        Validation validation = wiring.client().validate(license);
        ErrorCode refusal = validation.refusal();
        if (refusal == ErrorCode.INVALID_LICENSE) {
            throw ExceptionMapper.unknownKey();
        }
        if (refusal == ErrorCode.LICENSE_EXPIRED) {
            throw ExceptionMapper.expired();
        }
        if (refusal != null && refusal != ErrorCode.HOURS_EXHAUSTED) {
            throw ExceptionMapper.inactive();
        }
        return validation;
    }

    Map<String, Object> history(HttpServletRequest request) {
        LicenseRef license = keys.of(request);
        var query = HistoryParameters.of(request);
        wiring.report(license);
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("success", true);
        if (wiring.olderServer()) {
            members.putAll(WireFormat.history(notRecorded(balanceOf(license))));
            members.put("recorded", false);
        } else {
            members.putAll(WireFormat.history(wiring.client().history(license, query)));
        }
        return members;
    }

    /** What an older server knows of the past: how much, and not when. */
    private static History notRecorded(Balance balance) {
        return new History(
                List.of(),
                List.of(),
                List.of(),
                new History.Totals(balance.purchasedMillis(), balance.usedMillis(), 0, 0),
                null);
    }

    @Override
    public void close() {
        bodies.close();
        payments.close();
        wiring.close();
    }
}
