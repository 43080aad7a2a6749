package io.hourmeter.wire;

import com.fasterxml.jackson.databind.JsonNode;
import io.hourmeter.Hours;
import io.hourmeter.LicenseId;
import io.hourmeter.UsageAnswers.Answer;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.UsageBatch;
import io.hourmeter.UsageBatch.Item;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The JSON of {@code POST /api/usage}: what a node sends, and what it believes of the answer. */
public final class UsageWire {

    /** No license server authorizes further ahead of now than this. */
    private static final long MAX_AHEAD_MILLIS = TimeUnit.HOURS.toMillis(24);

    /** What the answer may add to that for its way: the server counts from when the message reached it. */
    private static final long TRANSIT_MILLIS = TimeUnit.MINUTES.toMillis(10);

    /** A balance beyond a billion hours is none. */
    private static final long MOST_MILLIS = 1_000_000_000L * Hours.MILLIS_PER_HOUR;

    private static final long MAX_RETRY_AFTER_MILLIS = TimeUnit.HOURS.toMillis(24);

    private UsageWire() {}

    /**
     * The message. License keys stay here: a license is named by the hash of its key, or by its id.
     *
     * @param sinceMillis how long ago the items were true. The server dates a lease by its age, so a try that comes late
     *     has to say an age that is greater by as much, or the lease would be billed beside the time of its use
     */
    public static Map<String, Object> message(UsageBatch batch, List<Item> items, long sinceMillis) {
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("node", batch.node());
        message.put("gap_ms", batch.gapMillis());
        message.put("lease_ms", batch.leaseMillis());
        message.put("grace_ms", batch.graceMillis());
        message.put("items", items.stream().map(item -> item(item, sinceMillis)).toList());
        return message;
    }

    private static Map<String, @Nullable Object> item(Item item, long sinceMillis) {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        members.put("lease", item.lease());
        if (item.license() instanceof LicenseId id) {
            members.put("license", id.value());
        } else {
            members.put("key_sha256", item.keySha256());
        }
        members.put("scope", item.scope());
        members.put("session", item.session());
        members.put("age_ms", item.ageMillis() + sinceMillis);
        members.put("used_ms", item.usedMillis());
        members.put("done", item.done());
        members.put("seq", item.seq());
        members.put("offline", item.offline());
        members.put("bridge", item.bridge());
        return members;
    }

    /**
     * One answer for each item, in the order of the items, matched by lease; {@code BUSY} for those that the server left
     * out, and for a state that only a newer version knows.
     *
     * @throws MalformedAnswerException when no item is answered, or any answer is not plausible: then none is believed
     */
    public static List<Answer> answers(JsonNode body, List<Item> items) {
        JsonNode array = body.path("items");
        if (!array.isArray()) {
            throw new MalformedAnswerException("the answer has no items");
        }
        Map<String, Deque<JsonNode>> byLease = new HashMap<>();
        for (JsonNode node : array) {
            byLease.computeIfAbsent(WireReader.text(node, "lease"), lease -> new ArrayDeque<>())
                    .add(node);
        }
        if (!items.isEmpty() && items.stream().noneMatch(item -> byLease.containsKey(item.lease()))) {
            throw new MalformedAnswerException("the answer has none of the leases that were reported");
        }
        List<Answer> answers = new ArrayList<>(items.size());
        for (Item item : items) {
            Deque<JsonNode> found = byLease.get(item.lease());
            JsonNode node = found == null ? null : found.poll();
            answers.add(node == null ? busy(item) : answer(node, item));
        }
        return answers;
    }

    /** Not decided; ask again. */
    public static Answer busy(Item item) {
        return new Answer(item.lease(), null, State.BUSY, 0, false, 0, 0);
    }

    private static Answer answer(JsonNode node, Item item) {
        State state = state(WireReader.text(node, "state"));
        long authorized = optionalWhole(node, "authorized_ms");
        long most = item.ageMillis() + MAX_AHEAD_MILLIS + TRANSIT_MILLIS;
        if (authorized < 0 || authorized > most) {
            throw new MalformedAnswerException("the answer's authorized_ms of " + authorized + " is not between 0 and "
                    + most + ", a day after the lease's age");
        }
        long remaining = optionalWhole(node, "remaining_ms");
        if (Math.abs(remaining) > MOST_MILLIS) {
            throw new MalformedAnswerException("the answer's remaining_ms of " + remaining + " is not plausible");
        }
        long retryAfter = optionalWhole(node, "retry_after_ms");
        return new Answer(
                item.lease(),
                WireReader.id(WireReader.optionalText(node, "license")),
                state,
                authorized,
                node.path("final").asBoolean(false),
                remaining,
                Math.min(Math.max(0, retryAfter), MAX_RETRY_AFTER_MILLIS));
    }

    private static State state(String text) {
        for (State state : State.values()) {
            if (state.name().equals(text)) {
                return state;
            }
        }
        return State.BUSY;
    }

    private static long optionalWhole(JsonNode node, String name) {
        JsonNode value = node.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return 0;
        }
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw new MalformedAnswerException("the answer's " + name + " is not a whole number");
        }
        return value.longValue();
    }
}
