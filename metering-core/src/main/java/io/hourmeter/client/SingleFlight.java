package io.hourmeter.client;

import io.hourmeter.LicenseServerException;
import io.hourmeter.LicenseServerUnavailableException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Lets identical reads that are under way at once share one answer. The caller puts into the key whatever makes two reads
 * differ, so that a read never joins one that began before a change which it has to see.
 *
 * <p>Bounded by the number of threads that read at once: an entry lives only while its first caller is inside.
 */
final class SingleFlight<K, V> {

    private final ConcurrentMap<K, CompletableFuture<V>> underWay = new ConcurrentHashMap<>();

    V run(K key, Deadline deadline, Supplier<V> read) {
        CompletableFuture<V> mine = new CompletableFuture<>();
        CompletableFuture<V> theirs = underWay.putIfAbsent(key, mine);
        return theirs == null ? lead(key, mine, read) : join(theirs, deadline);
    }

    private V lead(K key, CompletableFuture<V> mine, Supplier<V> read) {
        try {
            V value = read.get();
            mine.complete(value);
            return value;
        } catch (LicenseServerException e) {
            mine.completeExceptionally(e);
            throw e;
        } finally {
            // Whatever ended the read, nobody may wait for it any longer. No effect after one of the above.
            mine.completeExceptionally(
                    new LicenseServerUnavailableException("the call shared with another failed", null));
            underWay.remove(key, mine);
        }
    }

    private V join(CompletableFuture<V> theirs, Deadline deadline) {
        try {
            return theirs.get(deadline.leftNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof LicenseServerException failure) {
                throw failure;
            }
            throw new LicenseServerUnavailableException("the call shared with another failed", e.getCause());
        } catch (TimeoutException e) {
            throw new LicenseServerUnavailableException(
                    "no answer within " + deadline.whole().toMillis() + " ms", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LicenseServerUnavailableException("interrupted while waiting for the license server", e);
        }
    }
}
