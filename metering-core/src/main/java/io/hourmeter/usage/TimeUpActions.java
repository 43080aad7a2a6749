package io.hourmeter.usage;

import io.hourmeter.internal.FatalErrors;
import io.hourmeter.internal.RateLimitedLogger;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What long use wants to be done when its time is up. It is looked at again and again, and not told by events: whatever
 * goes wrong between, nothing is forgotten. As large as there is use that asked for it. Thread-safe.
 */
final class TimeUpActions {

    private final ConcurrentHashMap<Timed, Runnable> actions = new ConcurrentHashMap<>();

    /** Use whose time ends. */
    interface Timed {

        /** Whether the time of this use is not, and will not by itself be, paid for. */
        boolean timeUp();

        /** Whether the node has stopped, so that nobody is told any more. */
        boolean nodeClosed();
    }

    void put(Timed usage, Runnable action) {
        actions.put(usage, action);
    }

    void remove(Timed usage) {
        actions.remove(usage);
    }

    /** Runs the actions of all use whose time is up, and forgets them. */
    void runDue(RateLimitedLogger limitedLog) {
        for (Map.Entry<Timed, Runnable> entry : actions.entrySet()) {
            Timed usage = entry.getKey();
            if (usage.timeUp() && !usage.nodeClosed() && actions.remove(usage, entry.getValue())) {
                try {
                    entry.getValue().run();
                } catch (Throwable e) {
                    FatalErrors.throwIfFatal(e);
                    limitedLog.warn(
                            "time up", "What was to be done at the end of the time failed; metering goes on", e);
                }
            }
        }
    }
}
