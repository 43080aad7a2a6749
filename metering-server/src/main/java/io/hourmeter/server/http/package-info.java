/**
 * The license server's HTTP side: resources, authentication, problem documents. Asks the ledger, never a store.
 *
 * <p>Read {@code LicenseHttpServer} first: what is bound, and to what. {@code ApiHandler} takes a request through
 * {@code Access} (who calls: {@code Caller}, {@code Tokens}, {@code LoopbackOnly}), {@code Router} (which {@code Route}, and
 * which {@code Permission} it needs) and {@code BodyReader} to a resource. Resources have one method for each call:
 * {@code LicenseResource}, {@code BalanceResource}, {@code UsageResource}, {@code HealthResource},
 * {@code MetricsResource}. They see an {@code ApiRequest} and give an {@code ApiResponse}, or throw a
 * {@code ProblemException}. {@code KnownInputs}, {@code JsonBody}, {@code JsonFields}, {@code Query} and
 * {@code TimeParser} read what was sent. What holds a server up under load is in {@code Workers}, {@code ConnectionRoom},
 * {@code BodyBudget} and {@code FileHandles}.
 */
@NullMarked
package io.hourmeter.server.http;

import org.jspecify.annotations.NullMarked;
