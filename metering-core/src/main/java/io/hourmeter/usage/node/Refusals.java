package io.hourmeter.usage.node;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseRef;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the server refused, by credential, for a short time; and where this node refused by itself, so that the pause
 * around such a refusal is not charged. Bounded: a scan of random keys pushes out older entries.
 */
final class Refusals {

    /** One entry is about 200 bytes: 2 MB at most. */
    static final int MAX_ENTRIES = 10_000;

    private static final long UNKNOWN_FOR = SECONDS.toNanos(10);
    private static final long INACTIVE_FOR = MINUTES.toNanos(1);
    private static final long NO_HOURS_FOR = SECONDS.toNanos(8);

    /**
     * A refusal by the server.
     *
     * @param code why
     * @param id of the license, where the server told it
     * @param remainingMillis what was left then
     * @param until remembered while now is below
     */
    record Refusal(ErrorCode code, @Nullable LicenseId id, long remainingMillis, long until) {}

    /** Where this node refused by itself. */
    private record Place(Credential credential, String scope) {}

    private final Map<Credential, Refusal> byCredential = new LinkedHashMap<>();
    private final Map<Place, Long> ownOfKnown = new LinkedHashMap<>();
    private final Map<Place, Long> ownOfStrangers = new LinkedHashMap<>();
    private final long gapNanos;
    /** Own refusals up to here were pushed out: until then no pause is charged at all. */
    private long ownUnknownUntil = Long.MIN_VALUE;

    Refusals(long gapNanos) {
        this.gapNanos = gapNanos;
    }

    /** Remembers a definite answer of the server. A remembered one is never prolonged. */
    void remember(
            Credential credential,
            ErrorCode code,
            @Nullable LicenseId id,
            long remainingMillis,
            long retryAfterMillis,
            long now) {
        Refusal known = find(credential, now);
        if (known != null && known.code() == code) {
            return;
        }
        byCredential.remove(credential);
        dropEldest(byCredential);
        byCredential.put(credential, new Refusal(code, id, remainingMillis, now + lasts(code, retryAfterMillis)));
    }

    private static long lasts(ErrorCode code, long retryAfterMillis) {
        return switch (code) {
            case INVALID_LICENSE -> UNKNOWN_FOR;
            case HOURS_HELD ->
                retryAfterMillis > 0 ? Math.min(NO_HOURS_FOR, MILLISECONDS.toNanos(retryAfterMillis)) : NO_HOURS_FOR;
            case HOURS_EXHAUSTED -> NO_HOURS_FOR;
            case LICENSE_INACTIVE, LICENSE_EXPIRED -> INACTIVE_FOR;
            case INVALID_REQUEST,
                    UNAUTHORIZED,
                    FORBIDDEN,
                    LICENSE_NOT_FOUND,
                    CONFLICT,
                    TOO_LARGE,
                    IDEMPOTENCY_MISMATCH,
                    BUSY,
                    LICENSE_REQUIRED,
                    LICENSE_SERVER_UNAVAILABLE -> INACTIVE_FOR;
        };
    }

    /** The refusal that is remembered for a credential now, or null. */
    @Nullable Refusal find(Credential credential, long now) {
        Refusal refusal = byCredential.get(credential);
        if (refusal != null && now >= refusal.until()) {
            byCredential.remove(credential);
            return null;
        }
        return refusal;
    }

    /** Forgets what is remembered for one credential. */
    void forget(Credential credential) {
        byCredential.remove(credential);
    }

    /** Forgets what is remembered for a license, whichever of its credentials was refused. */
    void forget(LicenseRef license) {
        Refusal refusal = byCredential.remove(Credential.of(license));
        LicenseId id = license instanceof LicenseId given ? given : refusal == null ? null : refusal.id();
        if (id != null) {
            byCredential.values().removeIf(other -> id.equals(other.id()));
        }
    }

    /**
     * Notes that this node refused a scope without asking.
     *
     * @param known whether the license was seen before. Strangers are kept apart, so that a scan of random keys pushes
     *     out no customer's entry
     */
    void refusedByItself(Credential credential, String scope, boolean known, long now) {
        Place where = new Place(credential, scope);
        Map<Place, Long> own = known ? ownOfKnown : ownOfStrangers;
        own.remove(where);
        Long dropped = dropEldest(own);
        if (known && dropped != null && now - dropped <= gapNanos) {
            ownUnknownUntil = Math.max(ownUnknownUntil, dropped + gapNanos);
        }
        own.put(where, now);
    }

    /** Whether the pause before a lease of a scope may be charged; false once after an own refusal of the credential. */
    boolean takeBridge(Credential credential, String scope, long now) {
        Place where = new Place(credential, scope);
        boolean may = mayBridge(where, now);
        ownOfKnown.remove(where);
        ownOfStrangers.remove(where);
        return may;
    }

    /** The same for another credential of the license, whose own next lease is still to be told. */
    boolean mayBridge(Credential credential, String scope, long now) {
        return mayBridge(new Place(credential, scope), now);
    }

    private boolean mayBridge(Place where, long now) {
        return longAgo(ownOfKnown.get(where), now) && longAgo(ownOfStrangers.get(where), now) && now > ownUnknownUntil;
    }

    private boolean longAgo(@Nullable Long at, long now) {
        return at == null || now - at > gapNanos;
    }

    private static <K, V> @Nullable V dropEldest(Map<K, V> map) {
        if (map.size() < MAX_ENTRIES) {
            return null;
        }
        var eldest = map.entrySet().iterator();
        V value = eldest.next().getValue();
        eldest.remove();
        return value;
    }
}
