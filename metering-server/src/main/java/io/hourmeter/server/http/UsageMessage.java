package io.hourmeter.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hourmeter.LicenseId;
import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageAnswers.Answer;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.UsageBatch;
import io.hourmeter.wire.Limits;
import io.hourmeter.wire.UsageJson;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The usage message on the wire. What is wrong about the message as a whole refuses it; what is wrong about one lease
 * makes that lease {@code INVALID} and leaves the others alone, since a node sends the leases of all customers together.
 */
final class UsageMessage {

    /** Any age is understood (the ledger says which is too late), as long as no sum can overflow: three centuries. */
    private static final long MAX_OFFSET_MILLIS = 10_000_000_000_000L;

    private static final Pattern LEASE =
            Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
    private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");

    private final UsageBatch batch;

    /** For each item as sent: null when it stands in the batch, else the lease id to answer INVALID for. */
    private final List<@Nullable String> rejected;

    private UsageMessage(UsageBatch batch, List<@Nullable String> rejected) {
        this.batch = batch;
        this.rejected = rejected;
    }

    /**
     * Reads a message.
     *
     * @throws ProblemException 400 when the message as a whole breaks a rule
     */
    static UsageMessage read(JsonFields fields) {
        String node = fields.visibleAscii("node", Limits.NODE);
        long gap = fields.whole("gap_ms", 0, Limits.GAP.toMillis());
        long lease = fields.whole("lease_ms", 1, Limits.AHEAD.toMillis());
        long grace = fields.whole("grace_ms", 0, Limits.AHEAD.toMillis());
        ArrayNode items = fields.array("items");
        Limits.items(items.size());
        List<UsageBatch.Item> good = new ArrayList<>(items.size());
        List<@Nullable String> rejected = new ArrayList<>(items.size());
        for (JsonNode item : items) {
            try {
                good.add(item(item));
                rejected.add(null);
            } catch (ProblemException e) {
                rejected.add(leaseIdOf(item));
            }
        }
        return new UsageMessage(new UsageBatch(node, gap, lease, grace, good), rejected);
    }

    /** What the ledger shall see. */
    UsageBatch batch() {
        return batch;
    }

    /** The ledger's answers with those for rejected items put back in their places. */
    UsageJson.Answers write(UsageAnswers answers) {
        Iterator<Answer> decided = answers.items().iterator();
        return UsageJson.Answers.of(rejected.stream()
                .map(lease -> lease == null ? decided.next() : new Answer(lease, null, State.INVALID, 0, false, 0, 0))
                .toList());
    }

    private static UsageBatch.Item item(JsonNode node) {
        if (!(node instanceof ObjectNode object)) {
            throw ProblemException.invalid("each entry of items must be a JSON object");
        }
        JsonFields fields = new JsonFields(object, KnownInputs.ANY);
        OptionalLong used = fields.optionalWhole("used_ms", 0, MAX_OFFSET_MILLIS);
        boolean byId = fields.optionalText("license", Limits.SESSION).isPresent();
        if (byId == fields.optionalText("key_sha256", Limits.SESSION).isPresent()) {
            throw ProblemException.invalid("each entry of items must have either key_sha256 or license");
        }
        return new UsageBatch.Item(
                matching(fields, "lease", LEASE),
                byId ? null : matching(fields, "key_sha256", SHA_256),
                byId ? id(fields) : null,
                session(fields, "scope"),
                session(fields, "session"),
                fields.whole("age_ms", 0, MAX_OFFSET_MILLIS),
                used.isPresent() ? (Long) used.getAsLong() : null,
                fields.flag("done", false),
                fields.whole("seq", 0, Long.MAX_VALUE),
                fields.flag("offline", false),
                fields.flag("bridge", true));
    }

    private static LicenseId id(JsonFields fields) {
        String text = fields.text("license", Limits.SESSION);
        if (!LicenseId.isId(text)) {
            throw ProblemException.invalid("license must be an id of the form lic_ and 8 to 64 letters or digits");
        }
        return new LicenseId(text);
    }

    private static String matching(JsonFields fields, String name, Pattern pattern) {
        String text = fields.text(name, Limits.SESSION);
        if (!pattern.matcher(text).matches()) {
            throw ProblemException.invalid(name + " must have the form " + pattern);
        }
        return text;
    }

    private static String session(JsonFields fields, String name) {
        String text = fields.optionalText(name, Limits.SESSION).orElse("");
        if (!text.isEmpty() && !Limits.isVisibleAscii(text, Limits.SESSION)) {
            throw ProblemException.invalid(name + " must be at most " + Limits.SESSION + " visible ASCII characters");
        }
        return text;
    }

    /** What of a rejected item its sender can recognise it by; the order of the answers does the rest. */
    private static String leaseIdOf(JsonNode item) {
        String text = item.path("lease").asText("");
        return LEASE.matcher(text).matches() ? text : "";
    }
}
