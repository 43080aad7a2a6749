package io.hourmeter.server.ledger.store;

import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.UsageBatch;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How the store looks licenses up: a name is the hash of a key (64 hexadecimal digits) or a public id
 * ({@code lic_…}); the two never look alike.
 */
public final class LicenseNames {

    private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

    private LicenseNames() {}

    public static String of(LicenseRef ref) {
        if (ref instanceof LicenseKey key) {
            return key.sha256();
        }
        return ((LicenseId) ref).value();
    }

    /** How an item of a usage message names its license; null when what it has is not even the hash of a key. */
    public static @Nullable String of(UsageBatch.Item item) {
        if (item.license() instanceof LicenseId id) {
            return id.value();
        }
        String hash = item.keySha256();
        return hash != null && HASH.matcher(hash).matches() ? hash : null;
    }

    public static boolean isPublicId(String name) {
        return name.startsWith("lic_");
    }

    /** For error texts: an id, or a key masked. */
    public static String shown(LicenseRef ref) {
        return ref.toString();
    }

    public static LicenseRequestException notFound(LicenseRef ref) {
        return new LicenseRequestException(ErrorCode.LICENSE_NOT_FOUND, "license not found: " + shown(ref));
    }
}
