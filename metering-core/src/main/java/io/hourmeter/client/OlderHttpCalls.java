package io.hourmeter.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.hourmeter.Balance;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.client.Outcome.Failure;
import io.hourmeter.client.Outcome.Reply;
import io.hourmeter.client.legacy.OlderCalls;
import io.hourmeter.client.legacy.OlderCalls.Result.Done;
import io.hourmeter.client.legacy.OlderCalls.Result.Failed;
import io.hourmeter.client.legacy.OlderCalls.Result.Refused;
import io.hourmeter.internal.Ticker;
import io.hourmeter.wire.AnswerJson;
import io.hourmeter.wire.BalanceJson;
import io.hourmeter.wire.Json;
import io.hourmeter.wire.JsonNumbers;
import java.math.BigDecimal;
import java.util.Map;
import java.util.function.Function;

/** The three calls of an older license server over HTTP. The key stands in the path, since it knows nothing else. */
final class OlderHttpCalls implements OlderCalls {

    private static final String LICENSE = "/api/licenses/" + ApiCall.LICENSE;

    private final Transport http;
    private final Answers answers;
    private final Deadline deadline;
    private final Ticker clock;

    OlderHttpCalls(Transport http, Answers answers, Deadline deadline, Ticker clock) {
        this.http = http;
        this.answers = answers;
        this.deadline = deadline;
        this.clock = clock;
    }

    @Override
    public Result validate(LicenseKey key) {
        ApiCall call = ApiCall.post(LICENSE + "/validate", Map.of()).repeatable(true);
        return result(call, key, body -> {
            JsonNode license = body.path("license");
            return done(license.isObject() ? license : body);
        });
    }

    @Override
    public Result hours(LicenseKey key) {
        return result(ApiCall.get(LICENSE + "/hours"), key, body -> {
            AnswerJson.millis(
                    "hours_remaining", Json.read(body, BalanceJson.class).remaining());
            return done(body);
        });
    }

    @Override
    public Result deduct(LicenseKey key, BigDecimal hours) {
        return result(ApiCall.post(LICENSE + "/usage", Map.of("hours", hours)), key, this::done);
    }

    @Override
    public long leftNanos() {
        return deadline.leftNanos();
    }

    @Override
    public boolean roomForMore() {
        return deadline.leaves(deadline.whole().toMillis() / 2);
    }

    private Result result(ApiCall call, LicenseKey key, Function<JsonNode, Result> reader) {
        Outcome outcome = http.exchange(call.of(key.text()), deadline);
        if (outcome instanceof Failure failure) {
            return new Failed(failure.message(), failure.cause(), failure.undone());
        }
        if (outcome instanceof Outcome.Refused refused) {
            return Answers.ofLicense(refused.code())
                    ? new Refused(refused.code())
                    : new Failed(String.valueOf(Answers.exception(refused).getMessage()), null, true);
        }
        try {
            return answers.read((Reply) outcome, reader);
        } catch (LicenseServerUnavailableException e) {
            return new Failed(String.valueOf(e.getMessage()), e, false);
        }
    }

    private Balance balance(JsonNode body) {
        return Json.read(body, BalanceJson.class).toBalance(clock.instant());
    }

    private Done done(JsonNode body) {
        return new Done(
                body.hasNonNull("hours_remaining") ? balance(body) : null,
                JsonNumbers.decimal(body.path("hours_deducted")));
    }
}
