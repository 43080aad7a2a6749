package io.hourmeter.usage;

/**
 * Use that is running: time counts from the call that admitted it until {@link #close()}.
 *
 * <p>What runs for long, such as a socket or a job, calls {@link #keepAlive} now and then; a request need not. Thread-safe;
 * closing twice counts once.
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
     * The same as decimal hours for the header {@code X-Hours-Remaining}.
     *
     * @return six decimals, rounded down
     */
    String hoursRemaining();

    /**
     * Says that this use still runs, and asks whether it may go on. The longest time that one request may bill
     * ({@link UsageTracker.Builder#requestLimit}) counts from the last call; use that says nothing for longer is taken
     * for lost, and its time ends there. Never blocks.
     *
     * @return false when the time is not paid for any more: the hours are used up, the license is no longer good, the
     *     license server cannot be asked and the outage policy ends it, or the tracker or this use has ended. Whoever
     *     works on is not charged. It can become true again, for example after a purchase, unless it was this use or
     *     the tracker that ended
     */
    boolean keepAlive();

    /**
     * Runs an action once, when {@link #keepAlive} would answer false for the first time. It comes within a second as a rule, on a
     * thread of the tracker, and must not block; an exception is logged and changes nothing. It does not come when this
     * use is closed before, nor because the tracker is closed. An action given earlier is replaced.
     *
     * <p>{@link UsageTracker#admit} then tells the reason, or admits anew when hours were bought meanwhile. It may block
     * and so has to be called on another thread.
     *
     * @param action what to do when the time is up
     */
    void onExhausted(Runnable action);

    /** Ends this use. Idempotent; never throws and never blocks. */
    @Override
    void close();
}
