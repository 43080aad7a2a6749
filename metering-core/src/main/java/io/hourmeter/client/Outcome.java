package io.hourmeter.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.hourmeter.ErrorCode;
import org.jspecify.annotations.Nullable;

/** What became of one HTTP call, retries included. Decided by {@link Answers}. */
sealed interface Outcome {

    /**
     * The server did it, and answered a JSON object. Whether that says what it should is seen when it is read.
     *
     * @param call what was called, with the whole URL but for the license, for error texts
     * @param status 2xx
     * @param repeated the server says that an earlier call with the same idempotency key had done it
     */
    record Reply(String call, int status, JsonNode body, boolean repeated) implements Outcome {}

    /**
     * The license server definitely refused.
     *
     * @param call as in {@link Reply}
     * @param status 4xx; from an older server also 2xx
     * @param detail the server's sentence, fit for a log
     */
    record Refused(String call, int status, ErrorCode code, String detail) implements Outcome {}

    /**
     * No usable answer: the license server is unavailable.
     *
     * @param message what was tried and what came back, with the whole URL; no key, no token
     * @param status of what came back, 0 without any
     * @param undone nothing of the call was executed, nor will be
     * @param foreign something answered that is no license server of the expected kind
     */
    record Failure(String message, @Nullable Throwable cause, int status, boolean undone, boolean foreign)
            implements Outcome {}
}
