package io.hourmeter.stripe.web;

import io.hourmeter.ErrorCode;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.internal.CrossSiteCheck;
import io.hourmeter.internal.ForwardedRequest;
import io.hourmeter.internal.PublicUrl;
import io.hourmeter.internal.TrustedProxies;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where this application is, as the outside sees it: who may call from a browser, where Stripe leads back to, and what
 * our cookies carry. Links of ours need none of it, since they are relative. Immutable and thread-safe.
 */
final class Origins {

    private final String contextPath;
    private final PublicUrl publicUrl;
    private final TrustedProxies proxies;

    /** {@code contextPath} as the container was told it: some give that of a request as the client wrote it. */
    Origins(String contextPath, MeteringConfig config) {
        this.contextPath = contextPath;
        this.publicUrl = PublicUrl.of(config.get(Settings.PAYMENT_PUBLIC_URL));
        this.proxies = TrustedProxies.of(config.get(Settings.PROXY_TRUSTED));
    }

    /** A request as its client sent it, as far as trusted proxies tell. */
    ForwardedRequest seen(HttpServletRequest request) {
        return proxies.read(
                request.getRemoteAddr(),
                request.getScheme(),
                host(request),
                name -> Collections.list(request.getHeaders(name)));
    }

    /** HTTP/2 may have no {@code Host}; the container knows it from elsewhere then. */
    private static String host(HttpServletRequest request) {
        String host = request.getHeader("Host");
        return host != null ? host : request.getServerName() + ':' + request.getServerPort();
    }

    /**
     * Refuses a state-changing call that a page of another site has a browser make.
     *
     * @throws Refusal 403
     */
    void checkCaller(HttpServletRequest request) {
        List<String> site = Collections.list(request.getHeaders("Sec-Fetch-Site"));
        // No page can write this header, and it holds behind proxies that change the host.
        boolean ownByBrowser = site.size() == 1 && site.get(0).strip().equalsIgnoreCase("same-origin");
        CrossSiteCheck.judge(
                        name -> Collections.list(request.getHeaders(name)),
                        origin -> ownByBrowser || isOwn(origin, request))
                .ifPresent(finding -> {
                    throw new Refusal(ErrorCode.FORBIDDEN, CustomerText.OTHER_SITE, finding.sentence());
                });
    }

    private boolean isOwn(String origin, HttpServletRequest request) {
        if (origin.equals(publicUrl.origin())) {
            return true;
        }
        ForwardedRequest seen = seen(request);
        // Encryption may end at a proxy, so a secure page may call what is insecure here, and never the other way.
        String scheme = origin.startsWith("https:") ? "https" : seen.scheme();
        return origin.equals(PublicUrl.originOf(scheme + "://" + seen.host()))
                // A trusted proxy may leave out the port of the address in the browser, and pass on the header that has
                // it.
                || origin.equals(
                        PublicUrl.originOf(scheme + "://" + host(request).strip()));
    }

    /**
     * Base URL of the application for Stripe's way back: the setting, else the request's own origin if that is loopback.
     * A public URL with a path is the whole of it; to an origin is added what a trusted proxy says, else the context path.
     *
     * @return without a slash at its end; null when the setting is needed
     */
    @Nullable String base(HttpServletRequest request) {
        if (!publicUrl.path().isEmpty()) {
            return publicUrl.text();
        }
        ForwardedRequest seen = seen(request);
        String prefix = seen.prefix();
        String path = prefix != null ? prefix : contextPath;
        if (publicUrl.isSet()) {
            return publicUrl.text() + path;
        }
        return seen.toLoopback() ? seen.scheme() + "://" + seen.host() + path : null;
    }

    /**
     * The payments' own base URL.
     *
     * @throws Refusal 503 naming the setting that is missing
     */
    String payments(HttpServletRequest request) {
        String base = base(request);
        if (base == null) {
            throw ExceptionMapper.notConfigured("buying is off: " + Settings.PAYMENT_PUBLIC_URL.key()
                    + " is not set, so Stripe would not find the way back");
        }
        return base + request.getServletPath();
    }

    /** What follows name and value of a cookie of ours in the answer to a request. */
    String cookieAttributes(HttpServletRequest request) {
        return publicUrl.cookieAttributes(seen(request));
    }

    /**
     * A path of the application, seen from a page of the payments: one step up for each folder that the browser is in, so
     * that it holds whatever a proxy has put before it.
     */
    String fromHere(HttpServletRequest request, String path) {
        long folders = slashes(request.getRequestURI()) - slashes(contextPath) - 1;
        return "../".repeat((int) Math.max(0, folders))
                + (path.length() > 1 ? path.substring(1) : folders > 0 ? "" : "./");
    }

    private static long slashes(String path) {
        return path.chars().filter(c -> c == '/').count();
    }
}
