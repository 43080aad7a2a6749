package io.hourmeter.stripe.web;

import java.util.Map;
import java.util.function.Function;

/**
 * A call that has passed all checks but those of its body.
 *
 * @param mostBytes of the body
 * @param status of the answer
 * @param answer from the body to the members of the answer; may run on another thread than the request began on
 */
record BodyCall(int mostBytes, int status, Function<byte[], Map<String, Object>> answer) {}
