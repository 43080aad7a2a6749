package io.hourmeter.benchmarks;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.servlet.MeteringFilter;
import io.hourmeter.usage.UsageTracker;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Locale;
import java.util.concurrent.ConcurrentHashMap;

/** What stands before the application of a {@link LoadServer}. */
enum Filtering {
    NONE,
    /** Passes on: what it costs that there is a filter at all. */
    EMPTY,
    /** What no meter can do without: mark the request, look up one header, set two of which the texts are there. */
    LEAST,
    /** A bucket for each key, and a header that tells what is left in it. */
    BUCKET4J,
    HOURMETER;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** A filter that serves the first so many keys. */
    Filter filter(UsageTracker tracker, int keys) {
        return switch (this) {
            case NONE -> throw new IllegalStateException("there is no filter");
            case EMPTY -> (request, response, chain) -> chain.doFilter(request, response);
            case LEAST -> least(keys);
            case BUCKET4J -> limiting(keys);
            case HOURMETER -> {
                Trackers.openAll(tracker, keys);
                yield MeteringFilter.builder()
                        .config(MeteringConfig.builder().build())
                        .tracker(tracker)
                        .build();
            }
        };
    }

    /**
     * The texts of the headers of a session.
     *
     * @param session its id
     * @param remaining what is left
     */
    private record Texts(String session, String remaining) {}

    private static Filter least(int keys) {
        ConcurrentHashMap<String, Texts> sessions = new ConcurrentHashMap<>();
        for (int i = 0; i < keys; i++) {
            sessions.put(
                    Keys.text(i), new Texts(Keys.text(i).replace("-", "").concat("-LEAST"), "999.%06d".formatted(i)));
        }
        return (request, response, chain) -> {
            if (request.getAttribute("marked") == null) {
                request.setAttribute("marked", true);
                Texts texts = sessions.get(((HttpServletRequest) request).getHeader(LoadServer.KEY_HEADER));
                HttpServletResponse answer = (HttpServletResponse) response;
                answer.setHeader("X-Session-ID", texts.session());
                answer.setHeader("X-Hours-Remaining", texts.remaining());
            }
            chain.doFilter(request, response);
            if (request.isAsyncStarted()) {
                throw new IllegalStateException("the application answers at once");
            }
        };
    }

    private static Filter limiting(int keys) {
        ConcurrentHashMap<String, Bucket> buckets = Peers.buckets(keys);
        return (request, response, chain) -> {
            Bucket bucket = buckets.get(((HttpServletRequest) request).getHeader(LoadServer.KEY_HEADER));
            ConsumptionProbe probe = bucket.tryConsumeAndReturnRemaining(1);
            if (!probe.isConsumed()) {
                throw new IllegalStateException("not served");
            }
            ((HttpServletResponse) response)
                    .setHeader("X-Rate-Limit-Remaining", Long.toString(probe.getRemainingTokens()));
            chain.doFilter(request, response);
        };
    }
}
