package io.hourmeter.usage.node;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.util.random.RandomGenerator;

/** Whether the license server answers, and when to try again: one for the server, not one for each lease. */
final class ServerContact {

    private static final long FIRST_PAUSE = MILLISECONDS.toNanos(500);
    private static final long LONGEST_PAUSE = SECONDS.toNanos(30);

    /** In the first minute of an outage (a restart of the server, as a rule) the pauses stay short. */
    private static final long EARLY = MINUTES.toNanos(1);

    private static final long LONGEST_EARLY_PAUSE = SECONDS.toNanos(5);

    /** One failure is a lost packet; from the second on the server counts as lost. */
    private static final int FAILURES_OF_A_LOST_SERVER = 2;

    private static final int MAX_DOUBLINGS = 6;

    private final RandomGenerator random;
    private int failures;
    private long failingSince;
    private long nextTry = Long.MIN_VALUE;
    private long answers;
    private long allFailures;

    ServerContact(RandomGenerator random) {
        this.random = random;
    }

    /** Whether the last attempt failed. */
    boolean failing() {
        return failures > 0;
    }

    /** Whether attempts keep failing, so that a request should not wait for one. */
    boolean lost() {
        return failures >= FAILURES_OF_A_LOST_SERVER;
    }

    boolean mayTry(long now) {
        return now >= nextTry;
    }

    /** When the next attempt is worth it; in the past when nothing is wrong. */
    long nextTry() {
        return nextTry;
    }

    /** Notes an answer, whatever it said. Returns true when the server had been lost. */
    boolean answered() {
        boolean wasLost = lost();
        answers++;
        failures = 0;
        nextTry = Long.MIN_VALUE;
        return wasLost;
    }

    /** Notes an attempt without a usable answer. Returns true when the server is lost by it. */
    boolean failed(long now) {
        boolean wasLost = lost();
        allFailures++;
        if (failures == 0) {
            failingSince = now;
        }
        failures = Math.min(failures + 1, Integer.MAX_VALUE - 1);
        long most = now - failingSince < EARLY ? LONGEST_EARLY_PAUSE : LONGEST_PAUSE;
        long pause = Math.min(FIRST_PAUSE << Math.min(failures - 1, MAX_DOUBLINGS), most);
        // Full pauses would make all nodes knock at the same moment.
        nextTry = now + Math.max(FIRST_PAUSE, pause / 2 + random.nextLong(pause / 2 + 1));
        return lost() && !wasLost;
    }

    /** Attempts that were answered, since the start. */
    long answers() {
        return answers;
    }

    /** Attempts without a usable answer, since the start. */
    long failures() {
        return allFailures;
    }

    /** Forgets the pause: something happened that makes an attempt worthwhile. */
    void tryNow() {
        nextTry = Long.MIN_VALUE;
    }
}
