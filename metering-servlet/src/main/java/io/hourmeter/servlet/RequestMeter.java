package io.hourmeter.servlet;

import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseKey;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.internal.LicenseKeyText;
import io.hourmeter.usage.Admission;
import io.hourmeter.usage.Granted;
import io.hourmeter.usage.OutagePolicy;
import io.hourmeter.usage.Refused;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
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
 * dispatch of it passes. An error page, an include and an asynchronous dispatch are parts of a request and never judged
 * on their own; a forward is where only its target is mapped to the filter. Immutable but for counters; thread-safe.
 */
final class RequestMeter {

    private static final Logger LOG = LoggerFactory.getLogger(RequestMeter.class);

    /** An error that strikes every request fills no disk. */
    private static final Duration ERROR_LOG_PERIOD = Duration.ofMinutes(1);

    /** Shadow mode is for looking at the log, yet a scan must not fill it: one line a second for each reason. */
    private static final Duration SHADOW_LOG_PERIOD = Duration.ofSeconds(1);

    private final Admitter tracker;
    private final Supplier<@Nullable LicenseKeyResolver> resolver;
    private final KeySearch keys;
    private final FreePaths free;
    private final RefusalWriter refusals;
    private final SessionHeader session;
    private final boolean required;
    private final boolean shadow;
    private final OutagePolicy outagePolicy;
    private final LogText.Limit errorLog;
    private final Map<ErrorCode, LogText.Limit> shadowLog = new EnumMap<>(ErrorCode.class);

    RequestMeter(
            MeteringConfig config,
            Admitter tracker,
            Supplier<@Nullable LicenseKeyResolver> resolver,
            String contextPath,
            LongSupplier nanoTime) {
        this.tracker = tracker;
        this.resolver = resolver;
        keys = new KeySearch(config);
        free = new FreePaths(config.get(Settings.FILTER_EXCLUDE), config.get(Settings.PAYMENT_PAGE));
        refusals = new RefusalWriter(config, contextPath, nanoTime);
        session = new SessionHeader(config.get(Settings.BILLING), contextPath);
        required = config.get(Settings.LICENSE_REQUIRED);
        shadow = config.get(Settings.FILTER_SHADOW);
        outagePolicy = config.get(Settings.OUTAGE_POLICY);
        errorLog = new LogText.Limit(ERROR_LOG_PERIOD, nanoTime);
        for (ErrorCode code : ErrorCode.values()) {
            shadowLog.put(code, new LogText.Limit(SHADOW_LOG_PERIOD, nanoTime));
        }
    }

    void filter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (Judged.isMarked(request)) {
            chain.doFilter(request, response);
            return;
        }
        // Marked before it is judged: a resolver may lead it through the filter again, for example to a login page.
        Judged mark = Judged.mark(request);
        if (isPart(request) || isPreflight(request) || free.contains(request)) {
            chain.doFilter(request, response);
            return;
        }
        FoundKey found = new FoundKey(request);
        Admission admission = judge(request, response, found, mark);
        if (admission instanceof Refused refused) {
            refusals.refuse(request, response, refused.reason(), refused.retryAfter());
            return;
        }
        try {
            chain.doFilter(found.onward(), response);
        } finally {
            if (admission instanceof Granted usage) {
                AsyncRelease.release(usage, request);
            }
        }
        if (found.onward() instanceof PeekedRequest peeked) {
            peeked.chainReturned();
        }
    }

    private static boolean isPart(HttpServletRequest request) {
        DispatcherType dispatch = request.getDispatcherType();
        return dispatch != DispatcherType.REQUEST && dispatch != DispatcherType.FORWARD;
    }

    /** Whether a request is metered by its path and no filter has judged it. */
    boolean missed(HttpServletRequest request) {
        return !Judged.isMarked(request) && !free.contains(request);
    }

    private static boolean isPreflight(HttpServletRequest request) {
        return request.getMethod().equals("OPTIONS")
                && request.getHeader("Origin") != null
                && request.getHeader("Access-Control-Request-Method") != null;
    }

    /**
     * Judges a request. Never throws: a fault in here must not be the application's.
     *
     * @param found nothing yet; knows in any case what the application shall see
     * @return running use, a refusal, or null for a request that passes unmetered
     */
    private @Nullable Admission judge(
            HttpServletRequest request, HttpServletResponse response, FoundKey found, Judged mark) {
        Admission admission = null;
        try {
            String key = resolved(request);
            if (key == null) {
                keys.find(request, response, found);
                key = found.text();
            }
            admission = admission(request, key, found.ambiguous());
            if (admission instanceof Granted usage && key != null) {
                session.write(usage, request, response);
                mark.admittedWith(key);
            } else if (shadow && admission instanceof Refused refused) {
                logShadow(request, key, refused);
                admission = null;
            }
            return admission;
        } catch (RuntimeException | LinkageError | AssertionError e) {
            if (admission instanceof Granted usage) {
                usage.close();
            }
            return onFailure(e);
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

    private @Nullable Admission admission(HttpServletRequest request, @Nullable String key, boolean ambiguous) {
        if (ambiguous) {
            return refused(ErrorCode.INVALID_REQUEST);
        }
        if (key == null) {
            return required ? refused(ErrorCode.LICENSE_REQUIRED) : null;
        }
        return tracker.admit(key, session.broughtBack(request));
    }

    private static Refused refused(ErrorCode reason) {
        return new Refused(reason, 0, null);
    }

    private @Nullable Admission onFailure(Throwable failure) {
        long heldBack = errorLog.admit();
        if (heldBack >= 0) {
            LOG.error(
                    "Metering failed; outage.policy={} decides. Held back since the last such line: {}",
                    outagePolicy.name().toLowerCase(Locale.ROOT),
                    heldBack,
                    failure);
        }
        return shadow || outagePolicy == OutagePolicy.ALLOW ? null : refused(ErrorCode.LICENSE_SERVER_UNAVAILABLE);
    }

    private void logShadow(HttpServletRequest request, @Nullable String key, Refused refused) {
        LogText.Limit limit = shadowLog.get(refused.reason());
        long heldBack = limit == null ? -1 : limit.admit();
        if (heldBack >= 0 && LOG.isInfoEnabled()) {
            LOG.info(
                    "filter.shadow: would refuse {} {} with {} {} (license {}). Held back since the last such line: {}",
                    LogText.clean(request.getMethod()),
                    LogText.clean(LicenseKeyText.mask(path(request))),
                    refused.reason().status(),
                    refused.reason(),
                    LicenseKey.parse(key).map(LicenseKey::masked).orElse("none"),
                    heldBack);
        }
    }

    private static String path(HttpServletRequest request) {
        String info = request.getPathInfo();
        return info == null ? request.getServletPath() : request.getServletPath() + info;
    }
}
