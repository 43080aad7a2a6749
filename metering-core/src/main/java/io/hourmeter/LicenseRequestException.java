package io.hourmeter;

/** A definite refusal by a license server: nothing was changed, and the same call will be refused again. */
public final class LicenseRequestException extends LicenseServerException {

    private static final long serialVersionUID = 1L;

    /** Why. */
    private final ErrorCode code;

    /**
     * A refusal.
     *
     * @param code why
     * @param detail what was given and what is allowed, without any key or token
     */
    public LicenseRequestException(ErrorCode code, String detail) {
        super(detail, null);
        this.code = code;
    }

    /**
     * Why the call was refused.
     *
     * @return a code whose status is 4xx
     */
    public ErrorCode code() {
        return code;
    }
}
