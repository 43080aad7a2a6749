package io.hourmeter.benchmarks;

import com.google.common.util.concurrent.RateLimiter;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.caffeine.CaffeineProxyManager;
import io.github.resilience4j.ratelimiter.RateLimiterRegistry;
import io.hourmeter.usage.Granted;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.infra.Blackhole;

/** What each contestant does for one request whose key is known. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HotPath {

    /** The least that anybody could do: look up, read the clock, write. */
    public static class Floor extends Contestant {

        private final ConcurrentHashMap<String, Cell> cells = new ConcurrentHashMap<>();

        @Override
        void add(String key) {
            cells.put(key, new Cell());
        }
    }

    /** A moment, and a count that fits into the gap before it, so that the cell is as small as without. */
    @SuppressWarnings("UnusedVariable") // written through their VarHandles
    static final class Cell {

        static final VarHandle SEEN;
        static final VarHandle COUNT;

        static {
            try {
                MethodHandles.Lookup lookup = MethodHandles.lookup();
                SEEN = lookup.findVarHandle(Cell.class, "seen", long.class);
                COUNT = lookup.findVarHandle(Cell.class, "count", int.class);
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        private long seen;
        private int count;
    }

    /** A node that serves all keys. */
    public static class Metered extends Contestant {

        private final MeasuredNode node = new MeasuredNode(new GenerousLicenseClient());

        @Override
        void add(String key) {
            node.open(key);
        }

        @Override
        String[] settled(String[] keys) {
            return node.layOut(keys);
        }
    }

    /** Bucket4j, a bucket for each key in a map. */
    public static class Buckets extends Contestant {

        private final ConcurrentHashMap<String, Bucket> buckets = new ConcurrentHashMap<>();

        @Override
        void add(String key) {
            buckets.put(key, Peers.bucket());
        }
    }

    /** Bucket4j in a Caffeine cache. */
    public static class Proxies extends Contestant {

        private final CaffeineProxyManager<String> proxies = Peers.proxies();
        private final BucketConfiguration configuration = Peers.configuration();
        private final Supplier<BucketConfiguration> configurations = () -> configuration;

        @Override
        void add(String key) {
            tryConsume(key);
        }

        boolean tryConsume(String key) {
            return proxies.builder().build(key, configurations).tryConsume(1);
        }
    }

    /** Resilience4j's registry. */
    public static class Registry extends Contestant {

        private final RateLimiterRegistry registry = Peers.registry();

        @Override
        void add(String key) {
            registry.rateLimiter(key);
        }
    }

    /** Guava, a rate limiter for each key in a map. */
    public static class RateLimiters extends Contestant {

        private final ConcurrentHashMap<String, RateLimiter> limiters = new ConcurrentHashMap<>();

        @Override
        void add(String key) {
            limiters.put(key, Peers.rateLimiter());
        }
    }

    /** The floor. */
    @Benchmark
    public long floor(Floor contestant, Walk walk) {
        Cell cell = contestant.cells.get(walk.key(contestant));
        long now = System.nanoTime();
        Cell.SEEN.setOpaque(cell, now);
        return now;
    }

    /** The least for a whole request: look up, read the clock at both ends, change one word atomically. */
    @Benchmark
    public long wholeFloor(Floor contestant, Walk walk) {
        Cell cell = contestant.cells.get(walk.key(contestant));
        long begun = System.nanoTime();
        Cell.COUNT.getAndAdd(cell, 1);
        long ended = System.nanoTime();
        Cell.SEEN.setOpaque(cell, ended);
        return ended - begun;
    }

    /** Look up, check deadline and pause, note the activity. */
    @Benchmark
    public boolean arrival(Metered contestant, Walk walk) {
        return contestant.node.arrive(walk.key(contestant));
    }

    /** A whole request: admitted, counted while it runs, ended. */
    @Benchmark
    public Granted admitAndClose(Metered contestant, Walk walk) {
        try (Granted use = contestant.node.admit(walk.key(contestant))) {
            return use;
        }
    }

    /** The same with the texts of the two headers. */
    @Benchmark
    public void admitTellAndClose(Metered contestant, Walk walk, Blackhole answer) {
        try (Granted use = contestant.node.admit(walk.key(contestant))) {
            answer.consume(use.sessionId());
            answer.consume(use.hoursRemaining());
        }
    }

    /** Bucket4j local. */
    @Benchmark
    public boolean bucket4j(Buckets contestant, Walk walk) {
        return contestant.buckets.get(walk.key(contestant)).tryConsume(1);
    }

    /** Bucket4j's Caffeine proxy manager. */
    @Benchmark
    public boolean bucket4jProxy(Proxies contestant, Walk walk) {
        return contestant.tryConsume(walk.key(contestant));
    }

    /** Resilience4j. */
    @Benchmark
    public boolean resilience4j(Registry contestant, Walk walk) {
        return contestant.registry.rateLimiter(walk.key(contestant)).acquirePermission();
    }

    /** Guava. */
    @Benchmark
    public boolean guava(RateLimiters contestant, Walk walk) {
        return contestant.limiters.get(walk.key(contestant)).tryAcquire();
    }
}
