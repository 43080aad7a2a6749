package io.hourmeter.servlet;

import io.hourmeter.ErrorCode;
import io.hourmeter.Problem;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.internal.AcceptHeader;
import io.hourmeter.wire.Json;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Answers a refused request: a problem document for a program, the way to the payment page for a browser. {@code sendError}
 * is not used: it would run the application's error page, and a redirect by the container would name the host that the
 * request claims. Immutable.
 */
final class RefusalWriter {

    /** When to come back where nobody knows better: about the time after which a node asks the license server again. */
    private static final Duration USUAL_PAUSE = Duration.ofSeconds(5);

    private static final long MILLIS_PER_SECOND = 1000;

    /** What is read away of a customer's upload: most uploads. */
    private static final long READ_AWAY_BYTES = 8L << 20;

    /** The same of an upload by somebody without a license: enough for a call with a mistaken key to see its answer. */
    private static final long READ_AWAY_BYTES_OF_STRANGERS = 1L << 20;

    /** Refusals of somebody who holds a license. */
    private static final Set<ErrorCode> OF_CUSTOMERS = EnumSet.of(
            ErrorCode.HOURS_EXHAUSTED, ErrorCode.HOURS_HELD, ErrorCode.LICENSE_INACTIVE, ErrorCode.LICENSE_EXPIRED);

    private static final String TIME_UP = "The time that one request may use is up; a new one can be sent";

    private static final String CHALLENGE = "Bearer realm=\"license\"";

    private final String paymentPage;
    private final @Nullable PaymentRedirect redirect;
    private final PublicView view;
    private final String required;
    private final String busy;

    RefusalWriter(MeteringConfig config, PublicView view) {
        this.view = view;
        paymentPage = config.get(Settings.PAYMENT_PAGE);
        redirect = paymentPage.startsWith("/")
                ? new PaymentRedirect(paymentPage, config.get(Settings.LICENSE_PARAMETER))
                : null;
        String header = config.get(Settings.LICENSE_HEADER);
        String how = header.isEmpty() ? "" : ": send it in the header " + header;
        required = "This needs a license key" + how;
        busy = "Too many bodies that may hold a license key are waited for at the moment; try again later"
                + (header.isEmpty() ? "" : ", or send the key in the header " + header);
    }

    /**
     * Answers, and waits for no body. A response that is committed already cannot be answered any more and is left alone.
     *
     * @param ahead bytes of the body that were read already
     */
    void refuse(
            HttpServletRequest request,
            HttpServletResponse response,
            ErrorCode code,
            @Nullable Duration retryAfter,
            long ahead)
            throws IOException {
        refuse(request, response, code, retryAfter, ahead, detail(code));
    }

    /** Answers a request whose time is up, in place of the application. Of its body nothing is asked any more. */
    void refuseLate(HttpServletRequest request, HttpServletResponse response, boolean used) throws IOException {
        ErrorCode code = used ? ErrorCode.HOURS_EXHAUSTED : ErrorCode.BUSY;
        refuse(request, response, code, null, Long.MAX_VALUE, used ? detail(code) : TIME_UP);
    }

    private void refuse(
            HttpServletRequest request,
            HttpServletResponse response,
            ErrorCode code,
            @Nullable Duration retryAfter,
            long ahead,
            String detail)
            throws IOException {
        if (response.isCommitted()) {
            return;
        }
        boolean bodyFollows = RestOfBody.isOnItsWay(request, ahead);
        if (bodyFollows) {
            response.setHeader("Connection", "close");
        }
        response.setHeader("Cache-Control", "no-store");
        if (code != ErrorCode.INVALID_REQUEST && AcceptHeader.prefersHtml(request.getHeaders("Accept"))) {
            response.setStatus(HttpServletResponse.SC_SEE_OTHER);
            response.setHeader("Location", redirect == null ? paymentPage : redirect.location(request));
            response.setContentLength(0);
        } else {
            problem(request, response, code, retryAfter, detail);
        }
        if (bodyFollows) {
            RestOfBody.letGo(request, response, readAway(request, code));
        }
    }

    /** How much of the rest of a body is read. Who asks first whether to send one is told not to. */
    private static long readAway(HttpServletRequest request, ErrorCode code) {
        long atMost = OF_CUSTOMERS.contains(code) ? READ_AWAY_BYTES : READ_AWAY_BYTES_OF_STRANGERS;
        return request.getContentLengthLong() > atMost || request.getHeader("Expect") != null ? 0 : atMost;
    }

    private void problem(
            HttpServletRequest request,
            HttpServletResponse response,
            ErrorCode code,
            @Nullable Duration retryAfter,
            String detail)
            throws IOException {
        response.setStatus(code.status());
        if (code.status() == HttpServletResponse.SC_UNAUTHORIZED) {
            response.setHeader("WWW-Authenticate", challenge(code));
        }
        if (code.status() == HttpServletResponse.SC_SERVICE_UNAVAILABLE) {
            response.setHeader("Retry-After", Long.toString(seconds(retryAfter)));
        }
        byte[] body = Json.text(problem(request, code, detail).toMap()).getBytes(StandardCharsets.UTF_8);
        response.setContentType(Problem.MEDIA_TYPE);
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }

    private static String challenge(ErrorCode code) {
        return code == ErrorCode.INVALID_LICENSE ? CHALLENGE + ", error=\"invalid_token\"" : CHALLENGE;
    }

    /** Whole seconds, rounded up: who comes back a moment too early is refused again. */
    private static long seconds(@Nullable Duration retryAfter) {
        long millis = (retryAfter == null ? USUAL_PAUSE : retryAfter).toMillis();
        return Math.max(1, millis / MILLIS_PER_SECOND + (millis % MILLIS_PER_SECOND > 0 ? 1 : 0));
    }

    private Problem problem(HttpServletRequest request, ErrorCode code, String detail) {
        Map<String, Object> members = new LinkedHashMap<>();
        if (code == ErrorCode.HOURS_EXHAUSTED) {
            members.put("top_up_url", redirect == null ? paymentPage : view.address(request, paymentPage));
            members.put("hours_remaining", 0);
        }
        return new Problem(code, detail, members);
    }

    private String detail(ErrorCode code) {
        return switch (code) {
            case INVALID_REQUEST -> "The request carries license keys that differ; send one";
            case LICENSE_REQUIRED -> required;
            case INVALID_LICENSE -> "The license key is malformed or unknown";
            case LICENSE_INACTIVE -> "The license is suspended or revoked";
            case LICENSE_EXPIRED -> "The license has expired";
            case HOURS_EXHAUSTED -> "No hours remaining; more can be bought at the top_up_url";
            case HOURS_HELD -> "The remaining hours are in use elsewhere for the moment; try again later";
            case LICENSE_SERVER_UNAVAILABLE -> "The license cannot be checked at the moment; try again later";
            case BUSY -> busy;
            case UNAUTHORIZED, FORBIDDEN, LICENSE_NOT_FOUND, CONFLICT, TOO_LARGE, IDEMPOTENCY_MISMATCH -> code.title();
        };
    }
}
