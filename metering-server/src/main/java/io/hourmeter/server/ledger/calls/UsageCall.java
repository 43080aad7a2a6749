package io.hourmeter.server.ledger.calls;

import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageAnswers.Answer;
import io.hourmeter.UsageBatch;
import io.hourmeter.server.ledger.rules.Bounds;
import io.hourmeter.server.ledger.rules.Debts;
import io.hourmeter.server.ledger.rules.LeaseMessage;
import io.hourmeter.server.ledger.rules.LeaseOutcome;
import io.hourmeter.server.ledger.rules.LeaseRules;
import io.hourmeter.server.ledger.store.Account;
import io.hourmeter.server.ledger.store.LicenseNames;
import io.hourmeter.server.ledger.store.LoadRequest;
import io.hourmeter.server.ledger.store.UnitOfWork;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Applies the items of one batch to their leases. Safe to send twice and out of order, by the lease rules. */
public final class UsageCall implements WriteCall<List<Answer>> {

    private final UsageBatch head;
    /** How long ago the message came. */
    private final LongSupplier waitedMillis;

    private final boolean owes;
    private List<UsageBatch.Item> items;
    private long agedMillis;
    /** Where the items' answers belong in the answer of the whole batch. */
    private final int[] places;

    /**
     * Items to be applied.
     *
     * @param waitedMillis how long ago the message came, at least 0, whenever it is asked. A lease is dated by its age,
     *     and the age was true when the message came, not when its turn does
     * @param owes whether what cannot be paid is owed
     */
    public UsageCall(UsageBatch batch, LongSupplier waitedMillis, boolean owes) {
        this(
                batch,
                waitedMillis,
                owes,
                batch.items(),
                0,
                IntStream.range(0, batch.items().size()).toArray());
    }

    private UsageCall(
            UsageBatch head,
            LongSupplier waitedMillis,
            boolean owes,
            List<UsageBatch.Item> items,
            long agedMillis,
            int[] places) {
        this.head = head;
        this.waitedMillis = waitedMillis;
        this.owes = owes;
        this.items = items;
        this.agedMillis = agedMillis;
        this.places = places;
    }

    @Override
    public void declare(LoadRequest needs) {
        age();
        for (UsageBatch.Item item : items) {
            String name = LicenseNames.of(item);
            if (name == null) {
                continue;
            }
            if (isText(item)) {
                needs.leases(name, new LeaseMessage(head, item));
            } else {
                needs.license(name);
            }
        }
    }

    /** Once for each try to commit: what is loaded has to fit what is decided. */
    private void age() {
        long waited = waitedMillis.getAsLong();
        long more = waited - agedMillis;
        agedMillis = waited;
        if (more != 0) {
            items = items.stream().map(item -> aged(item, more)).toList();
        }
    }

    private static UsageBatch.Item aged(UsageBatch.Item item, long millis) {
        boolean valid = item.ageMillis() >= 0 && item.ageMillis() <= Bounds.MAX_AGE_MILLIS;
        return valid ? copy(item, item.ageMillis() + millis, item.done()) : item;
    }

    @Override
    public List<Answer> decide(UnitOfWork work) {
        List<Answer> answers = new ArrayList<>(items.size());
        for (UsageBatch.Item item : items) {
            answers.add(decide(work, item));
        }
        return answers;
    }

    private Answer decide(UnitOfWork work, UsageBatch.Item item) {
        String name = LicenseNames.of(item);
        Account account = name == null ? null : work.ever(name);
        if (name == null) {
            return answer(item, UsageAnswers.State.INVALID);
        }
        if (account == null) {
            return LeaseRules.unknown(item);
        }
        if (!isText(item)) {
            return answer(item, UsageAnswers.State.INVALID);
        }
        boolean keyEnded = work.live(name) == null;
        if (keyEnded && account.state().lease(item.lease()) == null && !servedBeforeItsEnd(work, item, name)) {
            return LeaseRules.unknown(item);
        }
        LeaseOutcome outcome =
                LeaseRules.apply(account.state(), new LeaseMessage(head, keyEnded ? closing(item) : item));
        account.set(owes ? Debts.owe(account.state(), outcome.state(), item.scope()) : outcome.state());
        return keyEnded ? LeaseRules.unknown(item) : outcome.answer();
    }

    /** Use under the outage policy that began while the key was good, told only now. */
    private static boolean servedBeforeItsEnd(UnitOfWork work, UsageBatch.Item item, String name) {
        return item.offline()
                && item.usedMillis() != null
                && item.ageMillis() >= 0
                && work.stoodBefore(name, item.ageMillis());
    }

    private static boolean isText(UsageBatch.Item item) {
        return isText(item.lease()) && isText(item.scope()) && isText(item.session());
    }

    /** Whether a database keeps it unchanged: half a pair or a zero does not survive, and two texts would become one. */
    private static boolean isText(String value) {
        return value.indexOf(0) < 0 && StandardCharsets.UTF_16.newEncoder().canEncode(value);
    }

    /** Under a key that has ended, what was used still counts, and nothing more is granted. */
    private static UsageBatch.Item closing(UsageBatch.Item item) {
        return copy(item, item.ageMillis(), true);
    }

    private static UsageBatch.Item copy(UsageBatch.Item item, long ageMillis, boolean done) {
        return new UsageBatch.Item(
                item.lease(),
                item.keySha256(),
                item.license(),
                item.scope(),
                item.session(),
                ageMillis,
                item.usedMillis(),
                done,
                item.seq(),
                item.offline(),
                item.bridge());
    }

    @Override
    public int weight() {
        return Math.max(1, items.size());
    }

    /** One part for each key or id, so that a license whose items cannot be written keeps no other from being served. */
    @Override
    public List<WriteCall<List<Answer>>> parts() {
        Map<String, List<Integer>> byName = new LinkedHashMap<>();
        for (int i = 0; i < items.size(); i++) {
            String name = Objects.requireNonNullElse(LicenseNames.of(items.get(i)), "");
            byName.computeIfAbsent(name, any -> new ArrayList<>()).add(i);
        }
        return byName.values().stream().<WriteCall<List<Answer>>>map(this::part).toList();
    }

    private UsageCall part(List<Integer> indexes) {
        return new UsageCall(
                head,
                waitedMillis,
                owes,
                indexes.stream().map(items::get).toList(),
                agedMillis,
                indexes.stream().mapToInt(Integer::intValue).toArray());
    }

    @Override
    public List<Answer> join(List<WriteCall<List<Answer>>> parts, List<@Nullable List<Answer>> answers) {
        Answer[] all = new Answer[items.size()];
        for (int p = 0; p < parts.size(); p++) {
            UsageCall part = (UsageCall) parts.get(p);
            List<Answer> given = answers.get(p);
            for (int i = 0; i < part.items.size(); i++) {
                all[part.places[i]] = given == null ? answer(part.items.get(i), UsageAnswers.State.BUSY) : given.get(i);
            }
        }
        return List.of(all);
    }

    private static Answer answer(UsageBatch.Item item, UsageAnswers.State state) {
        return new Answer(item.lease(), null, state, 0, false, 0, 0);
    }

    @Override
    public String toString() {
        return "usage of node " + head.node() + ", " + items.size() + " leases";
    }
}
