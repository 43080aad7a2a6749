package io.hourmeter.usage;

import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What this node knows about the license behind one key. Owned by {@link NodeCore}; request threads read only what is
 * left.
 */
final class KnownLicense {

    final String keySha256;

    /** Null while only a journal of an earlier start knows this license. */
    @Nullable volatile LicenseKey key;

    @Nullable volatile LicenseId id;

    /** The server did not know this key any more when it was last asked; the license may have others. */
    boolean keyUnknown;

    /** Shared by all keys of the license, once its id is known. */
    volatile Standing standing = new Standing(this);

    /** By scope. Nearly all licenses have one scope, which needs no table. */
    private Map<String, Session> sessions = Map.of();

    /** Every lease that is not gone. Replaced, never changed. */
    private volatile List<Lease> leases = List.of();

    KnownLicense(String keySha256, @Nullable LicenseKey key) {
        this.keySha256 = keySha256;
        this.key = key;
    }

    /** The session of a scope, or null. */
    @Nullable Session session(String scope) {
        return sessions.get(scope);
    }

    /** Those of this license, over all scopes, in the order in which they began. */
    Collection<Session> sessions() {
        return sessions.values();
    }

    void add(Session session) {
        if (sessions.isEmpty()) {
            sessions = Map.of(session.scope, session);
        } else if (sessions.size() == 1) {
            Map<String, Session> several = new LinkedHashMap<>(sessions);
            several.put(session.scope, session);
            sessions = several;
        } else {
            sessions.put(session.scope, session);
        }
    }

    void remove(Session session) {
        if (sessions.get(session.scope) != session) {
            return;
        }
        if (sessions.size() == 1) {
            sessions = Map.of();
        } else {
            sessions.remove(session.scope);
        }
    }

    /** Every lease that is not gone. */
    List<Lease> leases() {
        return leases;
    }

    void add(Lease lease) {
        List<Lease> more = new ArrayList<>(leases);
        more.add(lease);
        leases = List.copyOf(more);
    }

    void remove(Lease lease) {
        List<Lease> fewer = new ArrayList<>(leases);
        fewer.remove(lease);
        leases = List.copyOf(fewer);
    }

    /** Whether this node neither serves nor reports anything of this license. */
    boolean unused() {
        return leases.isEmpty() && sessions.isEmpty();
    }

    /** What is left: as the server said, less what was used here since. May be negative. */
    long remainingMillis(long now) {
        Standing current = standing;
        return current.remaining - current.unreportedMillis(now);
    }

    /** The id where it is known, else the key. Null only for a license that nobody asked for since the start. */
    @Nullable LicenseRef ref() {
        LicenseId known = id;
        return known != null ? known : key;
    }

    String masked() {
        LicenseKey known = key;
        return known != null ? known.masked() : String.valueOf(id);
    }
}
