package io.hourmeter.server.ledger;

import io.hourmeter.UsageAnswers.Answer;
import io.hourmeter.UsageBatch;
import io.hourmeter.server.ledger.calls.UsageCall;
import io.hourmeter.server.ledger.calls.WriteCall;
import io.hourmeter.server.ledger.rules.LeaseMessage;
import io.hourmeter.server.ledger.rules.LeaseOutcome;
import io.hourmeter.server.ledger.rules.LeaseRules;
import io.hourmeter.server.ledger.rules.RulesEngine;
import io.hourmeter.server.ledger.store.Account;
import io.hourmeter.server.ledger.store.LoadRequest;
import io.hourmeter.server.ledger.store.UnitOfWork;
import io.hourmeter.server.simulation.Items;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The production call for a message of a node, with somebody looking on; or one with a rule taken out. */
final class WatchedUsage implements WriteCall<List<Answer>> {

    private final UsageBatch told;
    private final LongSupplier waitedMillis;
    private final boolean owes;
    private final UsageCall call;
    /** As it counts at the moment of the transaction: older by what the message waited for its turn. */
    private UsageBatch batch;

    private final LedgerWatch watch;
    private final @Nullable RulesEngine mutant;

    WatchedUsage(
            UsageBatch told, LongSupplier waitedMillis, boolean owes, LedgerWatch watch, @Nullable RulesEngine mutant) {
        this.told = told;
        this.batch = told;
        this.waitedMillis = waitedMillis;
        this.owes = owes;
        this.call = new UsageCall(told, waitedMillis, owes);
        this.watch = watch;
        this.mutant = mutant;
    }

    @Override
    public void declare(LoadRequest needs) {
        call.declare(needs);
        long waited = waitedMillis.getAsLong();
        batch = new UsageBatch(
                told.node(),
                told.gapMillis(),
                told.leaseMillis(),
                told.graceMillis(),
                told.items().stream()
                        .map(item -> Items.withAge(item, item.ageMillis() + waited))
                        .toList());
    }

    @Override
    public List<Answer> decide(UnitOfWork work) {
        UsageBatch.Item asked = batch.items().get(batch.items().size() - 1);
        Account asking = work.ever(Items.credential(asked));
        boolean first = asking != null && asking.state().lease(asked.lease()) == null;
        List<Answer> answers = mutant == null ? call.decide(work) : mutated(work, mutant);
        for (int i = 0; i < answers.size(); i++) {
            UsageBatch.Item item = batch.items().get(i);
            Account account = work.ever(Items.credential(item));
            if (account != null) {
                boolean keyEnded = work.live(Items.credential(item)) == null;
                watch.decided(new Decision(
                        account.id(),
                        batch,
                        keyEnded ? closing(item) : item,
                        answers.get(i),
                        account.now(),
                        account.storeNow()));
            }
        }
        if (first) {
            watch.wantOfHours(asking.row(), asked, answers.get(answers.size() - 1));
        }
        return answers;
    }

    private List<Answer> mutated(UnitOfWork work, RulesEngine rules) {
        List<Answer> answers = new ArrayList<>();
        for (UsageBatch.Item item : batch.items()) {
            Account account = work.ever(Items.credential(item));
            if (account == null) {
                answers.add(LeaseRules.unknown(item));
                continue;
            }
            if (work.live(Items.credential(item)) == null) {
                // What an ended key may still do is not a rule of leases.
                UsageBatch alone = new UsageBatch(
                        batch.node(), batch.gapMillis(), batch.leaseMillis(), batch.graceMillis(), List.of(item));
                answers.addAll(new UsageCall(alone, () -> 0, owes).decide(work));
                continue;
            }
            LeaseMessage message = new LeaseMessage(batch, item);
            LeaseOutcome outcome = rules.apply(account.state(), message);
            account.set(owes ? rules.owe(account.state(), outcome.state(), message) : outcome.state());
            answers.add(outcome.answer());
        }
        return answers;
    }

    static UsageBatch.Item closing(UsageBatch.Item item) {
        return Items.withDone(item, true);
    }

    @Override
    public int weight() {
        return call.weight();
    }
}
