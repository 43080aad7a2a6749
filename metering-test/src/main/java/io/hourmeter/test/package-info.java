/**
 * For the tests of an application that sells its hours: {@link io.hourmeter.test.HourmeterExtension} gives a license server
 * with its real ledger, clocks that are stepped, and a stand-in for Stripe. Not for production: with the clocks held, no
 * time passes.
 */
@NullMarked
package io.hourmeter.test;

import org.jspecify.annotations.NullMarked;
