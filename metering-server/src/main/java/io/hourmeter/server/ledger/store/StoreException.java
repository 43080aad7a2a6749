package io.hourmeter.server.ledger.store;

import org.jspecify.annotations.Nullable;

/** The store failed, or refused what was to be written. Whatever a store throws to say so leaves its port as this. */
public final class StoreException extends Exception {

    private static final long serialVersionUID = 1;

    private final String reason;
    private final boolean blamesData;

    /**
     * A failure.
     *
     * @param reason what it means, as a clause for people like {@code the disk is full}
     * @param blamesData see {@link #blamesData}
     * @param cause what the store's driver threw
     */
    public StoreException(String reason, boolean blamesData, @Nullable Throwable cause) {
        super(reason, cause);
        this.reason = reason;
        this.blamesData = blamesData;
    }

    /** What it means, as a clause for people, without the names of files. */
    public String reason() {
        return reason;
    }

    /**
     * Whether it lies in what was to be written, so that the rest of the batch can be committed without it, rather than
     * in the store or the way to it.
     */
    public boolean blamesData() {
        return blamesData;
    }
}
