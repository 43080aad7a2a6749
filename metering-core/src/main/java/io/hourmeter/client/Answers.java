package io.hourmeter.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.Problem;
import io.hourmeter.client.Outcome.Failure;
import io.hourmeter.client.Outcome.Refused;
import io.hourmeter.client.Outcome.Reply;
import io.hourmeter.internal.RateLimitedLogger;
import io.hourmeter.internal.Ticker;
import io.hourmeter.wire.Json;
import io.hourmeter.wire.MalformedAnswerException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Decides what an answer means. Nothing else does, since a customer who pays must not be told that the key is invalid
 * because a gateway, a log-in page or a wrong path answered.
 *
 * <p>Three things are an answer of a license server: a success whose JSON says what was asked for; a problem document
 * with a {@code code} of {@link ErrorCode}, of which the 400 of {@code validate} is one with {@code valid} beside it; and
 * from an older server JSON with a boolean {@code valid} or {@code success} and, where it refuses, one of four sentences.
 * Everything else means that the license server is unavailable: it is tried again, and what was found at which URL is an
 * error in the log, at most once a minute for each call.
 *
 * <p>Thread-safe.
 */
final class Answers {

    /**
     * What comes back over HTTP.
     *
     * @param contentType empty for none
     * @param location empty for none
     * @param json the body where it is a JSON object
     * @param beginning of the body, as text
     * @param repeated the server says that an earlier call had done it
     */
    record Received(
            int status,
            String contentType,
            String location,
            @Nullable JsonNode json,
            String beginning,
            boolean repeated) {

        static Received of(int status, String contentType, String location, byte[] body, boolean repeated) {
            String beginning = new String(body, 0, Math.min(body.length, INSPECTED), StandardCharsets.UTF_8);
            return new Received(status, contentType, location, Json.answer(body), beginning, repeated);
        }
    }

    /**
     * What {@code validate} says of a license that would not be served. An older server says each by a sentence, the
     * title of the code.
     */
    private static final Set<ErrorCode> OF_LICENSE = EnumSet.of(
            ErrorCode.INVALID_LICENSE,
            ErrorCode.LICENSE_INACTIVE,
            ErrorCode.LICENSE_EXPIRED,
            ErrorCode.HOURS_EXHAUSTED);

    /** Enough of a page to tell which one it is. */
    private static final int SHOWN = 100;

    /** Bytes of a body from which that is taken. */
    private static final int INSPECTED = 2_000;

    private static final Duration LOG_PERIOD = Duration.ofMinutes(1);

    private final String base;
    private final @Nullable String token;
    private final boolean older;
    private final RateLimitedLogger log;

    /**
     * Answers of one server.
     *
     * @param base its URL, without a slash at the end
     * @param older whether it is one that has only {@code validate}, {@code hours} and {@code usage}
     */
    Answers(String base, @Nullable String token, boolean older, Ticker clock) {
        this.base = base;
        this.token = token;
        this.older = older;
        this.log = new RateLimitedLogger(LoggerFactory.getLogger(HttpLicenseClient.class), LOG_PERIOD, clock::nanos);
    }

    /** A call for people: method and whole URL, but never the license and never the query. */
    String shown(ApiCall call) {
        return call.method() + " " + base + call.path();
    }

    Outcome decide(ApiCall call, Received received) {
        int status = received.status();
        JsonNode json = received.json();
        // With 408 and from 500 on nobody can tell.
        boolean undone = status >= 300 && status < 500 && status != 408;
        if (json == null || (status >= 300 && status < 400)) {
            return foreign(call, received, undone);
        }
        ErrorCode code = code(json);
        boolean problem = mediaType(received).equals(Problem.MEDIA_TYPE)
                && json.path("code").isTextual();
        if (isLater(status)) {
            return problem
                    ? new Failure(
                            shown(call) + " answered " + status + " " + Redaction.clean(detail(json)),
                            null,
                            status,
                            undone,
                            false)
                    : foreign(call, received, undone);
        }
        if (status >= 400 && code != null && (problem || isRefusedValidation(json, code))) {
            return new Refused(shown(call), status, code, Redaction.clean(detail(json)));
        }
        if (older) {
            return decideOlder(call, received, json);
        }
        return status < 300
                ? new Reply(shown(call), status, json, received.repeated())
                : foreign(call, received, undone);
    }

    private Outcome decideOlder(ApiCall call, Received received, JsonNode json) {
        boolean yes = isTrue(json.path("valid")) || isTrue(json.path("success"));
        if (received.status() < 300 && yes && !saysNo(json)) {
            return new Reply(shown(call), received.status(), json, received.repeated());
        }
        ErrorCode code = yes || saysNo(json) ? bySentence(json) : null;
        if (code != null) {
            return new Refused(shown(call), received.status(), code, code.title());
        }
        // What it refuses for a reason of its own it would refuse again.
        return foreign(call, received, !saysNo(json) && received.status() >= 400);
    }

    /** Answers that promise more for another time. */
    static boolean isLater(int status) {
        return status >= 500 || status == 408 || status == 425 || status == 429;
    }

    private Failure foreign(ApiCall call, Received received, boolean undone) {
        String text = shown(call) + " answered " + received.status() + " " + found(received)
                + ", which is not what a license server answers there. " + advice(received);
        return new Failure(text, null, received.status(), undone, true);
    }

    /** Something answered that does not speak HTTP as a server does. Whether it executed anything nobody can tell. */
    Failure noHttp(ApiCall call, IOException e) {
        String text = shown(call) + " failed: " + shortened(String.valueOf(e.getMessage()))
                + ", which is not what a license server answers there. Is license.server.url right?";
        return new Failure(text, e, 0, false, true);
    }

    private String found(Received received) {
        if (!received.location().isEmpty()) {
            String target = received.location().replaceFirst("[?#].*", "");
            return "(redirect to " + shortened(target) + ")";
        }
        if (received.beginning().isEmpty()) {
            return "(empty)";
        }
        String type = mediaType(received);
        return "(" + (type.isEmpty() ? "of no type" : shortened(type)) + ": " + shortened(received.beginning()) + ")";
    }

    /** Without key and token, which a server may repeat. */
    private String shortened(String text) {
        String clean = Redaction.clean(token == null ? text : text.replace(token, "…"));
        return clean.length() > SHOWN ? clean.substring(0, SHOWN) + "…" : clean;
    }

    private String advice(Received received) {
        int status = received.status();
        if (status == 401 || status == 403) {
            return "Are license.server.url and license.server.token right?";
        }
        JsonNode json = received.json();
        boolean likeOlder = status == 404
                || status == 405
                || (json != null
                        && (json.path("valid").isBoolean()
                                || json.path("success").isBoolean()));
        if (older) {
            return "Are license.server.url and license.server.kind=older right?";
        }
        return "Is license.server.url right?"
                + (likeOlder
                        ? " A server that has only validate, hours and usage needs license.server.kind=older."
                        : "");
    }

    /** Says in the log that something else than a license server answers. No effect for other failures. */
    void report(ApiCall call, Outcome outcome) {
        if (outcome instanceof Failure failure && failure.foreign()) {
            log.error(call.path(), "The license server is unavailable: " + failure.message(), null);
        }
    }

    /** The license server does not accept the token: an outage, or customers would be told that their key is invalid. */
    LicenseServerUnavailableException tokenRefused(Refused refused) {
        String text = refused.call() + " answered " + refused.status() + " " + refused.code();
        log.error(
                "token",
                "The license server refuses " + (token == null ? "a call without a token" : "the token") + " (" + text
                        + "): use cannot be reported until license.server.token is right",
                null);
        return new LicenseServerUnavailableException(text + "; is license.server.token right?", null);
    }

    /** A refusal that this call cannot have got from a license server. */
    LicenseServerUnavailableException outOfPlace(ApiCall call, Refused refused) {
        String text = refused.call() + " answered " + refused.status() + " " + refused.code()
                + ", which is not what a license server answers there. Is license.server.url right?";
        log.error(call.path(), "The license server is unavailable: " + text, null);
        return new LicenseServerUnavailableException(text, null);
    }

    /** The success, or what the port throws instead. */
    Reply successful(Outcome outcome) {
        if (outcome instanceof Reply reply) {
            return reply;
        }
        throw outcome instanceof Refused refused ? exception(refused) : unavailable((Failure) outcome);
    }

    /** Reads the body of a success. One that does not say what it should is no answer at all. */
    <T> T read(Reply reply, Function<JsonNode, T> reader) {
        try {
            return reader.apply(reply.body());
        } catch (MalformedAnswerException e) {
            String text = reply.call() + " answered " + reply.status() + ", but " + e.getMessage()
                    + ". Is license.server.url right?";
            log.error(reply.call(), "The license server is unavailable: " + text, null);
            throw new LicenseServerUnavailableException(text, e);
        }
    }

    static LicenseRequestException exception(Refused refused) {
        String detail = refused.detail();
        return new LicenseRequestException(
                refused.code(),
                refused.call() + " answered " + refused.status() + " " + refused.code()
                        + (detail.isEmpty() ? "" : ": " + detail));
    }

    static LicenseServerUnavailableException unavailable(Failure failure) {
        return new LicenseServerUnavailableException(failure.message(), failure.cause());
    }

    /** Whether a refusal is one of those with which {@code validate} answers. */
    static boolean ofLicense(ErrorCode code) {
        return OF_LICENSE.contains(code);
    }

    /** Whether a refusal says that the license does not exist. */
    static boolean unknownLicense(Outcome outcome) {
        return outcome instanceof Refused refused
                && (refused.code() == ErrorCode.LICENSE_NOT_FOUND || refused.code() == ErrorCode.INVALID_LICENSE);
    }

    private static String mediaType(Received received) {
        String type = received.contentType();
        int end = type.indexOf(';');
        return (end < 0 ? type : type.substring(0, end)).strip().toLowerCase(Locale.ROOT);
    }

    private static boolean isRefusedValidation(JsonNode json, ErrorCode code) {
        return isFalse(json.path("valid")) && OF_LICENSE.contains(code);
    }

    private static boolean saysNo(JsonNode json) {
        return isFalse(json.path("valid")) || isFalse(json.path("success"));
    }

    private static boolean isFalse(JsonNode node) {
        return node.isBoolean() && !node.booleanValue();
    }

    private static boolean isTrue(JsonNode node) {
        return node.isBoolean() && node.booleanValue();
    }

    private static @Nullable ErrorCode code(JsonNode json) {
        String name = json.path("code").asText("");
        for (ErrorCode code : ErrorCode.values()) {
            if (code.name().equals(name)) {
                return code;
            }
        }
        return null;
    }

    private static @Nullable ErrorCode bySentence(JsonNode json) {
        String sentence = sentence(json).strip();
        String bare = sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
        for (ErrorCode code : OF_LICENSE) {
            if (code.title().equalsIgnoreCase(bare)) {
                return code;
            }
        }
        return null;
    }

    private static String sentence(JsonNode json) {
        String error = json.path("error").asText("");
        return error.isEmpty() ? json.path("message").asText("") : error;
    }

    private static String detail(JsonNode json) {
        String detail = json.path("detail").asText("");
        return detail.isEmpty() ? sentence(json) : detail;
    }
}
