package io.hourmeter.servlet;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;

/**
 * Tells which license a request belongs to, for an application that knows it from its own login. It is asked before any
 * other place a key may stand in; where it has an answer, nothing else is looked at.
 *
 * <p>Given to {@link MeteringFilter.Builder#resolver}, or set as ServletContext attribute
 * {@value MeteringFilter#RESOLVER_ATTRIBUTE}. Called on the request's thread, once per request, by many threads at once;
 * it must not read the body. When it throws, nobody knows whose request it is: the request is refused with 503, and the
 * failure is logged once a minute.
 */
@FunctionalInterface
public interface LicenseKeyResolver {

    /**
     * The license key for a request.
     *
     * @param request the request as the container, or a filter before this one, passed it on
     * @return the key, or empty when the application knows none; then the other places are searched
     */
    Optional<String> resolve(HttpServletRequest request);
}
