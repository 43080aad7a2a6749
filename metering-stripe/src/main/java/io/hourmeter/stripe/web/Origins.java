package io.hourmeter.stripe.web;

import io.hourmeter.ErrorCode;
import io.hourmeter.config.Settings;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where this application is, as the outside sees it: who may call from a browser, where Stripe leads back to, and where
 * a customer may be led on to. Immutable and thread-safe.
 */
final class Origins {

    private static final Set<String> LOOPBACK_NAMES = Set.of("localhost", "[::1]", "[0:0:0:0:0:0:0:1]");
    private static final Pattern LOOPBACK_ADDRESS = Pattern.compile("127(\\.[0-9]{1,3}){3}");

    /**
     * A path, query and fragment of the same origin: no second slash, backslash, blank or control character, which
     * browsers take for the beginning of another host.
     */
    private static final Pattern OWN_PATH = Pattern.compile("/(?!/)[A-Za-z0-9._~!$&'()*+,;=:@%/?#-]*");

    /** Longer than any path that an application leads back to, short enough for Stripe's success_url. */
    private static final int MAX_PATH = 1000;

    private final String contextPath;
    private final String publicUrl;
    private final @Nullable String publicOrigin;
    private final boolean publicHasPath;

    /** {@code publicUrl} is empty or an http or https URL without a slash at its end. */
    Origins(String contextPath, String publicUrl) {
        this.contextPath = contextPath;
        this.publicUrl = publicUrl;
        if (publicUrl.isEmpty()) {
            publicOrigin = null;
            publicHasPath = false;
        } else {
            URI uri = URI.create(publicUrl);
            publicOrigin = origin(uri);
            publicHasPath = !uri.getRawPath().isEmpty();
        }
    }

    /**
     * Refuses a state-changing call that a page of another site has a browser make. No {@code Origin} is no browser.
     *
     * @throws Refusal 403
     */
    void checkCaller(HttpServletRequest request) {
        List<String> given = Collections.list(request.getHeaders("Origin"));
        for (String origin : given) {
            if (!isOwn(origin, request)) {
                throw new Refusal(ErrorCode.FORBIDDEN, "this call was made by a page of another site");
            }
        }
    }

    private boolean isOwn(String given, HttpServletRequest request) {
        URI uri;
        try {
            uri = URI.create(given.strip());
        } catch (IllegalArgumentException e) {
            return false;
        }
        String origin = origin(uri);
        if (origin == null) {
            return false;
        }
        if (origin.equals(publicOrigin)) {
            return true;
        }
        // Encryption may end at a proxy, so a secure page may call what is insecure here, and never the other way.
        String scheme =
                origin.startsWith("https:") ? "https" : request.getScheme().toLowerCase(Locale.ROOT);
        String host = request.getHeader("Host");
        URI own;
        try {
            own = URI.create(scheme + "://" + (host == null ? "" : host.strip()));
        } catch (IllegalArgumentException e) {
            return false;
        }
        return origin.equals(origin(own));
    }

    /** Scheme, host and port as a browser writes them; null for what has none, such as {@code null}. */
    private static @Nullable String origin(URI uri) {
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        String authority = uri.getRawAuthority();
        if (authority == null || !(scheme.equals("http") || scheme.equals("https"))) {
            return null;
        }
        String host = authority.toLowerCase(Locale.ROOT);
        String port = scheme.equals("http") ? ":80" : ":443";
        return scheme + "://" + (host.endsWith(port) ? host.substring(0, host.length() - port.length()) : host);
    }

    /**
     * Base URL of the application for Stripe's way back: the setting, else the request's own origin if that is loopback.
     * A public URL that is an origin only has the context path added; one with a path is what a proxy makes of it.
     *
     * @return without a slash at its end; null when the setting is needed
     */
    @Nullable String base(HttpServletRequest request) {
        if (publicHasPath) {
            return publicUrl;
        }
        if (!publicUrl.isEmpty()) {
            return publicUrl + contextPath;
        }
        String host = request.getServerName().toLowerCase(Locale.ROOT);
        if (host.indexOf(':') >= 0 && !host.startsWith("[")) {
            host = '[' + host + ']';
        }
        if (!LOOPBACK_NAMES.contains(host) && !LOOPBACK_ADDRESS.matcher(host).matches()) {
            return null;
        }
        return request.getScheme() + "://" + host + ':' + request.getServerPort() + contextPath;
    }

    /**
     * The payments' own base URL.
     *
     * @throws Refusal 503 naming the setting that is missing
     */
    String payments(HttpServletRequest request) {
        String base = base(request);
        if (base == null) {
            throw Payments.notConfigured("buying is off: " + Settings.PAYMENT_PUBLIC_URL.key()
                    + " is not set, so Stripe would not find the way back");
        }
        return base + request.getServletPath();
    }

    /** Where the payments are, seen from the same origin. */
    String paymentsPath(HttpServletRequest request) {
        // Not the request's own context path: some containers give it as the client wrote it, leading slashes and all.
        return contextPath + request.getServletPath() + '/';
    }

    /** Whether a text that anyone may have written is a path of this origin. */
    static boolean isOwnPath(@Nullable String path) {
        return path != null
                && path.length() <= MAX_PATH
                && OWN_PATH.matcher(path).matches();
    }
}
