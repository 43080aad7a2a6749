package io.hourmeter.usage.node;

import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;

/**
 * What a license was named by when it was asked for, in the form in which messages and the journal have it: the hash of a
 * key, or the license's id. Two credentials of one license are served under two leases and are charged once. Immutable.
 */
public sealed interface Credential permits KeyHash, Credential.Id {

    /**
     * A license that was named by its id, as an application with a log-in of its own does.
     *
     * @param id no secret; that the node may use it is for the node's token to say
     */
    record Id(LicenseId id) implements Credential {

        @Override
        public String toString() {
            return id.value();
        }
    }

    static Credential of(LicenseRef license) {
        return license instanceof LicenseKey key ? KeyHash.of(key) : new Id((LicenseId) license);
    }
}
