package io.hourmeter.stripe.web;

import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseKey;
import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds the license key of a request: the configured header, a bearer token of its shape, or a parameter. */
final class KeyInRequest {

    /** The parameter of the calls, whatever the filter's own parameter is named. */
    private static final String PARAMETER = "license_key";

    /** The header that is looked for when the filter's own is switched off: a page needs one, URLs are logged. */
    private static final String DEFAULT_HEADER = "X-License-Key";

    private static final String BEARER = "Bearer ";

    private final String header;

    /** {@code configured} may be empty. */
    KeyInRequest(String configured) {
        this.header = configured.isEmpty() ? DEFAULT_HEADER : configured;
    }

    String header() {
        return header;
    }

    /**
     * The one key of a request.
     *
     * @throws Refusal 400 when there is none or two differ, 404 when it cannot be a key
     */
    LicenseKey of(HttpServletRequest request) {
        List<String> given = given(request);
        if (given.isEmpty()) {
            throw new Refusal(
                    ErrorCode.INVALID_REQUEST,
                    "no license key: send it in the header " + header + " or as parameter " + PARAMETER);
        }
        LicenseKey key = parse(given.get(0));
        for (String other : given) {
            if (!parse(other).equals(key)) {
                throw new Refusal(ErrorCode.INVALID_REQUEST, "the request carries license keys that differ");
            }
        }
        return key;
    }

    /**
     * The one key of an order, whose body may hold it; parameters are not read, because that would read the body.
     *
     * @throws Refusal 400 when there is none or two differ, 403 when it cannot be a key
     */
    LicenseKey ofOrder(HttpServletRequest request, @Nullable String inBody) {
        List<String> given = inHeaders(request);
        if (inBody != null) {
            given.add(inBody);
        }
        given.removeIf(String::isBlank);
        if (given.isEmpty()) {
            throw new Refusal(ErrorCode.INVALID_REQUEST, PARAMETER + " is missing");
        }
        LicenseKey key = LicenseKey.parse(given.get(0)).orElseThrow(KeyInRequest::cannotBuy);
        for (String other : given) {
            if (!LicenseKey.parse(other).orElseThrow(KeyInRequest::cannotBuy).equals(key)) {
                throw new Refusal(ErrorCode.INVALID_REQUEST, "the request carries license keys that differ");
            }
        }
        return key;
    }

    /** No license has the key of an order. */
    static Refusal cannotBuy() {
        return new Refusal(
                403,
                ErrorCode.INVALID_LICENSE.name(),
                ErrorCode.INVALID_LICENSE.title(),
                "no license has this key, so it cannot buy");
    }

    private List<String> inHeaders(HttpServletRequest request) {
        List<String> given = new ArrayList<>(Collections.list(request.getHeaders(header)));
        String authorization = request.getHeader("Authorization");
        if (authorization != null && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            String token = authorization.substring(BEARER.length());
            // Another bearer token is the application's own business.
            LicenseKey.parse(token).ifPresent(key -> given.add(key.text()));
        }
        return given;
    }

    private List<String> given(HttpServletRequest request) {
        List<String> given = inHeaders(request);
        String[] parameters = request.getParameterValues(PARAMETER);
        if (parameters != null) {
            given.addAll(List.of(parameters));
        }
        given.removeIf(String::isBlank);
        return given;
    }

    private static LicenseKey parse(String text) {
        return LicenseKey.parse(text)
                .orElseThrow(() -> new Refusal(ErrorCode.LICENSE_NOT_FOUND, "no license has this key"));
    }
}
