package io.hourmeter;

/** Why hours are added. It labels the line of the history and changes nothing else: all hours are used alike. */
public enum CreditKind {
    /** Paid for. The default under an idempotency key that begins with {@code stripe:}; counts as a payment. */
    PURCHASE,
    /** Given, for whatever reason. The default otherwise. */
    GRANT,
    /** Given to try the application. */
    TRIAL,
    /** Given to make good for something. */
    COMPENSATION
}
