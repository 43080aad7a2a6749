package io.hourmeter.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.client.Outcome.Reply;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a definite refusal means: by its code, or, from an older server, by its sentence or its status. */
final class Refusals {

    private Refusals() {}

    /** The refusal as the port reports it. */
    static LicenseRequestException exception(Reply reply) {
        ErrorCode code = code(reply);
        String detail = detail(reply.body());
        return new LicenseRequestException(
                code,
                reply.call() + " answered " + reply.status() + " " + code + (detail.isEmpty() ? "" : ": " + detail));
    }

    static ErrorCode code(Reply reply) {
        Optional<String> given = reply.code();
        ErrorCode named = given.map(Refusals::byName).orElse(null);
        if (named != null) {
            return named;
        }
        ErrorCode told = given.isPresent() ? null : ofLicense(reply);
        if (told != null) {
            return told == ErrorCode.INVALID_LICENSE ? ErrorCode.LICENSE_NOT_FOUND : told;
        }
        return switch (reply.status()) {
            case 401 -> ErrorCode.UNAUTHORIZED;
            case 403 -> ErrorCode.FORBIDDEN;
            case 409 -> ErrorCode.CONFLICT;
            case 413 -> ErrorCode.TOO_LARGE;
            case 422 -> ErrorCode.IDEMPOTENCY_MISMATCH;
            default -> ErrorCode.INVALID_REQUEST;
        };
    }

    /** Whether a body refuses, whatever the status: some older servers do so with 200. */
    static boolean saysNo(JsonNode body) {
        return isFalse(body.path("valid")) || isFalse(body.path("success"));
    }

    private static boolean isFalse(JsonNode node) {
        return node.isBoolean() && !node.booleanValue();
    }

    /** Whether the server says that the license does not exist, rather than that it has no such call. */
    static boolean unknownLicense(Reply reply) {
        ErrorCode code = reply.code().map(Refusals::byName).orElse(null);
        return code == ErrorCode.LICENSE_NOT_FOUND || code == ErrorCode.INVALID_LICENSE;
    }

    /**
     * Why a license would not be served, as {@code validate} says it: {@code INVALID_LICENSE}, {@code LICENSE_INACTIVE},
     * {@code LICENSE_EXPIRED}, {@code HOURS_EXHAUSTED}; null when the answer is about something else.
     */
    static @Nullable ErrorCode ofLicense(Reply reply) {
        ErrorCode named = reply.code().map(Refusals::byName).orElse(null);
        if (named != null) {
            return switch (named) {
                case INVALID_LICENSE, LICENSE_INACTIVE, LICENSE_EXPIRED, HOURS_EXHAUSTED -> named;
                case LICENSE_NOT_FOUND -> ErrorCode.INVALID_LICENSE;
                default -> null;
            };
        }
        if (reply.status() == 401 || reply.status() == 403) {
            // About the token, whatever it says.
            return null;
        }
        ErrorCode told = bySentence(sentence(reply.body()));
        if (told == null && reply.status() == 402) {
            return ErrorCode.HOURS_EXHAUSTED;
        }
        return told == null && reply.status() == 404 ? ErrorCode.INVALID_LICENSE : told;
    }

    /** The sentences of older servers: "Invalid license key", "License inactive", "License expired", "No hours remaining". */
    private static @Nullable ErrorCode bySentence(String sentence) {
        String text = sentence.toLowerCase(Locale.ROOT);
        if (text.contains("no hours") || text.contains("insufficient") || text.contains("exhausted")) {
            return ErrorCode.HOURS_EXHAUSTED;
        }
        if (text.contains("expired")) {
            return ErrorCode.LICENSE_EXPIRED;
        }
        if (text.contains("inactive") || text.contains("suspended") || text.contains("revoked")) {
            return ErrorCode.LICENSE_INACTIVE;
        }
        if (text.contains("invalid license") || text.contains("not found") || text.contains("unknown license")) {
            return ErrorCode.INVALID_LICENSE;
        }
        return null;
    }

    private static String sentence(JsonNode body) {
        String error = body.path("error").asText("");
        return error.isEmpty() ? body.path("message").asText("") : error;
    }

    static String detail(JsonNode body) {
        String detail = body.path("detail").asText("");
        return Redaction.clean(detail.isEmpty() ? sentence(body) : detail);
    }

    private static @Nullable ErrorCode byName(String name) {
        for (ErrorCode code : ErrorCode.values()) {
            if (code.name().equals(name)) {
                return code;
            }
        }
        return null;
    }
}
