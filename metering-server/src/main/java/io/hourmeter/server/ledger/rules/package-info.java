/**
 * What follows from what, without a store, a clock or a log: pure functions of values.
 *
 * <p>Read {@code Coverage} first: used time as a set of moments. Then the rows ({@code LicenseRow}, {@code LeaseRow},
 * {@code ScopeRow}) and what a decision sees of them ({@code LicenseState}, {@code ScopeState}). {@code LeaseRules} says
 * how a message changes that, and has the rules in one comment for maintainers; its parts are {@code MessageCheck} (what
 * is refused), {@code Reports} (what is believed), {@code Settlement} (who pays), {@code Grants} (how far a lease may be
 * served), {@code Pauses}, {@code Lapses} and {@code Debts}. {@code ClockStep} is how a license's own time goes on, and
 * {@code LoadPlan} names the rows that a store must load for all this to be right.
 *
 * <p>All values are immutable; whatever is not a value is a class of static methods.
 */
@NullMarked
package io.hourmeter.server.ledger.rules;

import org.jspecify.annotations.NullMarked;
