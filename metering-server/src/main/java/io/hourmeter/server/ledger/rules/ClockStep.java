package io.hourmeter.server.ledger.rules;

/**
 * How a license's time goes on: the first act of every transaction on it. The store's clock is the only calendar, but
 * it may be set back. Then the license keeps its own time and counts on from there; freezing it until the clock has
 * caught up would serve that long for nothing.
 *
 * <p>So a license's own time is good for lengths and for order, but not as a date: after a clock was five years ahead for
 * a second it is five years ahead for ever. Whatever is a date (an expiry, the end of a key, what people read) is by the
 * store's clock: own time less the offset that stood beside it.
 *
 * @param license the row with {@code lastNowMillis} moved to now
 * @param rebasedMillis how far the store's clock was found to have gone back, 0 as a rule; more is worth an alarm
 */
public record ClockStep(LicenseRow license, long rebasedMillis) {

    /** A clock may be this much behind the last transaction without being corrected: steps of ordinary NTP. */
    public static final long TOLERATED_MILLIS = 10_000;

    public static ClockStep of(LicenseRow license, long storeNowMillis) {
        long now = Math.addExact(storeNowMillis, license.clockOffsetMillis());
        long back = Math.subtractExact(license.lastNowMillis(), now);
        long rebased = back > TOLERATED_MILLIS ? back : 0;
        long offset = Math.addExact(license.clockOffsetMillis(), rebased);
        return new ClockStep(license.withClock(Math.max(license.lastNowMillis(), now), offset), rebased);
    }

    long nowMillis() {
        return license.lastNowMillis();
    }
}
