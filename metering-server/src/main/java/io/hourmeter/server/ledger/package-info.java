/** The ledger: balances, entries and leases, the rules by which they change, and the stores that keep them. */
@NullMarked
package io.hourmeter.server.ledger;

import org.jspecify.annotations.NullMarked;
