package io.hourmeter.usage;

import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the server refused, by key hash, for a short time; and where this node refused by itself, so that the pause
 * around such a refusal is not charged. Bounded: a scan of random keys pushes out older entries.
 */
final class Refusals {

    /** One entry is about 200 bytes: 2 MB at most. */
    static final int MAX_ENTRIES = 10_000;

    private static final long UNKNOWN_FOR = 10_000 * Lease.MILLI;
    private static final long INACTIVE_FOR = 60_000 * Lease.MILLI;
    private static final long NO_HOURS_FOR = 8_000 * Lease.MILLI;

    /**
     * A refusal by the server.
     *
     * @param code why
     * @param id of the license, where the server told it
     * @param remainingMillis what was left then
     * @param until remembered while now is below
     */
    record Refusal(ErrorCode code, @Nullable LicenseId id, long remainingMillis, long until) {}

    private final Map<String, Refusal> byKey = new LinkedHashMap<>();
    private final Map<String, Long> ownOfKnown = new LinkedHashMap<>();
    private final Map<String, Long> ownOfStrangers = new LinkedHashMap<>();
    private final long gapNanos;
    /** Own refusals up to here were pushed out: until then no pause is charged at all. */
    private long ownUnknownUntil = Long.MIN_VALUE;

    Refusals(long gapNanos) {
        this.gapNanos = gapNanos;
    }

    /** Remembers a definite answer of the server. A remembered one is never prolonged. */
    void remember(
            String keySha256,
            ErrorCode code,
            @Nullable LicenseId id,
            long remainingMillis,
            long retryAfterMillis,
            long now) {
        Refusal known = find(keySha256, now);
        if (known != null && known.code() == code) {
            return;
        }
        byKey.remove(keySha256);
        dropEldest(byKey);
        byKey.put(keySha256, new Refusal(code, id, remainingMillis, now + lasts(code, retryAfterMillis)));
    }

    private static long lasts(ErrorCode code, long retryAfterMillis) {
        return switch (code) {
            case INVALID_LICENSE -> UNKNOWN_FOR;
            case HOURS_HELD ->
                retryAfterMillis > 0 ? Math.min(NO_HOURS_FOR, retryAfterMillis * Lease.MILLI) : NO_HOURS_FOR;
            case HOURS_EXHAUSTED -> NO_HOURS_FOR;
            default -> INACTIVE_FOR;
        };
    }

    /** The refusal that is remembered for a key now, or null. */
    @Nullable Refusal find(String keySha256, long now) {
        Refusal refusal = byKey.get(keySha256);
        if (refusal != null && now >= refusal.until()) {
            byKey.remove(keySha256);
            return null;
        }
        return refusal;
    }

    /** Forgets what is remembered for one key. */
    void forget(String keySha256) {
        byKey.remove(keySha256);
    }

    /** Forgets what is remembered for a license. */
    void forget(LicenseRef license) {
        if (license instanceof LicenseKey key) {
            Refusal refusal = byKey.remove(key.sha256());
            if (refusal != null && refusal.id() != null) {
                forget(refusal.id());
            }
        } else {
            byKey.values().removeIf(refusal -> license.equals(refusal.id()));
        }
    }

    /**
     * Notes that this node refused a scope without asking.
     *
     * @param known whether the license was seen before. Strangers are kept apart, so that a scan of random keys pushes
     *     out no customer's entry
     */
    void refusedByItself(String keySha256, String scope, boolean known, long now) {
        String where = keySha256 + scope;
        Map<String, Long> own = known ? ownOfKnown : ownOfStrangers;
        own.remove(where);
        Long dropped = dropEldest(own);
        if (known && dropped != null && now - dropped <= gapNanos) {
            ownUnknownUntil = Math.max(ownUnknownUntil, dropped + gapNanos);
        }
        own.put(where, now);
    }

    /** Whether the pause before a lease of a scope may be charged; false once after an own refusal. */
    boolean takeBridge(String keySha256, String scope, long now) {
        Long ofKnown = ownOfKnown.remove(keySha256 + scope);
        Long ofStranger = ownOfStrangers.remove(keySha256 + scope);
        return longAgo(ofKnown, now) && longAgo(ofStranger, now) && now > ownUnknownUntil;
    }

    private boolean longAgo(@Nullable Long at, long now) {
        return at == null || now - at > gapNanos;
    }

    private static <V> @Nullable V dropEldest(Map<String, V> map) {
        if (map.size() < MAX_ENTRIES) {
            return null;
        }
        var eldest = map.entrySet().iterator();
        V value = eldest.next().getValue();
        eldest.remove();
        return value;
    }
}
