package io.hourmeter.usage;

import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
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

    /** By scope. */
    final Map<String, Session> sessions = new LinkedHashMap<>();

    /** Every lease that is not gone. */
    final List<Lease> leases = new CopyOnWriteArrayList<>();

    KnownLicense(String keySha256, @Nullable LicenseKey key) {
        this.keySha256 = keySha256;
        this.key = key;
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
