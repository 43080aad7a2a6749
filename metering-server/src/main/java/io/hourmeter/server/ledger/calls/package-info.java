/**
 * The changes to a ledger, one class for each. {@code WriteCall} says what a call is: it declares what it must see, and
 * then decides on what was loaded, without any I/O.
 *
 * <p>Read {@code CreditCall} as the plainest, {@code UsageCall} as the one that matters most. Each says why it is safe to
 * send twice.
 */
@NullMarked
package io.hourmeter.server.ledger.calls;

import org.jspecify.annotations.NullMarked;
