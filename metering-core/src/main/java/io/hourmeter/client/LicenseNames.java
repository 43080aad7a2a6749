package io.hourmeter.client;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import java.time.Duration;
import java.util.Optional;

/** Remembers which id belongs to which key, so that a key is looked up once and stands in no URL. Thread-safe. */
final class LicenseNames {

    /** A busy application's customers of an hour; about 200 bytes each. */
    private static final int MAX_LICENSES = 10_000;

    /** After this a key is looked up again: it may have been rotated out meanwhile. */
    private static final Duration LIFETIME = Duration.ofMinutes(10);

    private final Cache<String, LicenseId> ids = Caffeine.newBuilder()
            .maximumSize(MAX_LICENSES)
            .expireAfterWrite(LIFETIME)
            .executor(Runnable::run)
            .build();

    Optional<LicenseId> find(LicenseKey key) {
        return Optional.ofNullable(ids.getIfPresent(key.sha256()));
    }

    void put(LicenseKey key, LicenseId id) {
        ids.put(key.sha256(), id);
    }

    void forget(LicenseKey key) {
        ids.invalidate(key.sha256());
    }
}
