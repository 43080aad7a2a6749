package io.hourmeter.stripe.web;

import io.hourmeter.Balance;
import io.hourmeter.ErrorCode;
import io.hourmeter.History;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.Validation;
import io.hourmeter.client.WireFormat;
import io.hourmeter.config.Settings;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What each path answers. Thread-safe. */
final class Endpoints implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PaymentsServlet.class);

    private final Wiring wiring;
    private final KeyInRequest keys;
    private final Page page;
    private final ReturnPage returnPage = new ReturnPage();
    private final Map<String, Object> packages;
    private final Origins origins;
    private final Payments payments;
    private final SignUp signUp;

    Endpoints(Wiring wiring) {
        this.wiring = wiring;
        this.keys = new KeyInRequest(wiring.config().get(Settings.LICENSE_HEADER));
        this.page = new Page(keys.header());
        this.packages = Catalogue.members(wiring.config());
        this.origins = new Origins(wiring.contextPath(), wiring.config().get(Settings.PAYMENT_PUBLIC_URL));
        this.payments = new Payments(wiring, keys, origins);
        this.signUp = new SignUp(wiring, origins, System::nanoTime);
    }

    /** Begins what runs by itself. */
    void start() {
        payments.start();
    }

    /** A relative address in the page needs the slash; a path alone does not depend on the Host header. */
    void leadToPage(HttpServletRequest request, HttpServletResponse response) {
        response.setStatus(HttpServletResponse.SC_FOUND);
        response.setHeader("Location", origins.paymentsPath(request));
    }

    void page(HttpServletResponse response) throws IOException {
        page.write(response);
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
        return members;
    }

    Map<String, Object> createCheckout(HttpServletRequest request) {
        return payments.createCheckout(request);
    }

    Map<String, Object> createLicense(HttpServletRequest request) {
        return signUp.create(request);
    }

    Map<String, Object> webhook(HttpServletRequest request) {
        return payments.webhook(request);
    }

    void success(HttpServletRequest request, HttpServletResponse response) throws IOException {
        returnPage.success(request, response, payments.success(request), payments.leadsTo(request));
    }

    void cancel(HttpServletRequest request, HttpServletResponse response) throws IOException {
        returnPage.cancel(response, payments.leadsTo(request));
    }

    Map<String, Object> balance(HttpServletRequest request) {
        LicenseKey key = keys.of(request);
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("success", true);
        members.putAll(WireFormat.balance(currentBalance(key)));
        return members;
    }

    /** A used-up license has a balance like any other; one that serves no more has none to show. */
    private Balance currentBalance(LicenseKey key) {
        wiring.report(key);
        Validation validation = wiring.client().validate(key);
        ErrorCode refusal = validation.refusal();
        if (refusal != null && refusal != ErrorCode.HOURS_EXHAUSTED) {
            throw refusal == ErrorCode.INVALID_LICENSE
                    ? new Refusal(ErrorCode.LICENSE_NOT_FOUND, "no license has this key")
                    : new Refusal(refusal, "license " + key.masked() + " is no longer served");
        }
        // An older server tells nothing about a license that it refuses.
        return validation.license() != null
                ? validation.license().balance()
                : wiring.client().hoursRemaining(key);
    }

    Map<String, Object> history(HttpServletRequest request) {
        LicenseKey key = keys.of(request);
        var query = HistoryParameters.of(request);
        wiring.report(key);
        History history = wiring.client().history(key, query);
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("success", true);
        members.putAll(WireFormat.history(history));
        return members;
    }

    /** A refusal by the license server in the customer's terms. */
    Refusal refusal(LicenseRequestException e) {
        return switch (e.code()) {
            case INVALID_LICENSE, LICENSE_NOT_FOUND ->
                new Refusal(ErrorCode.LICENSE_NOT_FOUND, "no license has this key");
            case UNAUTHORIZED, FORBIDDEN -> {
                // The customer can do nothing about this application's token.
                LOG.error("The license server refuses the token of this application: {}", e.getMessage());
                yield new Refusal(ErrorCode.LICENSE_SERVER_UNAVAILABLE, "the license server cannot be asked");
            }
            default -> new Refusal(e.code(), String.valueOf(e.getMessage()));
        };
    }

    /** No usable answer: the tracker has its own warning about a lost server, so this one is for a closer look. */
    Refusal unavailable(LicenseServerUnavailableException e) {
        LOG.debug("The license server gave no usable answer", e);
        return new Refusal(
                ErrorCode.LICENSE_SERVER_UNAVAILABLE,
                "the license server does not answer at the moment; nothing is lost");
    }

    @Override
    public void close() {
        payments.close();
        wiring.close();
    }
}
