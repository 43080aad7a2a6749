package io.hourmeter.usage;

import io.hourmeter.internal.RateLimitedLogger;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What long use wants to be done when its time is up. It is looked at again and again, and not told by events: whatever
 * goes wrong between, nothing is forgotten. As large as there is use that asked for it. Thread-safe.
 */
final class TimeUpActions {

    private final ConcurrentHashMap<Usage, Runnable> actions = new ConcurrentHashMap<>();

    void put(Usage usage, Runnable action) {
        actions.put(usage, action);
    }

    void remove(Usage usage) {
        actions.remove(usage);
    }

    /** Runs the actions of all use whose time is up, and forgets them. */
    void runDue(RateLimitedLogger seldom) {
        for (Map.Entry<Usage, Runnable> entry : actions.entrySet()) {
            Usage usage = entry.getKey();
            if (usage.timeUp() && !usage.session().nodeClosed() && actions.remove(usage, entry.getValue())) {
                try {
                    entry.getValue().run();
                } catch (RuntimeException e) {
                    seldom.warn("time up", "What was to be done at the end of the time failed; metering goes on", e);
                }
            }
        }
    }
}
