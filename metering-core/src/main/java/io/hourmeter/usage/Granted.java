package io.hourmeter.usage;

/**
 * Use that is running: time counts from the call that admitted it until {@link #close()}.
 *
 * <p>Thread-safe; closing twice counts once.
 */
public non-sealed interface Granted extends Admission, AutoCloseable {

    /**
     * The usage session this use belongs to; the value of {@code X-Session-ID}.
     *
     * @return the id, safe to show to the customer
     */
    String sessionId();

    /**
     * What is left as the node knows it now, its own running use subtracted.
     *
     * @return milliseconds, at least 0
     */
    long remainingMillis();

    /**
     * The same as decimal hours for the header {@code X-Hours-Remaining}; the text is renewed at most once a second.
     *
     * @return six decimals, rounded down
     */
    String hoursRemaining();

    /** Ends this use. Idempotent; never throws and never blocks. */
    @Override
    void close();
}
