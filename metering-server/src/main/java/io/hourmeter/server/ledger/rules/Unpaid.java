package io.hourmeter.server.ledger.rules;

/**
 * Use that could not be paid when it was reported, and what became of it, in milliseconds. Each amount is part of the one
 * before, and all only grow. An immutable value; rows of a damaged ledger may contradict themselves.
 *
 * @param uncollectedMillis all that was ever used and could not be paid then, late or offline
 * @param owedMillis how much of it is owed, see {@link Debts}
 * @param collectedMillis how much of that credits have paid since
 */
public record Unpaid(long uncollectedMillis, long owedMillis, long collectedMillis) {

    static final Unpaid NOTHING = new Unpaid(0, 0, 0);

    /** What the next credits are to pay first. */
    long debtMillis() {
        return owedMillis - collectedMillis;
    }

    Unpaid plusUncollected(long millis) {
        return new Unpaid(Math.addExact(uncollectedMillis, millis), owedMillis, collectedMillis);
    }

    Unpaid plusOwed(long millis) {
        return new Unpaid(uncollectedMillis, Math.addExact(owedMillis, millis), collectedMillis);
    }

    Unpaid plusCollected(long millis) {
        return new Unpaid(uncollectedMillis, owedMillis, Math.addExact(collectedMillis, millis));
    }
}
