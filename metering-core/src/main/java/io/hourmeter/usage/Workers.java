package io.hourmeter.usage;

import io.hourmeter.usage.node.TrackerEvent;

/** Who does what an {@link Engine} must not do under its lock or on a request's thread. Thread-safe. */
interface Workers {

    /**
     * Runs a task that talks to the license server.
     *
     * @param task what to run
     * @return false when there is no thread for it; the task is then not run
     */
    boolean aside(Runnable task);

    /**
     * Carries an event to the listener and the log. Does not block and runs no code of others.
     *
     * @param event what happened
     */
    void tell(TrackerEvent event);
}
