package io.hourmeter;

/**
 * Every reason for which a license server or a filter refuses, with its HTTP status. The names are the {@code code} of
 * the problem documents on the wire.
 */
public enum ErrorCode {
    /** The request is not understood. */
    INVALID_REQUEST(400, "Invalid request"),
    /** A token is needed, or the one given is unknown. */
    UNAUTHORIZED(401, "Unauthorized"),
    /** The token given does not cover this call. */
    FORBIDDEN(403, "Forbidden"),
    /** There is no such license. */
    LICENSE_NOT_FOUND(404, "License not found"),
    /** The request contradicts the state of the license. */
    CONFLICT(409, "Conflict"),
    /** The body is larger than allowed. */
    TOO_LARGE(413, "Content too large"),
    /** The idempotency key was used before with another request. */
    IDEMPOTENCY_MISMATCH(422, "Idempotency key used with another request"),
    /** The server has more work than it can queue; nothing was done. */
    BUSY(503, "Busy"),

    /** A metered request without a license key. */
    LICENSE_REQUIRED(401, "License key required"),
    /** The license key is malformed or unknown. */
    INVALID_LICENSE(401, "Invalid license key"),
    /** The license is suspended or revoked. */
    LICENSE_INACTIVE(403, "License inactive"),
    /** The license has expired. */
    LICENSE_EXPIRED(403, "License expired"),
    /** The balance is used up. */
    HOURS_EXHAUSTED(402, "No hours remaining"),
    /** The rest of the balance is held by another node for the moment. */
    HOURS_HELD(503, "Remaining hours are in use elsewhere"),
    /** The license server gave no usable answer. */
    LICENSE_SERVER_UNAVAILABLE(503, "License server unavailable");

    private final int status;
    private final String title;

    ErrorCode(int status, String title) {
        this.status = status;
        this.title = title;
    }

    /**
     * The HTTP status that goes with this reason.
     *
     * @return 400 to 503
     */
    public int status() {
        return status;
    }

    /**
     * A short sentence for people, the same for every occurrence.
     *
     * @return the {@code title} of the problem document
     */
    public String title() {
        return title;
    }
}
