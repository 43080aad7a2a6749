/**
 * A stand-in for Stripe, so that a purchase can be clicked through offline: no money moves. It is part of the example web
 * application only, and of none of the libraries.
 */
@NullMarked
package io.hourmeter.examples.webapp.standin;

import org.jspecify.annotations.NullMarked;
