package io.hourmeter.usage;

import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The licenses that a node serves or remembers to have been good, by key and by id. Owned by {@link NodeCore}. */
final class KnownLicenses {

    /** Licenses that are remembered. One that is not in use makes room. */
    private static final int MAX_LICENSES = Bounds.SESSIONS;

    private final Index<KeyHash, KnownLicense> byKey = new Index<>(known -> known.hash);
    private final Index<LicenseId, Standing> byId = new Index<>(standing -> Objects.requireNonNull(standing.id));

    @Nullable KnownLicense find(KeyHash key) {
        return byKey.find(key);
    }

    int size() {
        return byKey.size();
    }

    /** The license of a key, new if it was not known. */
    KnownLicense learn(LicenseKey key) {
        KnownLicense known = learn(KeyHash.of(key));
        known.learn(key);
        return known;
    }

    /** The license of a key of which only the hash is known, new if it was not. */
    KnownLicense learn(KeyHash key) {
        KnownLicense known = byKey.find(key);
        if (known == null) {
            if (byKey.size() >= MAX_LICENSES) {
                forgetOne();
            }
            known = new KnownLicense(key);
            byKey.add(known);
        }
        return known;
    }

    /** Notes which license a key opens; keys of one license share what is known about it. */
    void identify(KnownLicense known, LicenseId id) {
        if (id.equals(known.id())) {
            return;
        }
        if (known.id() != null) {
            // The key opens another license now.
            unlink(known);
            known.standing = new Standing(known);
        }
        Standing standing = byId.find(id);
        if (standing != null) {
            standing.adopt(known);
        } else {
            known.standing.id = id;
            byId.add(known.standing);
        }
    }

    /** Forgets licenses without a lease that were not seen good for long. */
    void forgetUnused(long now) {
        for (KnownLicense known : byKey.all(known -> known.unused() && !known.standing.remembered(now))) {
            forget(known);
        }
    }

    private void forgetOne() {
        KnownLicense unused = byKey.next(KnownLicense::unused);
        if (unused != null) {
            forget(unused);
        }
    }

    private void forget(KnownLicense known) {
        byKey.remove(known);
        unlink(known);
    }

    private void unlink(KnownLicense known) {
        Standing standing = known.standing;
        standing.forget(known);
        if (standing.id != null && standing.keys().isEmpty()) {
            byId.remove(standing);
        }
    }

    /** A key that the server did not confirm leaves nothing behind. */
    void forgetStranger(KnownLicense known) {
        if (known.unused() && !known.standing.seenGood() && byKey.find(known.hash) == known) {
            forget(known);
        }
    }

    /** Every key of a license that this node knows. */
    List<KnownLicense> named(LicenseRef ref) {
        if (ref instanceof LicenseKey key) {
            KnownLicense known = byKey.find(KeyHash.of(key));
            return known == null ? List.of() : known.standing.keys();
        }
        Standing standing = byId.find((LicenseId) ref);
        return standing == null ? List.of() : standing.keys();
    }
}
