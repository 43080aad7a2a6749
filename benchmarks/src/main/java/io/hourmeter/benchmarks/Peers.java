package io.hourmeter.benchmarks;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.google.common.util.concurrent.RateLimiter;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.caffeine.Bucket4jCaffeine;
import io.github.bucket4j.caffeine.CaffeineProxyManager;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.ratelimiter.RateLimiterRegistry;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;

/** Rate limiters of others, each with a limit that nothing reaches, so that only the way through it is measured. */
final class Peers {

    private static final int UNREACHED = 1_000_000_000;
    private static final int MOST_KEYS = 2_000_000;

    private Peers() {}

    private static Bandwidth bandwidth() {
        return Bandwidth.builder()
                .capacity(UNREACHED)
                .refillGreedy(UNREACHED, Duration.ofSeconds(1))
                .build();
    }

    /** A Bucket4j bucket in the heap. */
    static Bucket bucket() {
        return Bucket.builder().addLimit(bandwidth()).build();
    }

    /** One bucket for each of the first keys. */
    static ConcurrentHashMap<String, Bucket> buckets(int keys) {
        ConcurrentHashMap<String, Bucket> buckets = new ConcurrentHashMap<>();
        for (int i = 0; i < keys; i++) {
            buckets.put(Keys.text(i), bucket());
        }
        return buckets;
    }

    /** What {@link #proxies()} makes its buckets from. */
    static BucketConfiguration configuration() {
        return BucketConfiguration.builder().addLimit(bandwidth()).build();
    }

    /** Bucket4j buckets in a Caffeine cache. */
    static CaffeineProxyManager<String> proxies() {
        return Bucket4jCaffeine.<String>builderFor(Caffeine.newBuilder().maximumSize(MOST_KEYS))
                .build();
    }

    /** A Resilience4j registry of rate limiters. */
    static RateLimiterRegistry registry() {
        return RateLimiterRegistry.of(RateLimiterConfig.custom()
                .limitForPeriod(UNREACHED)
                .limitRefreshPeriod(Duration.ofSeconds(1))
                .timeoutDuration(Duration.ZERO)
                .build());
    }

    /** A Guava rate limiter. */
    static RateLimiter rateLimiter() {
        return RateLimiter.create(UNREACHED);
    }
}
