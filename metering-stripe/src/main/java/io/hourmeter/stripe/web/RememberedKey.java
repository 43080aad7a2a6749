package io.hourmeter.stripe.web;

import io.hourmeter.LicenseKey;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The cookie that carries the key of a customer who asked to be remembered on a device ({@code license.cookie}), so that
 * pages of the application open by navigation. No script can read it. Immutable.
 */
final class RememberedKey {

    /** A customer who comes once a year is still known; browsers keep no cookie much longer. */
    private static final Duration KEPT = Duration.ofDays(365);

    private final String name;
    private final Origins origins;

    /** {@code name} is empty when keys are not remembered. */
    RememberedKey(String name, Origins origins) {
        this.name = name;
        this.origins = origins;
    }

    boolean offered() {
        return !name.isEmpty();
    }

    /** The key that a device remembers; empty when there is none, and when several say different things. */
    Optional<LicenseKey> of(HttpServletRequest request) {
        if (!offered()) {
            return Optional.empty();
        }
        Set<LicenseKey> keys = Stream.of(cookies(request))
                .filter(cookie -> cookie.getName().equals(name))
                .flatMap(cookie -> LicenseKey.parse(cookie.getValue()).stream())
                .collect(Collectors.toSet());
        return keys.size() == 1 ? keys.stream().findFirst() : Optional.empty();
    }

    void set(HttpServletRequest request, HttpServletResponse response, LicenseKey key) {
        write(request, response, key.text(), KEPT.toSeconds());
    }

    void forget(HttpServletRequest request, HttpServletResponse response) {
        write(request, response, "", 0);
    }

    /** By hand: SameSite of the Cookie class reaches the wire in some containers only. */
    private void write(HttpServletRequest request, HttpServletResponse response, String value, long seconds) {
        String attributes = origins.cookieAttributes(request);
        if (!attributes.startsWith("; Path=/;")) {
            // One that was set before a proxy told the path would be sent beside it, and say something else.
            response.addHeader("Set-Cookie", name + "=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax");
        }
        response.addHeader("Set-Cookie", name + "=" + value + "; Max-Age=" + seconds + attributes);
    }

    private static Cookie[] cookies(HttpServletRequest request) {
        try {
            Cookie[] cookies = request.getCookies();
            return cookies == null ? new Cookie[0] : cookies;
        } catch (RuntimeException e) {
            // What the container cannot read carries no key.
            return new Cookie[0];
        }
    }
}
