package io.hourmeter.usage.node;

import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What this node knows about a license under one {@linkplain Credential credential}. Owned by {@link NodeCore}; request
 * threads read only what is left.
 */
final class KnownLicense {

    final Credential credential;

    /** Null for an id, and while only a journal of an earlier start knows this license. */
    private @Nullable String keyText;

    /** The server did not know this credential any more when it was last asked; the license may have others. */
    boolean unknownToServer;

    /** Shared by all credentials of the license, once its id is known. */
    volatile LicenseSnapshot snapshot = new LicenseSnapshot(this);

    /** Nearly all licenses have one scope, ... */
    private @Nullable Session session;
    /** ... the others a table by scope. */
    private @Nullable Map<String, Session> sessions;

    /** Every lease that is not gone: a {@link Few} of {@link Lease}. */
    private volatile @Nullable Object leases;

    KnownLicense(Credential credential) {
        this.credential = credential;
    }

    /** The hash as messages name the key; null for an id. */
    @Nullable String keySha256() {
        return credential instanceof KeyHash hash ? hash.toString() : null;
    }

    /** The key or id that was given. Null while only a journal knows this license by its key. */
    @Nullable LicenseRef given() {
        return credential instanceof Credential.Id named ? named.id() : key();
    }

    /** The key; made anew from its text each time. Null for an id, and while only a journal knows this license. */
    @Nullable LicenseKey key() {
        String text = keyText;
        return text == null ? null : LicenseKey.of(text);
    }

    /** Whether the server ever said OK, or the application itself has named the license. */
    boolean seenGood() {
        return snapshot.seenGood() || credential instanceof Credential.Id;
    }

    void learn(LicenseKey key) {
        keyText = key.text();
    }

    /** The id of the license, once the server has told it. */
    @Nullable LicenseId id() {
        return snapshot.id;
    }

    /** The session of a scope, or null. */
    @Nullable Session session(String scope) {
        if (sessions != null) {
            return sessions.get(scope);
        }
        return session != null && session.scope.equals(scope) ? session : null;
    }

    /** Those of this license, over all scopes, in the order in which they began. */
    Collection<Session> sessions() {
        if (sessions != null) {
            return sessions.values();
        }
        return session == null ? List.of() : List.of(session);
    }

    /** Adds a session of a scope that has none. */
    void add(Session added) {
        Map<String, Session> several = sessions;
        Session only = session;
        if (several == null && only == null) {
            session = added;
            return;
        }
        if (several == null) {
            several = new LinkedHashMap<>();
            sessions = several;
        }
        if (only != null) {
            several.put(only.scope, only);
            session = null;
        }
        several.put(added.scope, added);
    }

    void remove(Session removed) {
        if (session == removed) {
            session = null;
        } else if (sessions != null) {
            sessions.remove(removed.scope, removed);
            if (sessions.isEmpty()) {
                sessions = null;
            }
        }
    }

    /** The only lease that is not gone, which is what a license nearly always has; null when there are none or several. */
    @Nullable Lease onlyLease() {
        return leases instanceof Lease only ? only : null;
    }

    /** Every lease that is not gone. */
    List<Lease> leases() {
        return Few.list(leases);
    }

    void add(Lease lease) {
        leases = Few.with(leases, lease);
        snapshot.recount();
    }

    void remove(Lease lease) {
        leases = Few.without(leases, lease);
        snapshot.recount();
    }

    /** Whether this node neither serves nor reports anything of this license. */
    boolean unused() {
        return leases == null && session == null && sessions == null;
    }

    /** What is left: as the server said, less what was used here since. May be negative. */
    long remainingMillis(long now) {
        LicenseSnapshot current = snapshot;
        return current.remaining - current.unreportedMillis(now);
    }

    /** The id where it is known, else the key. Null only for a license that nobody asked for since the start. */
    @Nullable LicenseRef ref() {
        LicenseId known = id();
        return known != null ? known : key();
    }

    String masked() {
        LicenseKey known = key();
        return known != null ? known.masked() : String.valueOf(id());
    }
}
