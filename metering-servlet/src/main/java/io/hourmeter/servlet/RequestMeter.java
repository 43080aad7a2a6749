package io.hourmeter.servlet;

import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Overrun;
import io.hourmeter.config.Preflight;
import io.hourmeter.config.Settings;
import io.hourmeter.internal.FatalErrors;
import io.hourmeter.internal.LicenseKeyText;
import io.hourmeter.internal.RateLimitedLogger;
import io.hourmeter.usage.Admission;
import io.hourmeter.usage.Granted;
import io.hourmeter.usage.Refused;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Judges each request once, passes it on or refuses it, and ends its use when it ends.
 *
 * <p>A request is judged at its first dispatch that the filter sees, marked with an attribute, and every later
 * dispatch of it passes. A forward or an asynchronous dispatch of a request that nobody has judged is judged by its own
 * path. Error pages and includes are parts of an answer and never judged; what an error page forwards to belongs to it.
 *
 * <p>There is one way to the application, through a decision to pass: whatever fails while one is looked for, the request
 * is refused. Immutable but for counters; thread-safe.
 */
final class RequestMeter {

    private static final Logger LOG = LoggerFactory.getLogger(RequestMeter.class);

    /** An error that strikes every request fills no disk. */
    private static final Duration ERROR_LOG_PERIOD = Duration.ofMinutes(1);

    /** Shadow mode is for looking at the log, yet a scan must not fill it: one line a second for each reason. */
    private static final Duration SHADOW_LOG_PERIOD = Duration.ofSeconds(1);

    /** Bodies of honest clients come within moments, and make room. */
    private static final Duration SOON = Duration.ofSeconds(1);

    private final Admitter tracker;
    private final Supplier<@Nullable LicenseKeyResolver> resolver;
    private final KeySearch keys;
    private final BodyWaits bodies;
    private final FreePaths free;
    private final RefusalWriter refusals;
    private final SessionHeader session;
    private final boolean required;
    private final boolean shadow;
    private final boolean cutsOverrun;
    private final Preflight preflight;
    private final PublicView view;
    private final RateLimitedLogger faults;
    private final RateLimitedLogger shadowLog;

    RequestMeter(
            MeteringConfig config,
            Admitter tracker,
            Supplier<@Nullable LicenseKeyResolver> resolver,
            LongSupplier nanoTime) {
        this.tracker = tracker;
        this.resolver = resolver;
        keys = new KeySearch(config);
        free = new FreePaths(config.get(Settings.FILTER_EXCLUDE), config.get(Settings.PAYMENT_PAGE));
        view = new PublicView(config);
        refusals = new RefusalWriter(config, view);
        session = new SessionHeader(config, view);
        required = config.get(Settings.LICENSE_REQUIRED);
        shadow = config.get(Settings.FILTER_SHADOW);
        bodies = required && !shadow ? BodyWaits.bounded(nanoTime) : BodyWaits.unbounded(nanoTime);
        cutsOverrun = config.get(Settings.OVERRUN) == Overrun.CUT && !shadow;
        preflight = config.get(Settings.FILTER_PREFLIGHT);
        faults = new RateLimitedLogger(LOG, ERROR_LOG_PERIOD, nanoTime);
        shadowLog = new RateLimitedLogger(LOG, SHADOW_LOG_PERIOD, nanoTime);
    }

    /**
     * Judges a request and passes it on or refuses it. Throws what the application throws, and a fault of its own where
     * it knows no answer; who calls tells the two apart by the passage.
     *
     * @throws IOException as the application, or writing a refusal, throws it
     */
    void filter(HttpServletRequest request, HttpServletResponse response, Passage passage)
            throws IOException, ServletException {
        Decision decision = decide(request, response, passage);
        if (decision instanceof Decision.Pass passed) {
            HttpServletRequest requestForChain = passed.request();
            Granted usage = passage.usage;
            if (cutsOverrun && usage != null) {
                passUntilTimeIsUp(requestForChain, response, passage, new Cut(usage, refusals, request, response));
            } else {
                pass(requestForChain, response, passage, request);
            }
            if (requestForChain instanceof PeekedRequest peeked) {
                peeked.chainReturned();
            }
        } else if (decision instanceof Decision.Refuse refusal) {
            refuse(request, response, refusal);
        } else {
            response.setStatus(HttpServletResponse.SC_NO_CONTENT);
        }
    }

    private static void pass(
            HttpServletRequest requestForChain,
            HttpServletResponse response,
            Passage passage,
            HttpServletRequest judged)
            throws IOException, ServletException {
        try {
            passage.doFilter(requestForChain, response);
        } finally {
            end(passage, judged);
        }
    }

    /** What the application throws after it was told that the time is up comes of that, and breaks the response off. */
    private static void passUntilTimeIsUp(
            HttpServletRequest requestForChain, HttpServletResponse response, Passage passage, Cut cut)
            throws IOException, ServletException {
        CutResponse cuttable = new CutResponse(response, cut);
        Objects.requireNonNull(passage.usage).onExhausted(cut);
        try {
            pass(new CutRequest(requestForChain, cuttable, cut), cuttable, passage, requestForChain);
        } catch (IOException | ServletException | RuntimeException e) {
            if (!cut.refusedAWrite() || requestForChain.isAsyncStarted()) {
                throw e;
            }
        }
        cut.chainReturned(requestForChain);
    }

    /** Decides about a request. A fault in here is not the application's. */
    private Decision decide(HttpServletRequest request, HttpServletResponse response, Passage passage) {
        FoundKey found = new FoundKey(request);
        try {
            return judge(request, response, found, passage);
        } catch (Throwable e) {
            FatalErrors.throwIfFatal(e);
            passage.endUsage();
            logFault(shadow ? "A request passes unjudged" : "A request is refused", e);
            return shadow
                    ? new Decision.Pass(found.requestForChain())
                    : new Decision.Refuse(ErrorCode.LICENSE_SERVER_UNAVAILABLE, null, found.ahead());
        }
    }

    /**
     * Something has failed that nothing else has caught. Whoever has not come to the application does not, unless nothing
     * is to be refused at all.
     */
    void failed(HttpServletRequest request, HttpServletResponse response, Passage passage, Throwable fault)
            throws IOException, ServletException {
        logFault(passage.entered() ? "It was after the application's work" : "A request could not be judged", fault);
        passage.fail();
        if (passage.entered()) {
            return;
        }
        if (shadow) {
            passage.doFilter(request, response);
        } else {
            AlreadyFiltered.unmark(request);
            refusePlainly(response);
        }
    }

    private Decision judge(HttpServletRequest request, HttpServletResponse response, FoundKey found, Passage passage) {
        DispatcherType dispatch = request.getDispatcherType();
        if (AlreadyFiltered.isMarked(request) || dispatch == DispatcherType.INCLUDE) {
            return new Decision.Pass(request);
        }
        // Marked before it is judged: a resolver may lead it through the filter again, for example to a login page.
        AlreadyFiltered mark = AlreadyFiltered.mark(request);
        if (dispatch == DispatcherType.ERROR || free.contains(request)) {
            return new Decision.Pass(request);
        }
        if (preflight != Preflight.REFUSE && isPreflight(request)) {
            return preflight == Preflight.PASS || shadow ? new Decision.Pass(request) : new Decision.Answer();
        }
        String key = resolved(request);
        // Only what the application says may be an id: ids are no secret, and no client is let in with one.
        LicenseId id = key != null && LicenseId.isId(key) ? new LicenseId(key) : null;
        if (key == null) {
            keys.find(request, found);
            key = found.text();
        }
        if (key == null) {
            try (BodyWaits.Turn turn = bodies.turn(view.clientAddress(request))) {
                keys.findInBody(request, response, found, turn);
                key = found.text();
                if (key == null && turn.turnedAway()) {
                    return new Decision.Refuse(ErrorCode.BUSY, SOON, found.ahead());
                }
            }
        }
        if (key == null && !required) {
            return new Decision.Pass(found.requestForChain());
        }
        Admission admission = id != null
                ? tracker.admit(id, session.broughtBack(request))
                : admission(request, key, found.ambiguous());
        if (admission instanceof Granted usage) {
            passage.usage = usage;
            tellWho(usage, Objects.requireNonNull(key), id, mark, request, response);
            return new Decision.Pass(found.requestForChain());
        }
        Refused refused = (Refused) admission;
        if (shadow) {
            logShadow(request, id != null ? id : LicenseKey.parse(key).orElse(null), refused);
            return new Decision.Pass(found.requestForChain());
        }
        return new Decision.Refuse(refused.reason(), refused.retryAfter(), found.ahead());
    }

    /** Whether it only looks on. */
    boolean refusesNobody() {
        return shadow;
    }

    /** Whether a request is metered by its path and no filter has judged it. */
    boolean missed(HttpServletRequest request) {
        return !AlreadyFiltered.isMarked(request) && !free.contains(request);
    }

    /** As the Fetch standard has it, and nothing that only looks like one: an application may work on any method. */
    private static boolean isPreflight(HttpServletRequest request) {
        return request.getMethod().equals("OPTIONS")
                && says(request, "Origin")
                && says(request, "Access-Control-Request-Method")
                && request.getContentLengthLong() <= 0
                && request.getHeader("Transfer-Encoding") == null;
    }

    private static boolean says(HttpServletRequest request, String header) {
        String value = request.getHeader(header);
        return value != null && !value.isBlank();
    }

    /** Admitted it is, whether its headers can be written or not. */
    private void tellWho(
            Granted usage,
            String key,
            @Nullable LicenseId id,
            AlreadyFiltered mark,
            HttpServletRequest request,
            HttpServletResponse response) {
        try {
            if (id != null) {
                mark.admittedWith(id);
            } else {
                mark.admittedWith(key);
            }
            session.write(usage, request, response);
        } catch (Throwable e) {
            FatalErrors.throwIfFatal(e);
            logFault("An answer goes without its headers", e);
        }
    }

    private void refuse(HttpServletRequest request, HttpServletResponse response, Decision.Refuse refusal)
            throws IOException {
        try {
            // Whoever leads it elsewhere from here has it judged there.
            AlreadyFiltered.unmark(request);
            refusals.refuse(request, response, refusal.code(), refusal.retryAfter(), refusal.ahead());
        } catch (IOException e) {
            // The client is gone.
            throw e;
        } catch (Throwable e) {
            FatalErrors.throwIfFatal(e);
            logFault("A refusal could not be written", e);
            refusePlainly(response);
        }
    }

    /** Refuses with nothing but what the container has. */
    static void refusePlainly(HttpServletResponse response) {
        if (!response.isCommitted()) {
            response.resetBuffer();
            response.setStatus(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
            response.setHeader("Cache-Control", "no-store");
            response.setContentLength(0);
        }
    }

    /** Ends the use with the request, which may be now. What the application has thrown is on its way meanwhile. */
    private static void end(Passage passage, HttpServletRequest request) {
        Granted usage = passage.usage;
        if (usage != null) {
            AsyncRelease.release(usage, request);
        }
    }

    private @Nullable String resolved(HttpServletRequest request) {
        LicenseKeyResolver asked = resolver.get();
        if (asked == null) {
            return null;
        }
        Optional<String> key = asked.resolve(request);
        return key.map(String::strip).filter(text -> !text.isEmpty()).orElse(null);
    }

    private Admission admission(HttpServletRequest request, @Nullable String key, boolean ambiguous) {
        if (ambiguous) {
            return refused(ErrorCode.INVALID_REQUEST);
        }
        if (key == null) {
            return refused(ErrorCode.LICENSE_REQUIRED);
        }
        return tracker.admit(key, session.broughtBack(request), view.clientAddress(request));
    }

    /** What becomes of a request. */
    private sealed interface Decision {

        /**
         * It goes on.
         *
         * @param request what the application shall see
         */
        record Pass(HttpServletRequest request) implements Decision {}

        /** It is a preflight, and answered here. */
        record Answer() implements Decision {}

        /**
         * It ends here.
         *
         * @param code why
         * @param retryAfter when asking again is worth it, or null
         * @param ahead bytes of the body that were read already
         */
        record Refuse(ErrorCode code, @Nullable Duration retryAfter, long ahead) implements Decision {}
    }

    private static Refused refused(ErrorCode reason) {
        return new Refused(reason, 0, null);
    }

    private void logFault(String whatFollows, Throwable fault) {
        try {
            faults.error("fault", "Metering failed. " + whatFollows, fault);
        } catch (Throwable e) {
            FatalErrors.throwIfFatal(e);
        }
    }

    private void logShadow(HttpServletRequest request, @Nullable LicenseRef license, Refused refused) {
        shadowLog.info(
                refused.reason().name(),
                () -> "filter.shadow: would refuse " + LogText.clean(request.getMethod()) + " "
                        + LogText.clean(LicenseKeyText.mask(path(request))) + " with "
                        + refused.reason().status() + " " + refused.reason() + " (license "
                        + (license == null ? "none" : license) + ")");
    }

    private static String path(HttpServletRequest request) {
        String info = request.getPathInfo();
        return info == null ? request.getServletPath() : request.getServletPath() + info;
    }
}
