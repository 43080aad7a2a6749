package io.hourmeter.usage.node;

import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The licenses that a node serves or remembers to have been good, by credential and by id. Owned by {@link NodeCore}. */
final class KnownLicenses {

    /** Licenses that are remembered. One that is not in use makes room. */
    private static final int MAX_LICENSES = Bounds.SESSIONS;

    private final Index<Credential, KnownLicense> byCredential = new Index<>(known -> known.credential);
    private final Index<LicenseId, LicenseSnapshot> byId = new Index<>(snapshot -> Objects.requireNonNull(snapshot.id));

    @Nullable KnownLicense find(Credential credential) {
        return byCredential.find(credential);
    }

    /**
     * What is known about the license that a request names, or null. What its answers under a key have shown counts for
     * its id as well.
     */
    @Nullable KnownLicense find(LicenseRef license) {
        KnownLicense known = byCredential.find(Credential.of(license));
        boolean byOther = known == null && license instanceof LicenseId id && byId.find(id) != null;
        return byOther ? learn(license) : known;
    }

    int size() {
        return byCredential.size();
    }

    /** The license that a request names, new if it was not known. */
    KnownLicense learn(LicenseRef license) {
        KnownLicense known = learn(Credential.of(license));
        if (license instanceof LicenseKey key) {
            known.learn(key);
        }
        return known;
    }

    /** The license of a credential as a journal has it, new if it was not known. */
    KnownLicense learn(Credential credential) {
        KnownLicense known = byCredential.find(credential);
        if (known == null) {
            if (byCredential.size() >= MAX_LICENSES) {
                forgetOne();
            }
            known = new KnownLicense(credential);
            byCredential.add(known);
            if (credential instanceof Credential.Id named) {
                join(known, named.id());
            }
        }
        return known;
    }

    /** Notes which license a key opens; all credentials of one license share what is known about it. */
    void identify(KnownLicense known, LicenseId id) {
        // An id names its license whatever an answer says.
        if (id.equals(known.id()) || known.credential instanceof Credential.Id) {
            return;
        }
        if (known.id() != null) {
            // The key opens another license now.
            unlink(known);
            known.snapshot = new LicenseSnapshot(known);
        }
        join(known, id);
    }

    private void join(KnownLicense known, LicenseId id) {
        LicenseSnapshot snapshot = byId.find(id);
        if (snapshot != null) {
            snapshot.adopt(known);
        } else {
            known.snapshot.id = id;
            byId.add(known.snapshot);
        }
    }

    /** Forgets licenses without a lease that were not seen good for long. */
    void forgetUnused(long now) {
        for (KnownLicense known : byCredential.all(known -> known.unused() && !known.snapshot.remembered(now))) {
            forget(known);
        }
    }

    private void forgetOne() {
        KnownLicense unused = byCredential.next(KnownLicense::unused);
        if (unused != null) {
            forget(unused);
        }
    }

    private void forget(KnownLicense known) {
        byCredential.remove(known);
        unlink(known);
    }

    private void unlink(KnownLicense known) {
        LicenseSnapshot snapshot = known.snapshot;
        snapshot.forget(known);
        if (snapshot.id != null && snapshot.credentials().isEmpty()) {
            byId.remove(snapshot);
        }
    }

    /** A credential that the server did not confirm leaves nothing behind. */
    void forgetStranger(KnownLicense known) {
        if (known.unused() && !known.snapshot.seenGood() && byCredential.find(known.credential) == known) {
            forget(known);
        }
    }

    /** Every credential of a license that this node knows. */
    List<KnownLicense> named(LicenseRef ref) {
        if (ref instanceof LicenseKey key) {
            KnownLicense known = byCredential.find(KeyHash.of(key));
            return known == null ? List.of() : known.snapshot.credentials();
        }
        LicenseSnapshot snapshot = byId.find((LicenseId) ref);
        return snapshot == null ? List.of() : snapshot.credentials();
    }
}
