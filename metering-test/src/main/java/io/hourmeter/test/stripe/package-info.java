/** A stand-in for Stripe on loopback, for tests and for a demonstration without an account: no money moves. */
@NullMarked
package io.hourmeter.test.stripe;

import org.jspecify.annotations.NullMarked;
