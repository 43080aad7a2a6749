package io.hourmeter.test.stripe;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What Stripe's lists have in common. Implementations are immutable. */
interface StripeObject {

    String id();

    /** Seconds since 1970. */
    long created();

    String status();

    /** The payment it belongs to; null when there is none yet. */
    @Nullable String paymentIntent();

    /** As Stripe writes it. */
    Map<String, Object> json();
}
