package io.hourmeter.server.ledger.store;

import io.hourmeter.internal.RateLimitedLogger;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches whether the store's clock can be believed: between two looks it must go on as fast as a monotonic clock does.
 * Thread-safe.
 *
 * <p>A jump of more than an hour, in either direction, is told at once, since only a person can know which clock is
 * right. Until the clock is back where it was expected, or has gone on steadily for a day, dates are uncertain: what is
 * written meanwhile is marked. What was seen last is kept in the store, so that a restart in between forgets nothing.
 *
 * <p>Balances and expiry do not depend on any of this, see {@code ClockStep}.
 */
public final class ClockWatch {

    private static final Logger LOG = LoggerFactory.getLogger(ClockWatch.class);

    /** Smaller steps are those of time services, and change no date that matters. */
    public static final long JUMP_MILLIS = TimeUnit.HOURS.toMillis(1);

    /** So near to what was expected, a clock that had jumped is back. */
    static final long BACK_MILLIS = TimeUnit.MINUTES.toMillis(30);

    /** How long an alarm may wait for somebody who looks at it; afterwards the clock is believed as it is. */
    static final long STEADY_MILLIS = TimeUnit.DAYS.toMillis(1);

    /** A ledger that nobody wrote for longer than this was more likely opened under a wrong clock. */
    static final long LONGEST_REST_MILLIS = TimeUnit.DAYS.toMillis(31);

    /** How often what was seen is kept, at least: more than this, a jump back over a restart may go unnoticed. */
    public static final long KEEP_MILLIS = TimeUnit.MINUTES.toMillis(1);

    /**
     * What is kept in the store.
     *
     * @param atMillis what the clock showed; 0 when it was never looked at
     * @param aheadMillis how far that was ahead of what was expected, negative for behind; 0 when it is believed
     * @param sinceMillis what the clock showed after its last jump
     */
    public record Seen(long atMillis, long aheadMillis, long sinceMillis) {

        static final Seen NEVER = new Seen(0, 0, 0);

        boolean doubtful() {
            return aheadMillis != 0;
        }
    }

    private final LongSupplier nanos;
    private final RateLimitedLogger alarms;
    /** All guarded by this. */
    private Seen seen;

    private Seen kept;
    private long seenNanos;

    /**
     * Begins with what an earlier process has kept.
     *
     * @param nanos a monotonic clock
     */
    public ClockWatch(Seen kept, long nowMillis, LongSupplier nanos) {
        this.nanos = nanos;
        this.alarms = new RateLimitedLogger(LOG, Duration.ofMinutes(1), nanos);
        this.kept = kept;
        this.seenNanos = nanos.getAsLong();
        this.seen = atStart(kept, nowMillis);
    }

    /** How long it was stopped nobody knows: only what is far from possible is a jump. */
    private Seen atStart(Seen before, long nowMillis) {
        long passed = nowMillis - before.atMillis();
        boolean back = passed < -JUMP_MILLIS;
        boolean ahead = passed > LONGEST_REST_MILLIS;
        if (before.equals(Seen.NEVER) || !(back || ahead)) {
            return believedInTime(new Seen(nowMillis, before.aheadMillis(), before.sinceMillis()));
        }
        return jumped(before, nowMillis, passed, LONGEST_REST_MILLIS);
    }

    /**
     * Looks at the clock.
     *
     * @return whether a date that it gives is uncertain
     */
    public synchronized boolean observe(long nowMillis) {
        long now = nanos.getAsLong();
        long passed = TimeUnit.NANOSECONDS.toMillis(now - seenNanos);
        long jump = nowMillis - seen.atMillis() - passed;
        seenNanos = now;
        if (Math.abs(jump) > JUMP_MILLIS || back(seen, jump, BACK_MILLIS)) {
            seen = jumped(seen, nowMillis, jump, BACK_MILLIS);
        } else {
            seen = believedInTime(new Seen(nowMillis, seen.aheadMillis(), seen.sinceMillis()));
        }
        return seen.doubtful();
    }

    private static Seen believedInTime(Seen now) {
        boolean steady = now.atMillis() - now.sinceMillis() >= STEADY_MILLIS;
        return steady ? new Seen(now.atMillis(), 0, 0) : now;
    }

    /** Whether a jump makes up for those before it, but for at most so much time that has passed unseen. */
    private static boolean back(Seen before, long jump, long unseenMillis) {
        long ahead = before.aheadMillis() + jump;
        return before.doubtful() && ahead >= -BACK_MILLIS && ahead <= unseenMillis;
    }

    private Seen jumped(Seen before, long nowMillis, long jump, long unseenMillis) {
        String what = "the clock jumped " + (jump > 0 ? "ahead" : "back") + " by " + text(jump) + ", to "
                + Instant.ofEpochMilli(nowMillis);
        if (back(before, jump, unseenMillis)) {
            alarms.error(
                    "mended",
                    what + ": it is back where it was expected. Dates written since its last jump are marked as"
                            + " uncertain; see to what was created with a duration meanwhile",
                    null);
            return new Seen(nowMillis, 0, 0);
        }
        alarms.error(
                jump > 0 ? "ahead" : "back",
                what
                        + ": see that it is right. Balances are not touched, and licenses end by the clock as it is. Until it"
                        + " is back or has been steady for a day, what is written is marked as of uncertain date",
                null);
        return new Seen(nowMillis, before.aheadMillis() + jump, nowMillis);
    }

    private static String text(long millis) {
        Duration duration = Duration.ofMillis(Math.abs(millis));
        return duration.toDays() > 2 ? duration.toDays() + " days" : duration.toMinutes() + " minutes";
    }

    /** What is worth keeping: a change of mind at once, the time now and then. */
    public synchronized boolean worthKeeping(long afterMillis) {
        return seen.doubtful() != kept.doubtful()
                || seen.sinceMillis() != kept.sinceMillis()
                || Math.abs(seen.atMillis() - kept.atMillis()) >= afterMillis;
    }

    public synchronized Seen seen() {
        return seen;
    }

    /** Notes that this is in the store. */
    public synchronized void kept(Seen written) {
        kept = written;
    }
}
