package io.hourmeter.client;

import io.hourmeter.ErrorCode;
import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageAnswers.Answer;
import io.hourmeter.UsageBatch;
import io.hourmeter.UsageBatch.Item;
import io.hourmeter.client.Outcome.Refused;
import io.hourmeter.client.Outcome.Reply;
import io.hourmeter.internal.Ticker;
import io.hourmeter.wire.UsageJson;
import java.util.ArrayList;
import java.util.List;

/** Usage messages over HTTP. Thread-safe. */
final class UsageCalls {

    private final Transport http;
    private final Answers answers;
    private final Ticker clock;

    UsageCalls(Transport http, Answers answers, Ticker clock) {
        this.http = http;
        this.answers = answers;
        this.clock = clock;
    }

    /** Sends items in messages of allowed size. After a message that failed the rest is left for the next time. */
    UsageAnswers sync(UsageBatch batch, Deadline deadline) {
        // When the items are true, whatever is tried before they arrive.
        long trueAt = clock.millis();
        List<Item> items = batch.items();
        List<Answer> all = new ArrayList<>(items.size());
        int from = 0;
        do {
            List<Item> part = items.subList(from, Math.min(items.size(), from + UsageBatch.MAX_ITEMS));
            ApiCall call = ApiCall.postAnew(
                            "/api/usage", () -> UsageJson.Message.of(batch, part, clock.millis() - trueAt))
                    .repeatable(true);
            Outcome outcome = http.exchange(call, deadline);
            if (from > 0 && !(outcome instanceof Reply)) {
                items.subList(from, items.size()).forEach(item -> all.add(UsageJson.busy(item)));
                break;
            }
            if (outcome instanceof Refused refused) {
                throw refusal(call, refused);
            }
            all.addAll(answers.read(answers.successful(outcome), body -> UsageJson.Answers.read(body, part)));
            from += part.size();
        } while (from < items.size());
        return new UsageAnswers(all);
    }

    /** A message speaks of many licenses, so that a refusal of it says nothing about any. */
    private RuntimeException refusal(ApiCall call, Refused refused) {
        ErrorCode code = refused.code();
        if (code == ErrorCode.UNAUTHORIZED || code == ErrorCode.FORBIDDEN) {
            return answers.tokenRefused(refused);
        }
        return code == ErrorCode.INVALID_REQUEST || code == ErrorCode.TOO_LARGE
                ? Answers.exception(refused)
                : answers.outOfPlace(call, refused);
    }
}
