package io.hourmeter.tests.simulation;

import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageBatch;
import java.util.stream.Collectors;

/** Messages as a person reads them. */
final class TraceText {

    private TraceText() {}

    static String of(UsageBatch batch) {
        return batch.items().isEmpty()
                ? "a sign of life"
                : batch.items().stream().map(TraceText::of).collect(Collectors.joining("; "));
    }

    private static String of(UsageBatch.Item item) {
        return "lease " + shortOf(item.lease()) + (item.scope().isEmpty() ? "" : " of session " + shortOf(item.scope()))
                + " #" + item.seq() + " age " + item.ageMillis()
                + (item.usedMillis() == null ? " not used" : " used " + item.usedMillis())
                + (item.done() ? " done" : "") + (item.offline() ? " offline" : "")
                + (item.bridge() ? "" : " no bridge");
    }

    static String of(UsageAnswers answers) {
        return answers.items().stream()
                .map(answer -> "lease " + shortOf(answer.lease()) + " " + answer.state() + " through "
                        + answer.authorizedMillis() + (answer.last() ? " final" : "") + ", left "
                        + answer.remainingMillis())
                .collect(Collectors.joining("; "));
    }

    /** The end of an id tells it from others of its moment. */
    static String shortOf(String id) {
        return id.substring(Math.max(0, id.length() - 6));
    }
}
