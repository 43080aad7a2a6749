package io.hourmeter.usage;

import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The licenses that a node serves or remembers to have been good, by key and by id. Owned by {@link NodeCore}. */
final class KnownLicenses {

    /** Licenses that are remembered. The eldest that is not in use makes room. */
    private static final int MAX_LICENSES = Bounds.SESSIONS;

    /** By hash of the key. */
    private final Map<String, KnownLicense> byKey = new LinkedHashMap<>();

    private final Map<LicenseRef, Standing> standings = new HashMap<>();

    @Nullable KnownLicense find(String keySha256) {
        return byKey.get(keySha256);
    }

    int size() {
        return byKey.size();
    }

    /** The license of a key, new if it was not known. */
    KnownLicense learn(String keySha256, @Nullable LicenseKey key) {
        KnownLicense known = byKey.get(keySha256);
        if (known == null) {
            if (byKey.size() >= MAX_LICENSES) {
                forgetOne();
            }
            known = new KnownLicense(keySha256, key);
            byKey.put(keySha256, known);
        }
        if (key != null) {
            known.key = key;
        }
        return known;
    }

    /** Notes which license a key opens; keys of one license share what is known about it. */
    void identify(KnownLicense known, LicenseId id) {
        if (id.equals(known.id)) {
            return;
        }
        known.id = id;
        standings.computeIfAbsent(id, first -> known.standing).adopt(known);
    }

    /** Forgets licenses without a lease that were not seen good for long. */
    void forgetUnused(long now) {
        byKey.values().removeIf(known -> {
            boolean unused = known.unused() && !known.standing.remembered(now);
            if (unused) {
                unlink(known);
            }
            return unused;
        });
    }

    private void forgetOne() {
        for (Iterator<KnownLicense> i = byKey.values().iterator(); i.hasNext(); ) {
            KnownLicense known = i.next();
            if (known.unused()) {
                i.remove();
                unlink(known);
                return;
            }
        }
    }

    private void unlink(KnownLicense known) {
        known.standing.forget(known);
        LicenseId id = known.id;
        if (id != null && known.standing.keys().isEmpty()) {
            standings.remove(id, known.standing);
        }
    }

    /** A key that the server did not confirm leaves nothing behind. */
    void forgetStranger(KnownLicense known) {
        boolean unused = known.unused();
        if (unused && !known.standing.seenGood() && byKey.remove(known.keySha256, known)) {
            unlink(known);
        }
    }

    /** Every key of a license that this node knows. */
    List<KnownLicense> named(LicenseRef ref) {
        Standing standing;
        if (ref instanceof LicenseKey key) {
            KnownLicense known = byKey.get(key.sha256());
            standing = known == null ? null : known.standing;
        } else {
            standing = standings.get(ref);
        }
        return standing == null ? List.of() : List.copyOf(standing.keys());
    }
}
