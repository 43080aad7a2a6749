package io.hourmeter.client;

import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageAnswers.Answer;
import io.hourmeter.UsageBatch;
import io.hourmeter.UsageBatch.Item;
import io.hourmeter.client.BasicAnswer.Refused;
import io.hourmeter.client.BasicAnswer.Standing;
import io.hourmeter.client.Outcome.Failure;
import io.hourmeter.client.Outcome.Reach;
import io.hourmeter.client.Outcome.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Usage messages: to a newer server as they are, to an older one in the simple way. Thread-safe.
 *
 * <p>A server is taken for an older one when {@code POST /api/usage} is not there and {@code validate} is. When it has been
 * upgraded, leases from before are settled in the simple way to their end, and their nodes open new ones: the new server
 * would charge the whole lease, of which a part has been deducted already.
 */
final class UsageCalls implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(UsageCalls.class);

    /** Has the shape of a key and belongs to nobody: asked about where no customer's key is at hand. */
    private static final LicenseKey NOBODY = LicenseKey.of("RL-00000000-00000000-00000000");

    private final Transport http;
    private final Generation generation;
    private final TokenAlarm alarm;
    private final ClientClock clock;
    private final BasicCalls basic;
    private final OlderServer older;

    UsageCalls(
            Transport http,
            Generation generation,
            LicenseLookup lookup,
            TokenAlarm alarm,
            ClientClock clock,
            Duration timeout) {
        this.http = http;
        this.generation = generation;
        this.alarm = alarm;
        this.clock = clock;
        this.basic = new BasicCalls(
                http,
                alarm,
                (key, deadline) -> generation.usage().present()
                        ? lookup.named(key, deadline).segment()
                        : key.text());
        this.older = new OlderServer(basic, clock, timeout);
    }

    UsageAnswers sync(UsageBatch batch, Deadline deadline) {
        // When the items are true, whatever is tried before they arrive.
        long trueAt = clock.millis();
        if (generation.usage().skip()) {
            return older.sync(batch, trueAt, deadline);
        }
        if (generation.usage().absent() && !upgraded(batch, deadline)) {
            return older.sync(batch, trueAt, deadline);
        }
        List<Item> leaving = batch.items().stream().filter(older::knows).toList();
        if (leaving.isEmpty()) {
            return send(batch, batch.items(), trueAt, deadline);
        }
        List<Item> rest =
                batch.items().stream().filter(item -> !leaving.contains(item)).toList();
        Iterator<Answer> left = leave(batch, leaving, trueAt, deadline).iterator();
        Iterator<Answer> sent = rest.isEmpty()
                ? List.<Answer>of().iterator()
                : send(batch, rest, trueAt, deadline).items().iterator();
        return new UsageAnswers(batch.items().stream()
                .map(item -> leaving.contains(item) ? left.next() : sent.next())
                .toList());
    }

    private List<Answer> leave(UsageBatch batch, List<Item> leaving, long trueAt, Deadline deadline) {
        try {
            return older.leave(batch, leaving, trueAt, deadline).items();
        } catch (LicenseServerUnavailableException e) {
            // The others' messages are worth sending all the same; these leases will be reported again.
            return leaving.stream().map(UsageWire::busy).toList();
        }
    }

    /** Whether the server honours idempotency keys, as every newer one does; asks it when that is not known. */
    boolean isCurrent(Deadline deadline) {
        Capability usage = generation.usage();
        if (!usage.present() && !usage.skip()) {
            upgraded(new UsageBatch("probe", 0, 0, 0, List.of()), deadline);
        }
        return usage.present();
    }

    /** Asks by an empty message whether the call is there now. */
    private boolean upgraded(UsageBatch batch, Deadline deadline) {
        Outcome outcome = post(batch, List.of(), clock.millis(), deadline);
        if (outcome instanceof Reply reply && reply.successful()) {
            generation.newer();
        } else if (Replies.noSuchCall(outcome) && generation.usage().absent()) {
            generation.older(Replies.status(outcome));
        }
        return generation.usage().present();
    }

    private Outcome post(UsageBatch batch, List<Item> items, long trueAt, Deadline deadline) {
        return http.exchange(
                ApiCall.postAnew("/api/usage", () -> UsageWire.message(batch, items, clock.millis() - trueAt))
                        .repeatable(true),
                deadline);
    }

    /** Sends items in messages of allowed size. After a message that failed the rest is left for the next time. */
    private UsageAnswers send(UsageBatch batch, List<Item> items, long trueAt, Deadline deadline) {
        List<Answer> answers = new ArrayList<>(items.size());
        int from = 0;
        do {
            List<Item> part = items.subList(from, Math.min(items.size(), from + UsageBatch.MAX_ITEMS));
            Outcome outcome = post(batch, part, trueAt, deadline);
            if (from == 0 && Replies.noSuchCall(outcome)) {
                return withoutUsage(batch, items, outcome, trueAt, deadline);
            }
            if (from > 0 && !(outcome instanceof Reply reply && reply.successful())) {
                items.subList(from, items.size()).forEach(item -> answers.add(UsageWire.busy(item)));
                break;
            }
            answers.addAll(read(outcome, part));
            from += part.size();
        } while (from < items.size());
        return new UsageAnswers(answers);
    }

    private List<Answer> read(Outcome outcome, List<Item> items) {
        Failure failure = tokenRefused(outcome);
        if (failure != null) {
            alarm.look(failure);
            throw Replies.unavailable(failure);
        }
        List<Answer> answers = Replies.read(Replies.successful(outcome), body -> UsageWire.answers(body, items));
        generation.newer();
        return answers;
    }

    private static @Nullable Failure tokenRefused(Outcome outcome) {
        if (outcome instanceof Reply reply) {
            String text = reply.call() + " answered " + reply.status() + " " + Refusals.detail(reply.body());
            Failure failure = new Failure(text, null, Reach.ANSWERED, reply.status());
            return failure.tokenRefused() ? failure : null;
        }
        Failure failure = (Failure) outcome;
        return failure.tokenRefused() ? failure : null;
    }

    /** {@code POST /api/usage} is not there: an older server, or none at all. */
    private UsageAnswers withoutUsage(
            UsageBatch batch, List<Item> items, Outcome outcome, long trueAt, Deadline deadline) {
        int status = Replies.status(outcome);
        if (!generation.usage().present() && validates(items, deadline)) {
            generation.older(status);
            return older.sync(batch, trueAt, deadline);
        }
        String text = "POST /api/usage at " + http.server() + " answered " + status
                + " and validate does not answer like an older license server; is license.server.url right?";
        if (items.isEmpty()) {
            LOG.warn("{}", text);
            return new UsageAnswers(List.of());
        }
        throw new LicenseServerUnavailableException(text, null);
    }

    /** Asks with the first key at hand, so that the answer is one about a real license where possible. */
    private boolean validates(List<Item> items, Deadline deadline) {
        LicenseKey key = NOBODY;
        for (Item item : items) {
            if (item.key() != null) {
                key = item.key();
                break;
            }
        }
        BasicAnswer answer = basic.validate(key, deadline);
        return answer instanceof Standing || answer instanceof Refused;
    }

    @Override
    public void close() {
        older.close();
    }
}
