package io.hourmeter.server.ledger.store;

import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseRequestException;
import java.nio.charset.StandardCharsets;

/** What is checked beside {@link io.hourmeter.wire.Limits}, before anything is queued for the writer. */
public final class Checks {

    private Checks() {}

    public static LicenseRequestException invalid(String detail) {
        return new LicenseRequestException(ErrorCode.INVALID_REQUEST, detail);
    }

    /** Whether a database keeps it unchanged: half a pair or a zero does not survive, and two texts would become one. */
    static boolean isText(String value) {
        return value.indexOf(0) < 0 && StandardCharsets.UTF_16.newEncoder().canEncode(value);
    }
}
