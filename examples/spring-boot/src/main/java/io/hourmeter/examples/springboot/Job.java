package io.hourmeter.examples.springboot;

import io.hourmeter.LicenseRef;
import io.hourmeter.usage.Admission;
import io.hourmeter.usage.Granted;
import io.hourmeter.usage.Refused;
import io.hourmeter.usage.UsageTracker;
import java.util.concurrent.TimeUnit;

/** Work in steps that somebody's license pays for: metered while it runs, and stopped when the time is up. */
final class Job implements Runnable {

    /** How long a step of this example takes; a job notices so late that its time is up. */
    private static final long STEP_MILLIS = 100;

    private final UsageTracker tracker;
    private final LicenseRef license;
    private final int steps;
    private volatile int done;
    private volatile String state = "WAITING";

    Job(UsageTracker tracker, LicenseRef license, int steps) {
        this.tracker = tracker;
        this.license = license;
        this.steps = steps;
    }

    /**
     * How far a job is.
     *
     * @param state WAITING, RUNNING, DONE, STOPPED when its time was up, or the reason for which it was refused
     */
    record Progress(String state, int done, int steps) {}

    Progress progress() {
        return new Progress(state, done, steps);
    }

    /** Time counts from here, and not while the job waits for a thread. */
    @Override
    public void run() {
        Admission admission = tracker.admit(license);
        if (admission instanceof Granted use) {
            state = "RUNNING";
            try (use) {
                state = work(use) ? "DONE" : "STOPPED";
            }
        } else if (admission instanceof Refused refused) {
            state = refused.reason().name();
        }
    }

    /** False when the time was up, or the application ends. */
    private boolean work(Granted use) {
        for (int step = 1; step <= steps; step++) {
            if (!use.keepAlive()) {
                return false;
            }
            try {
                TimeUnit.MILLISECONDS.sleep(STEP_MILLIS); // the work
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
            done = step;
        }
        return true;
    }
}
