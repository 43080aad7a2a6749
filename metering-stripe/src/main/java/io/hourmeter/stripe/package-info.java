/** Stripe Checkout: purchases, webhook, refunds and disputes, on one ledger. Needs no servlet. */
@NullMarked
package io.hourmeter.stripe;

import org.jspecify.annotations.NullMarked;
