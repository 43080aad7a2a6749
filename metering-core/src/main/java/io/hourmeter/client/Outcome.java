package io.hourmeter.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What became of one HTTP call, retries included. */
sealed interface Outcome {

    /**
     * The server decided: a success or a definite refusal, each with a JSON object.
     *
     * @param call what was called, without key or host, for error texts
     * @param status 2xx, or 4xx other than those that mean "later"
     * @param repeated the server says that an earlier call with the same idempotency key had done it
     */
    record Reply(String call, int status, JsonNode body, boolean repeated) implements Outcome {

        boolean successful() {
            return status < 300;
        }

        /** The {@code code} of the problem document; empty from an older server. */
        Optional<String> code() {
            return Optional.ofNullable(body.path("code").textValue());
        }
    }

    /**
     * No usable answer.
     *
     * @param message what was tried and what came back; no key, no token
     * @param status of the answer that could not be used, 0 without one
     */
    record Failure(String message, @Nullable Throwable cause, Reach reach, int status) implements Outcome {

        /** The server, or something before it, has no such call. */
        boolean noSuchCall() {
            return status == 404 || status == 405;
        }

        /** The server does not accept the token. */
        boolean tokenRefused() {
            return status == 401 || status == 403;
        }
    }

    /** How far a call that failed had come: decides whether it may have been executed. */
    enum Reach {
        /** Nothing of it left this process. */
        NOT_SENT,
        /** It may have been executed, or may be executed later. */
        SENT,
        /** The server has answered, so what it did is done. */
        ANSWERED
    }
}
