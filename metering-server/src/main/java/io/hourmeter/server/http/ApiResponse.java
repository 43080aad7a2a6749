package io.hourmeter.server.http;

import io.hourmeter.ErrorCode;
import io.hourmeter.Problem;
import io.hourmeter.wire.AnswerJson;
import io.hourmeter.wire.Json;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What goes back to a caller. Immutable.
 *
 * @param status HTTP status
 * @param mediaType of the body
 * @param body as text
 * @param headers beyond those that every answer carries
 */
record ApiResponse(int status, String mediaType, String body, Map<String, String> headers) {

    private static final String JSON = "application/json";

    /** Seconds after which a caller that was told "busy" should ask again: the queue drains within one. */
    private static final String BUSY_RETRY_SECONDS = "1";

    ApiResponse {
        headers = Map.copyOf(headers);
    }

    /** One object: a record of {@code io.hourmeter.wire}, or members. */
    static ApiResponse json(int status, Object message) {
        return new ApiResponse(status, JSON, Json.text(message), Map.of());
    }

    static ApiResponse text(String mediaType, String text) {
        return new ApiResponse(200, mediaType, text, Map.of());
    }

    /** One object with {@code success: true} before the members of the messages, as clients of older servers expect it. */
    static ApiResponse success(int status, Object... messages) {
        Map<String, Object> all = Json.members(AnswerJson.SUCCESS);
        all.putAll(Json.members(messages));
        return json(status, all);
    }

    static ApiResponse problem(Problem problem) {
        // The problem's own members may say another status than its code has as a rule.
        int status = problem.members().get("status") instanceof Integer own
                ? own
                : problem.code().status();
        ApiResponse answer = new ApiResponse(status, Problem.MEDIA_TYPE, Json.text(problem.toMap()), Map.of());
        return status == 503 ? answer.with("Retry-After", BUSY_RETRY_SECONDS) : answer;
    }

    static ApiResponse problem(ErrorCode code, String detail) {
        return problem(Problem.of(code, detail));
    }

    /** A problem of HTTP itself, which no {@link ErrorCode} describes: unknown path, wrong method, failure inside. */
    static ApiResponse problem(int status, String title, String code, String detail) {
        Map<String, Object> own = new LinkedHashMap<>();
        own.put("title", title);
        own.put("status", status);
        own.put("code", code);
        // The own members replace those of the nearest known code, so that the document has one form everywhere.
        Problem problem = new Problem(ErrorCode.INVALID_REQUEST, detail, own);
        return problem(problem);
    }

    static ApiResponse internalFailure() {
        return problem(500, "Internal error", "INTERNAL_ERROR", "the license server failed; its log has the reason");
    }

    ApiResponse with(String header, String value) {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put(header, value);
        return new ApiResponse(status, mediaType, body, all);
    }

    /** Marks the answer to a call that had been done before. */
    ApiResponse repeated(boolean repeated) {
        return repeated ? with("Idempotency-Hit", "true") : this;
    }
}
