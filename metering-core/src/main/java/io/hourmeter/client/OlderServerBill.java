package io.hourmeter.client;

import io.hourmeter.Hours;
import io.hourmeter.LicenseKey;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.client.BasicAnswer.Bare;
import io.hourmeter.client.BasicAnswer.Refused;
import io.hourmeter.client.BasicAnswer.Rejected;
import io.hourmeter.client.BasicAnswer.Silent;
import io.hourmeter.client.BasicAnswer.Standing;
import io.hourmeter.client.Outcome.Reach;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a license has used and what an older server has deducted for it. Never deducts twice: such a server knows no
 * idempotency key, so after a deduction whose outcome is unknown the balance is read before anything else is done.
 *
 * <p>Not thread-safe; {@link OlderServerAccount} guards it.
 */
final class OlderServerBill {

    private static final Logger LOG = LoggerFactory.getLogger(OlderServerBill.class);

    /** A third of a millisecond: what binary floating point may lose on the way, and less than any deduction. */
    private static final BigDecimal NOISE = new BigDecimal("0.0000001");

    /**
     * A deduction whose outcome is unknown.
     *
     * @param before the balance when it was sent
     * @param executed whether the server has spoken since, so that it will not be executed any more
     * @param aliveSince when the server was first seen alive after it, without having executed it; null before that
     */
    private record Doubt(
            long millis,
            Standing before,
            boolean executed,
            @Nullable Long aliveSince) {}

    private final LicenseKey key;
    private final BasicCalls calls;
    private final ClientClock clock;
    private final long quietMillis;

    /** Used, by the clock of this process. */
    private long used;

    /** Of that: deducted, or given up because the balance was used up or the license refused. */
    private long settled;

    /** What the server was asked to deduct so far and did: the decimal hours of each call are taken from this sum. */
    private long deducted;

    private @Nullable Standing last;
    private @Nullable Doubt doubt;
    private boolean askedForUsed;

    /**
     * A bill with nothing on it.
     *
     * @param quietMillis how long a server that is alive again may yet execute a call it received before
     */
    OlderServerBill(LicenseKey key, BasicCalls calls, ClientClock clock, long quietMillis) {
        this.key = key;
        this.calls = calls;
        this.clock = clock;
        this.quietMillis = quietMillis;
    }

    void add(long millis) {
        used = Math.addExact(used, millis);
    }

    /** Used and not settled, including what is in doubt. */
    long owed() {
        return used - settled;
    }

    /** What is left as far as is known, at least 0. */
    long remaining() {
        return last == null ? 0 : Math.max(0, last.remainingMillis() - owed());
    }

    BasicAnswer validate(Deadline deadline) {
        return remember(calls.validate(key, deadline));
    }

    /**
     * Deducts what is owed.
     *
     * @return what the server said last; null when it was not asked, or refused for a reason that is not the license's
     */
    @Nullable BasicAnswer settle(Deadline deadline) {
        BasicAnswer said = null;
        if (doubt != null) {
            said = resolve(doubt, deadline);
        }
        if (doubt != null || owed() == 0 || said instanceof Refused) {
            return said;
        }
        // Without a balance from before, a deduction whose answer is lost could not be told from one that was not made.
        if (last == null || (last.usedMillis() == null && !askedForUsed)) {
            BasicAnswer before = remember(calls.hours(key, deadline));
            askedForUsed |= before instanceof Standing;
            if (!(before instanceof Standing)) {
                return giveUpIfRefused(before);
            }
        }
        return last == null ? said : deduct(last, deadline);
    }

    private @Nullable BasicAnswer deduct(Standing before, Deadline deadline) {
        long asked = owed();
        // The difference of two rounded sums: over many deductions the roundings cancel out.
        BigDecimal hours = Hours.ofMillis(deducted + asked).subtract(Hours.ofMillis(deducted));
        String once = IdempotencyKeys.make(clock.instant().toEpochMilli());
        BasicAnswer answer = calls.deduct(key, hours, once, deadline);
        if (answer instanceof Silent silent) {
            return doubtful(silent, asked, before, deadline);
        }
        if (answer instanceof Rejected rejected) {
            LOG.warn(
                    "License {}: {} ms of use cannot be deducted and are given up: {}",
                    key.masked(),
                    asked,
                    rejected.why());
            settled = used;
            return null;
        }
        if (answer instanceof Refused) {
            return giveUpIfRefused(answer);
        }
        settled += asked;
        deducted += asked;
        Standing reckoned = new Standing(
                before.remainingMillis() - asked,
                before.usedMillis() == null ? null : before.usedMillis() + asked,
                null);
        BasicAnswer now = answer instanceof Bare ? calls.hours(key, deadline) : answer;
        if (!(now instanceof Standing standing)) {
            return remember(reckoned);
        }
        remember(
                standing.usedMillis() == null
                        ? new Standing(standing.remainingMillis(), reckoned.usedMillis(), null)
                        : standing);
        BigDecimal took = answer instanceof Standing ? standing.deducted() : null;
        boolean all = took == null || took.add(NOISE).compareTo(hours) >= 0;
        return all ? standing : new Refused(State.EXHAUSTED);
    }

    private BasicAnswer doubtful(Silent silent, long asked, Standing before, Deadline deadline) {
        Reach reach = silent.failure().reach();
        if (reach == Reach.NOT_SENT) {
            return silent;
        }
        Doubt open = new Doubt(asked, before, reach == Reach.ANSWERED, null);
        doubt = open;
        return open.executed() ? resolve(open, deadline) : silent;
    }

    /** A license that does not serve pays nothing more: the time is visible in the application's figures, not owed. */
    private BasicAnswer giveUpIfRefused(BasicAnswer answer) {
        if (answer instanceof Refused) {
            settled = used;
        }
        return answer;
    }

    /** Reads the balance and decides whether the deduction in doubt was made; leaves it in doubt when that is too early. */
    private BasicAnswer resolve(Doubt open, Deadline deadline) {
        BasicAnswer answer = calls.hours(key, deadline);
        if (answer instanceof Standing now) {
            long alive = open.aliveSince() == null ? clock.millis() : open.aliveSince();
            if (wasTaken(open, now)) {
                settled += open.millis();
                deducted += open.millis();
                doubt = null;
            } else if (open.executed() || (open.aliveSince() != null && clock.millis() - alive >= quietMillis)) {
                doubt = null;
            } else {
                doubt = new Doubt(open.millis(), open.before(), false, alive);
            }
            return remember(answer);
        }
        if (answer instanceof Refused) {
            doubt = null;
        }
        return giveUpIfRefused(answer);
    }

    /**
     * Whether the balance shows the deduction. Half of it is taken for the whole, since servers round; where something
     * else moved the balance meanwhile, in the customer's favour.
     */
    private static boolean wasTaken(Doubt open, Standing now) {
        Long usedBefore = open.before().usedMillis();
        Long usedNow = now.usedMillis();
        if (now.remainingMillis() <= 0) {
            return true;
        }
        if (usedBefore != null && usedNow != null) {
            return 2 * (usedNow - usedBefore) >= open.millis();
        }
        long gone = open.before().remainingMillis() - now.remainingMillis();
        return gone < 0 || 2 * gone >= open.millis();
    }

    private BasicAnswer remember(BasicAnswer answer) {
        if (answer instanceof Standing standing) {
            Long known = last == null ? null : last.usedMillis();
            last = new Standing(
                    standing.remainingMillis(), standing.usedMillis() == null ? known : standing.usedMillis(), null);
        }
        return answer;
    }
}
