package io.hourmeter;

/** What an operator has decided about a license. Expiry is derived from its date and is no status. */
public enum LicenseStatus {
    /** Serves. */
    ACTIVE,
    /** Refused until it is active again. */
    SUSPENDED,
    /** Refused, and not meant to come back; only an operator can undo it. */
    REVOKED
}
