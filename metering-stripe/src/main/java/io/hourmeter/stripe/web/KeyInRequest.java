package io.hourmeter.stripe.web;

import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import io.hourmeter.internal.BearerKey;
import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds the license of a request. Where the application's own login names one, nothing else is looked at. Else it is the
 * key in the configured header, a bearer token of its shape, a parameter or a body, which must agree; without any of these
 * the one in the cookie of a remembered customer. The cookie comes last because a browser sends it with every call, also
 * when its user has typed another key.
 */
final class KeyInRequest {

    /** The parameter of the calls, whatever the filter's own parameter is named. */
    private static final String PARAMETER = "license_key";

    /** The header that is looked for when the filter's own is switched off: a page needs one, URLs are logged. */
    private static final String DEFAULT_HEADER = "X-License-Key";

    private final String header;
    private final RememberedKey remembered;
    private final LoginLicense login;

    /** {@code configured} may be empty. */
    KeyInRequest(String configured, RememberedKey remembered, LoginLicense login) {
        this.login = login;
        this.header = configured.isEmpty() ? DEFAULT_HEADER : configured;
        this.remembered = remembered;
    }

    String header() {
        return header;
    }

    /**
     * The one license of a request.
     *
     * @throws Refusal 400 when there is no key or two differ, 404 when it cannot be one
     */
    LicenseRef of(HttpServletRequest request) {
        Optional<LicenseRef> known = login.of(request, ExceptionMapper::unknownKey);
        if (known.isPresent()) {
            return known.get();
        }
        List<String> given = inHeaders(request);
        given.addAll(Parameters.all(request, PARAMETER));
        return only(
                request,
                given,
                ExceptionMapper::unknownKey,
                "no license key: send it in the header " + header + " or as parameter " + PARAMETER);
    }

    /** Asks the application's login now, on the thread that it knows; what it says is kept with the request. */
    void askLogin(HttpServletRequest request) {
        boolean unused = login.knows(request);
    }

    /**
     * The one license of an order, whose body may hold its key; parameters are not read, because that would read the body.
     *
     * @throws Refusal 400 when there is no key or two differ, 403 when it cannot be one
     */
    LicenseRef ofOrder(HttpServletRequest request, @Nullable String inBody) {
        Optional<LicenseRef> known = login.of(request, ExceptionMapper::cannotBuy);
        return known.isPresent() ? known.get() : ofBody(request, inBody, ExceptionMapper::cannotBuy);
    }

    /**
     * The one key of a call that is about keys, whoever has logged in.
     *
     * @throws Refusal 400 when there is none or two differ, 404 when it cannot be a key
     */
    LicenseKey ofBody(HttpServletRequest request, @Nullable String inBody) {
        return ofBody(request, inBody, ExceptionMapper::unknownKey);
    }

    private LicenseKey ofBody(HttpServletRequest request, @Nullable String inBody, Supplier<Refusal> unknown) {
        List<String> given = inHeaders(request);
        if (inBody != null) {
            given.add(inBody);
        }
        return only(request, given, unknown, PARAMETER + " is missing");
    }

    /** Whether a request tells by itself whose it is, so that a page need not ask for a key. */
    boolean knows(HttpServletRequest request) {
        return loggedIn(request) || remembered.of(request).isPresent();
    }

    /** Whether that is by the application's own login, so that a page has nothing to say about keys. */
    boolean loggedIn(HttpServletRequest request) {
        return login.knows(request);
    }

    private LicenseKey only(HttpServletRequest request, List<String> given, Supplier<Refusal> unknown, String missing) {
        given.removeIf(String::isBlank);
        if (given.isEmpty()) {
            return remembered.of(request).orElseThrow(() -> Refusal.invalid(CustomerText.KEY_MISSING, missing));
        }
        LicenseKey key = LicenseKey.parse(given.get(0)).orElseThrow(unknown);
        for (String other : given) {
            if (!LicenseKey.parse(other).orElseThrow(unknown).equals(key)) {
                throw Refusal.invalid(CustomerText.KEYS_DIFFER, "the request carries license keys that differ");
            }
        }
        return key;
    }

    private List<String> inHeaders(HttpServletRequest request) {
        List<String> given = new ArrayList<>(Collections.list(request.getHeaders(header)));
        for (String authorization : Collections.list(request.getHeaders("Authorization"))) {
            BearerKey.in(authorization).ifPresent(key -> given.add(key.text()));
        }
        return given;
    }
}
