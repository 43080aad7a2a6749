package io.hourmeter.usage;

/** What becomes of an arriving request. */
sealed interface Arrival {

    /**
     * It is counted in.
     *
     * @param session where
     */
    record Entered(Session session) implements Arrival {}

    /**
     * It waits for a lease; once that is granted it is counted in.
     *
     * @param opening what it waits for
     */
    record Waiting(PendingLease opening) implements Arrival {}

    /**
     * It is refused.
     *
     * @param answer why
     */
    record Rejected(Refused answer) implements Arrival {}
}
