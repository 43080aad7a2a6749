package io.hourmeter.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.client.Outcome.Failure;
import io.hourmeter.client.Outcome.Reply;
import java.util.function.Function;

/** From what came back to what the port promises: a value, a definite refusal, or "unavailable". */
final class Replies {

    private Replies() {}

    /** What the server decided, be it a refusal. */
    static Reply answered(Outcome outcome) {
        if (outcome instanceof Failure failure) {
            throw unavailable(failure);
        }
        return (Reply) outcome;
    }

    /** The success. */
    static Reply successful(Outcome outcome) {
        Reply reply = answered(outcome);
        if (!reply.successful()) {
            throw Refusals.exception(reply);
        }
        return reply;
    }

    /** Reads a body. One that does not say what it should is no answer at all. */
    static <T> T read(Reply reply, Function<JsonNode, T> reader) {
        try {
            return reader.apply(reply.body());
        } catch (MalformedAnswerException e) {
            throw new LicenseServerUnavailableException(
                    reply.call() + " answered " + reply.status() + ", but " + e.getMessage(), e);
        }
    }

    static LicenseServerUnavailableException unavailable(Failure failure) {
        return new LicenseServerUnavailableException(failure.message(), failure.cause());
    }

    /** Whether the server, or something before it, has no such call. For paths that name no license. */
    static boolean noSuchCall(Outcome outcome) {
        if (outcome instanceof Failure failure) {
            return failure.noSuchCall();
        }
        Reply reply = (Reply) outcome;
        return reply.status() == 405 || (reply.status() == 404 && !Refusals.unknownLicense(reply));
    }

    static int status(Outcome outcome) {
        return outcome instanceof Failure failure ? failure.status() : ((Reply) outcome).status();
    }
}
