package io.hourmeter.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.hourmeter.Balance;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A balance. Ours has all of it, without {@code uncollected} and {@code owed} where there is none; older servers leave more
 * out.
 *
 * @param remaining purchased less used
 * @param purchased credited less reversed
 * @param used charged
 * @param held what running sessions hold
 * @param uncollected used and not paid
 * @param owed what the next credit pays first
 * @param asOf when
 */
public record BalanceJson(
        @JsonProperty("hours_remaining") @Nullable DecimalHours remaining,
        @JsonProperty("purchased_hours") @Nullable DecimalHours purchased,
        @JsonProperty("used_hours") @Nullable DecimalHours used,
        @JsonProperty("held_hours") @Nullable DecimalHours held,

        @JsonProperty("uncollected_hours") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable DecimalHours uncollected,

        @JsonProperty("owed_hours") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable DecimalHours owed,

        @JsonProperty("as_of") @Nullable Instant asOf) {

    /**
     * What is sent of a balance.
     *
     * @param balance any
     * @return the message
     */
    public static BalanceJson of(Balance balance) {
        return new BalanceJson(
                new DecimalHours(balance.remainingMillis()),
                new DecimalHours(balance.purchasedMillis()),
                new DecimalHours(balance.usedMillis()),
                new DecimalHours(balance.heldMillis()),
                DecimalHours.above0(balance.uncollectedMillis()),
                DecimalHours.above0(balance.owedMillis()),
                balance.asOf());
    }

    /**
     * What was received. Any two of remaining, purchased and used give the third; remaining alone will do.
     *
     * @param now stamp for a server that gives none
     * @return the balance
     * @throws MalformedAnswerException if there is too little
     */
    public Balance toBalance(Instant now) {
        // What is left is what everything turns on, so it is kept exactly as the server said it.
        long spent;
        long left;
        if (remaining != null) {
            left = remaining.millis();
            spent = used != null ? used.millis() : purchased == null ? 0 : purchased.millis() - left;
        } else if (purchased != null && used != null) {
            left = purchased.millis() - used.millis();
            spent = used.millis();
        } else {
            throw new MalformedAnswerException("the answer has no hours_remaining");
        }
        return new Balance(
                left + spent, spent, atLeast0(held), atLeast0(uncollected), atLeast0(owed), asOf == null ? now : asOf);
    }

    private static long atLeast0(@Nullable DecimalHours hours) {
        return hours == null ? 0 : Math.max(0, hours.millis());
    }
}
