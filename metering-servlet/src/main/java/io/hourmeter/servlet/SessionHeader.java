package io.hourmeter.servlet;

import io.hourmeter.Billing;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.usage.Granted;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code X-Session-ID} and {@code X-Hours-Remaining}. Where each session counts ({@code usage.billing=session}), the
 * session travels with the client, in the header or in a cookie of the same name, over all nodes. Immutable.
 */
final class SessionHeader {

    static final String SESSION = "X-Session-ID";
    static final String REMAINING = "X-Hours-Remaining";

    /** What may come from the client: longer or stranger texts are no session of ours and are not looked at. */
    private static final Pattern SHAPE = Pattern.compile("[A-Za-z0-9._~-]{1,128}");

    private final boolean carried;
    private final PublicView view;

    SessionHeader(MeteringConfig config, PublicView view) {
        carried = config.get(Settings.BILLING) == Billing.SESSION;
        this.view = view;
    }

    /** The session that the client brought back; whether it is one, and one of this license, the tracker decides. */
    @Nullable String broughtBack(HttpServletRequest request) {
        if (!carried) {
            return null;
        }
        String header = shaped(request.getHeader(SESSION));
        return header != null ? header : cookie(request);
    }

    /** Sets the headers of an admitted request, before the application can commit the response. */
    void write(Granted usage, HttpServletRequest request, HttpServletResponse response) {
        String id = usage.sessionId();
        response.setHeader(SESSION, id);
        response.setHeader(REMAINING, usage.hoursRemaining());
        if (carried && !id.equals(cookie(request)) && !id.equals(request.getHeader(SESSION))) {
            // Written by hand: SameSite of the Cookie class reaches the wire in some containers only.
            response.addHeader("Set-Cookie", SESSION + "=" + id + view.cookieAttributes(request));
        }
    }

    private static @Nullable String cookie(HttpServletRequest request) {
        for (Cookie cookie : KeySearch.cookiesOf(request)) {
            if (cookie.getName().equals(SESSION)) {
                return shaped(cookie.getValue());
            }
        }
        return null;
    }

    private static @Nullable String shaped(@Nullable String text) {
        return text != null && SHAPE.matcher(text).matches() ? text : null;
    }
}
