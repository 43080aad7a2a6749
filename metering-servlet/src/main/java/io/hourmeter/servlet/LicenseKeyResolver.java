package io.hourmeter.servlet;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;
import java.util.function.Function;

/**
 * Tells which license a request belongs to, for an application that knows it from its own login. It is asked before any
 * other place a key may stand in; where it has an answer, nothing else is looked at.
 *
 * <p>Given to {@link MeteringFilter.Builder#resolver}, or set as ServletContext attribute
 * {@value MeteringFilter#RESOLVER_ATTRIBUTE}, where the payments servlet finds it too: as a {@link Function}, since that
 * servlet works without this filter. Called on the request's thread, once per request, by many threads at once; it must
 * not read the body. When it throws, nobody knows whose request it is: the request is refused with 503, and the failure is
 * logged once a minute.
 */
@FunctionalInterface
public interface LicenseKeyResolver extends Function<HttpServletRequest, Optional<String>> {

    /**
     * The license of a request: its key, or its id, {@code lic_…}. With the id an application needs to keep no keys. An id
     * is no secret, so it must come from the login and never from what the client sent.
     *
     * @param request the request as the container, or a filter before this one, passed it on
     * @return key or id, or empty when the application knows none; then the other places are searched
     */
    Optional<String> resolve(HttpServletRequest request);

    /** The same as {@link #resolve}. */
    @Override
    default Optional<String> apply(HttpServletRequest request) {
        return resolve(request);
    }
}
