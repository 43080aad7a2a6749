/** The license server's HTTP side: resources, authentication, problem documents. Asks the ledger, never SQL. */
@NullMarked
package io.hourmeter.server.http;

import org.jspecify.annotations.NullMarked;
