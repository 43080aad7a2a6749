package io.hourmeter.servlet;

import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.internal.ForwardedRequest;
import io.hourmeter.internal.PublicUrl;
import io.hourmeter.internal.TrustedProxies;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import org.jspecify.annotations.Nullable;

/**
 * What of an application a client sees that may come through a proxy: {@code payment.public.url}, and what the proxies in
 * {@code proxy.trusted} say. Immutable.
 */
final class PublicView {

    private final PublicUrl url;
    private final TrustedProxies proxies;

    PublicView(MeteringConfig config) {
        url = PublicUrl.of(config.get(Settings.PAYMENT_PUBLIC_URL));
        proxies = TrustedProxies.of(config.get(Settings.PROXY_TRUSTED));
    }

    private ForwardedRequest seen(HttpServletRequest request) {
        return proxies.read(
                request.getRemoteAddr(),
                request.getScheme(),
                request.getHeader("Host"),
                name -> Collections.list(request.getHeaders(name)));
    }

    /** The address of the client: that of the connection, or what a trusted proxy says; null where nobody knows it. */
    @Nullable String clientAddress(HttpServletRequest request) {
        // Each request asks this, and most applications trust no proxy.
        return proxies == TrustedProxies.NONE
                ? request.getRemoteAddr()
                : seen(request).clientAddress();
    }

    /** What follows name and value in a {@code Set-Cookie}, with a semicolon first. */
    String cookieAttributes(HttpServletRequest request) {
        return url.cookieAttributes(seen(request));
    }

    /**
     * The address of a page of this application, for a program that follows no redirect.
     *
     * @param page its path below the context
     * @return absolute where the public address is known, else a path from the root as the client sees it
     */
    String address(HttpServletRequest request, String page) {
        if (url.isSet()) {
            return url.text() + page;
        }
        String prefix = seen(request).prefix();
        return (prefix == null ? request.getContextPath() : prefix) + page;
    }
}
