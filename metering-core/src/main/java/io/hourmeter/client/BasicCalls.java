package io.hourmeter.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseServerException;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.client.BasicAnswer.Bare;
import io.hourmeter.client.BasicAnswer.Refused;
import io.hourmeter.client.BasicAnswer.Rejected;
import io.hourmeter.client.BasicAnswer.Silent;
import io.hourmeter.client.BasicAnswer.Standing;
import io.hourmeter.client.Outcome.Failure;
import io.hourmeter.client.Outcome.Reach;
import io.hourmeter.client.Outcome.Reply;
import io.hourmeter.wire.JsonNumbers;
import java.math.BigDecimal;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** The three calls that every license server has: {@code validate}, {@code hours} and {@code usage}. */
final class BasicCalls {

    private final Transport http;
    private final TokenAlarm alarm;
    private final BiFunction<LicenseKey, Deadline, String> naming;

    /**
     * Calls over HTTP.
     *
     * @param naming what stands for a license in a path: its key where the server knows nothing else, or its id
     */
    BasicCalls(Transport http, TokenAlarm alarm, BiFunction<LicenseKey, Deadline, String> naming) {
        this.http = http;
        this.alarm = alarm;
        this.naming = naming;
    }

    /** Asks whether the license serves, and for its balance. */
    BasicAnswer validate(LicenseKey key, Deadline deadline) {
        BasicAnswer answer = call(
                ApiCall.post("/api/licenses/" + ApiCall.LICENSE + "/validate", Map.of())
                        .repeatable(true),
                key,
                deadline,
                body -> standing(body.path("license").isObject() ? body.path("license") : body));
        // An older server may say no more than "valid".
        return answer instanceof Bare ? hours(key, deadline) : answer;
    }

    /** Asks for the balance. */
    BasicAnswer hours(LicenseKey key, Deadline deadline) {
        BasicAnswer answer =
                call(ApiCall.get("/api/licenses/" + ApiCall.LICENSE + "/hours"), key, deadline, BasicCalls::standing);
        if (answer instanceof Bare) {
            return silent("GET /api/licenses/" + ApiCall.LICENSE + "/hours answered without hours_remaining", null);
        }
        return answer;
    }

    /**
     * Deducts time. Sent once: older servers know no idempotency key.
     *
     * @param hours decimal hours, above 0
     */
    BasicAnswer deduct(LicenseKey key, BigDecimal hours, String idempotencyKey, Deadline deadline) {
        ApiCall call = ApiCall.post("/api/licenses/" + ApiCall.LICENSE + "/usage", Map.of("hours", hours))
                .idempotent(idempotencyKey);
        return call(call, key, deadline, BasicCalls::standing);
    }

    private interface Reader {
        BasicAnswer read(JsonNode body);
    }

    private BasicAnswer call(ApiCall call, LicenseKey key, Deadline deadline, Reader reader) {
        Outcome outcome;
        try {
            outcome = http.exchange(call.of(naming.apply(key, deadline)), deadline);
        } catch (LicenseServerException e) {
            // The license could not even be named: nothing of this call was sent.
            return new Silent(new Failure(String.valueOf(e.getMessage()), e, Reach.NOT_SENT, 0));
        }
        if (outcome instanceof Failure failure) {
            alarm.look(failure);
            return new Silent(failure);
        }
        Reply reply = (Reply) outcome;
        if (!reply.successful() || Refusals.saysNo(reply.body())) {
            return refusal(reply);
        }
        try {
            return reader.read(reply.body());
        } catch (MalformedAnswerException e) {
            return silent(reply.call() + " answered " + reply.status() + ", but " + e.getMessage(), e);
        }
    }

    private BasicAnswer refusal(Reply reply) {
        ErrorCode code = Refusals.ofLicense(reply);
        if (code == null) {
            String text = reply.call() + " answered " + reply.status() + " " + Refusals.detail(reply.body());
            // A wrong token says nothing about the license, and nothing was done.
            Failure refused = new Failure(text, null, Reach.NOT_SENT, reply.status());
            alarm.look(refused);
            return refused.tokenRefused() ? new Silent(refused) : new Rejected(text);
        }
        return new Refused(
                switch (code) {
                    case LICENSE_INACTIVE -> State.INACTIVE;
                    case LICENSE_EXPIRED -> State.EXPIRED_LICENSE;
                    case HOURS_EXHAUSTED -> State.EXHAUSTED;
                    default -> State.UNKNOWN;
                });
    }

    private static BasicAnswer standing(JsonNode body) {
        Long remaining = WireReader.optionalMillis(body, "hours_remaining");
        if (remaining == null) {
            return new Bare();
        }
        JsonNode deducted = body.path("hours_deducted");
        return new Standing(remaining, WireReader.optionalMillis(body, "used_hours"), JsonNumbers.decimal(deducted));
    }

    private static Silent silent(String message, @Nullable Throwable cause) {
        return new Silent(new Failure(message, cause, Reach.ANSWERED, 200));
    }
}
