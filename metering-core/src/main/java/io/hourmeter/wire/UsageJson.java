package io.hourmeter.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import io.hourmeter.Hours;
import io.hourmeter.LicenseId;
import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.UsageBatch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** {@code POST /api/usage}: what a node sends, and what it believes of the answer. */
public final class UsageJson {

    /** No license server authorizes further ahead of now than this. */
    private static final long MAX_AHEAD_MILLIS = Limits.AHEAD.toMillis();

    /** What the answer may add to that for its way: the server counts from when the message reached it. */
    private static final long TRANSIT_MILLIS = TimeUnit.MINUTES.toMillis(10);

    /** A balance beyond a billion hours is none. */
    private static final long MOST_MILLIS = 1_000_000_000L * Hours.MILLIS_PER_HOUR;

    private static final long MAX_RETRY_AFTER_MILLIS = TimeUnit.HOURS.toMillis(24);

    private UsageJson() {}

    /** The message. */
    public record Message(
            @JsonProperty("node") String node,
            @JsonProperty("gap_ms") long gap,
            @JsonProperty("lease_ms") long lease,
            @JsonProperty("grace_ms") long grace,
            @JsonProperty("items") List<Item> items) {

        /**
         * What is sent of some items. License keys stay here: a license is named by the hash of its key, or by its id.
         *
         * @param batch they are of
         * @param items some of its items
         * @param sinceMillis how long ago the items were true. The server dates a lease by its age, so a try that comes late
         *     has to say an age that is greater by as much, or the lease would be billed beside the time of its use
         * @return the message
         */
        public static Message of(UsageBatch batch, List<UsageBatch.Item> items, long sinceMillis) {
            return new Message(
                    batch.node(),
                    batch.gapMillis(),
                    batch.leaseMillis(),
                    batch.graceMillis(),
                    items.stream().map(item -> Item.of(item, sinceMillis)).toList());
        }
    }

    /** One lease; see {@link UsageBatch.Item}. */
    record Item(
            @JsonProperty("lease") String lease,

            @JsonProperty("license") @JsonInclude(Include.NON_NULL) @Nullable String license,

            @JsonProperty("key_sha256") @JsonInclude(Include.NON_NULL) @Nullable String keySha256,

            @JsonProperty("scope") String scope,
            @JsonProperty("session") String session,
            @JsonProperty("age_ms") long age,
            @JsonProperty("used_ms") @Nullable Long used,
            @JsonProperty("done") boolean done,
            @JsonProperty("seq") long seq,
            @JsonProperty("offline") boolean offline,
            @JsonProperty("bridge") boolean bridge) {

        private static Item of(UsageBatch.Item item, long sinceMillis) {
            return new Item(
                    item.lease(),
                    item.license() instanceof LicenseId id ? id.value() : null,
                    item.keySha256(),
                    item.scope(),
                    item.session(),
                    item.ageMillis() + sinceMillis,
                    item.usedMillis(),
                    item.done(),
                    item.seq(),
                    item.offline(),
                    item.bridge());
        }
    }

    /** The answer. */
    public record Answers(@JsonProperty("items") @Nullable List<Answer> items) {

        /**
         * What is sent of answers.
         *
         * @param answers one for each item, in order
         * @return the message
         */
        public static Answers of(List<UsageAnswers.Answer> answers) {
            return new Answers(answers.stream().map(Answer::of).toList());
        }

        /**
         * What is received: one answer for each item, in the order of the items, matched by lease; {@code BUSY} for those
         * that the server left out, and for a state that only a newer version knows.
         *
         * @param body of the answer
         * @param items that were sent
         * @return the answers
         * @throws MalformedAnswerException when no item is answered, or any answer is not plausible: then none is believed
         */
        public static List<UsageAnswers.Answer> read(JsonNode body, List<UsageBatch.Item> items) {
            List<Answer> given = Json.read(body, Answers.class).items;
            if (given == null) {
                throw new MalformedAnswerException("the answer has no items");
            }
            Map<String, Deque<Answer>> byLease = new HashMap<>();
            for (Answer answer : given) {
                byLease.computeIfAbsent(text("lease", answer.lease), lease -> new ArrayDeque<>())
                        .add(answer);
            }
            if (!items.isEmpty() && items.stream().noneMatch(item -> byLease.containsKey(item.lease()))) {
                throw new MalformedAnswerException("the answer has none of the leases that were reported");
            }
            List<UsageAnswers.Answer> answers = new ArrayList<>(items.size());
            for (UsageBatch.Item item : items) {
                Deque<Answer> found = byLease.get(item.lease());
                Answer answer = found == null ? null : found.poll();
                answers.add(answer == null ? busy(item) : answer.read(item));
            }
            return answers;
        }
    }

    /** One lease; see {@link UsageAnswers.Answer}. */
    record Answer(
            @JsonProperty("lease") @Nullable String lease,
            @JsonProperty("license") @Nullable String license,
            @JsonProperty("state") @Nullable String state,
            @JsonProperty("authorized_ms") @Nullable Long authorized,
            @JsonProperty("final") @Nullable Boolean last,
            @JsonProperty("remaining_ms") @Nullable Long remaining,
            @JsonProperty("retry_after_ms") @Nullable Long retryAfter) {

        private static Answer of(UsageAnswers.Answer answer) {
            return new Answer(
                    answer.lease(),
                    answer.license() == null ? null : answer.license().value(),
                    answer.state().name(),
                    answer.authorizedMillis(),
                    answer.last(),
                    answer.remainingMillis(),
                    answer.retryAfterMillis());
        }

        private UsageAnswers.Answer read(UsageBatch.Item item) {
            long authorizedMillis = orNone(authorized);
            long most = item.ageMillis() + MAX_AHEAD_MILLIS + TRANSIT_MILLIS;
            if (authorizedMillis < 0 || authorizedMillis > most) {
                throw new MalformedAnswerException("the answer's authorized_ms of " + authorizedMillis
                        + " is not between 0 and " + most + ", a day after the lease's age");
            }
            long remainingMillis = orNone(remaining);
            if (Math.abs(remainingMillis) > MOST_MILLIS) {
                throw new MalformedAnswerException(
                        "the answer's remaining_ms of " + remainingMillis + " is not plausible");
            }
            return new UsageAnswers.Answer(
                    item.lease(),
                    license == null || !LicenseId.isId(license) ? null : new LicenseId(license),
                    known(text("state", state)),
                    authorizedMillis,
                    last != null && last,
                    remainingMillis,
                    Math.min(Math.max(0, orNone(retryAfter)), MAX_RETRY_AFTER_MILLIS));
        }

        private static long orNone(@Nullable Long millis) {
            return millis == null ? 0 : millis;
        }

        private static State known(String text) {
            for (State state : State.values()) {
                if (state.name().equals(text)) {
                    return state;
                }
            }
            return State.BUSY;
        }
    }

    /**
     * Not decided; ask again.
     *
     * @param item that was not answered
     * @return its answer
     */
    public static UsageAnswers.Answer busy(UsageBatch.Item item) {
        return new UsageAnswers.Answer(item.lease(), null, State.BUSY, 0, false, 0, 0);
    }

    private static String text(String name, @Nullable String text) {
        if (text == null) {
            throw new MalformedAnswerException("the answer's " + name + " is not a text");
        }
        return text;
    }
}
