package io.hourmeter.server.ledger;

import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import io.hourmeter.LicenseRequestException;

/**
 * How the store looks licenses up: a name is the hash of a key (64 hexadecimal digits) or a public id
 * ({@code lic_…}); the two never look alike.
 */
final class Names {

    private Names() {}

    static String of(LicenseRef ref) {
        if (ref instanceof LicenseKey key) {
            return key.sha256();
        }
        return ((LicenseId) ref).value();
    }

    static boolean isPublicId(String name) {
        return name.startsWith("lic_");
    }

    /** For error texts: an id, or a key masked. */
    static String shown(LicenseRef ref) {
        return ref.toString();
    }

    static LicenseRequestException notFound(LicenseRef ref) {
        return new LicenseRequestException(ErrorCode.LICENSE_NOT_FOUND, "license not found: " + shown(ref));
    }
}
