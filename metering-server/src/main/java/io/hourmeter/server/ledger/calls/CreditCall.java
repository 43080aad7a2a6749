package io.hourmeter.server.ledger.calls;

import io.hourmeter.CreditKind;
import io.hourmeter.Credited;
import io.hourmeter.LicenseRef;
import io.hourmeter.server.ledger.rules.Debts;
import io.hourmeter.server.ledger.rules.EntryKind;
import io.hourmeter.server.ledger.store.Account;
import io.hourmeter.server.ledger.store.EntryRecord;
import io.hourmeter.server.ledger.store.InputHash;
import io.hourmeter.server.ledger.store.LicenseNames;
import io.hourmeter.server.ledger.store.LoadRequest;
import io.hourmeter.server.ledger.store.UnitOfWork;
import org.jspecify.annotations.Nullable;

/**
 * Adds time, and pays with it what is owed. Safe to send twice with an idempotency key: the second time finds the entries
 * of the first.
 */
public final class CreditCall implements WriteCall<Credited> {

    /** Idempotency keys of payments begin so; what they name is a Checkout Session. */
    private static final String PAYMENT_KEY = "stripe:";

    private static final String COLLECTED = "owed for use while the license server could not be reached";

    private final LicenseRef license;
    private final long millis;
    private final CreditKind kind;
    private final @Nullable String idempotencyKey;
    private final String reference;
    private final String description;
    private final String actor;
    private final String inputHash;
    private final boolean owes;

    /**
     * Hours to add.
     *
     * @param kind null for the default: a purchase under a payment's idempotency key, else a grant
     * @param owes whether what is owed is collected
     */
    public CreditCall(
            LicenseRef license,
            long millis,
            @Nullable CreditKind kind,
            @Nullable String idempotencyKey,
            String reference,
            String description,
            String actor,
            boolean owes) {
        this.license = license;
        this.millis = millis;
        this.idempotencyKey = idempotencyKey;
        this.reference = reference;
        this.description = description;
        this.actor = actor;
        this.owes = owes;
        boolean payment = idempotencyKey != null && idempotencyKey.startsWith(PAYMENT_KEY);
        CreditKind usual = payment ? CreditKind.PURCHASE : CreditKind.GRANT;
        this.kind = kind == null ? usual : kind;
        // The usual kind stays out, so that what was first called without a kind, or before there were kinds, repeats.
        this.inputHash = this.kind == usual
                ? InputHash.of("credit", millis, reference)
                : InputHash.of("credit", millis, reference, this.kind);
    }

    @Override
    public void declare(LoadRequest needs) {
        needs.outcome(license, idempotencyKey);
        if (owes) {
            needs.debts(license);
        }
    }

    @Override
    public Credited decide(UnitOfWork work) {
        Account account = work.require(license);
        String key = work.stored(account, idempotencyKey);
        EntryRecord earlier = account.repeated(EntryKind.Call.CREDIT, key, inputHash);
        if (earlier != null) {
            return answer(earlier, key == null ? null : account.entry(EntryKind.Call.COLLECT, key), true);
        }
        EntryRecord.Cause cause =
                EntryRecord.Cause.of(actor).withKey(key, inputHash).withTexts(reference, description);
        EntryRecord entry = account.post(EntryKind.of(kind), millis, cause);
        return answer(entry, collect(account, key), false);
    }

    /** Pays what is owed, as far as the credit goes; null when nothing is. */
    private @Nullable EntryRecord collect(Account account, @Nullable String key) {
        long due = owes ? Debts.payableMillis(account.row(), millis) : 0;
        if (due == 0) {
            return null;
        }
        account.set(Debts.collect(account.state(), due));
        EntryRecord.Cause cause =
                EntryRecord.Cause.of(actor).withKey(key, inputHash).withTexts("", COLLECTED);
        return account.post(EntryKind.COLLECTION, -due, cause);
    }

    private static Credited answer(EntryRecord credit, @Nullable EntryRecord collection, boolean repeated) {
        return collection == null
                ? new Credited(credit.millis(), credit.balance(), repeated)
                : new Credited(credit.millis(), collection.balance(), repeated, -collection.millis());
    }

    @Override
    public String toString() {
        return "credit " + millis + " ms to " + LicenseNames.shown(license) + " by " + actor;
    }
}
