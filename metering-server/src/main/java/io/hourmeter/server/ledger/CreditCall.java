package io.hourmeter.server.ledger;

import io.hourmeter.CreditKind;
import io.hourmeter.Credited;
import io.hourmeter.LicenseRef;
import org.jspecify.annotations.Nullable;

/** Adds time. Safe to send twice with an idempotency key: the second time finds the entry of the first. */
final class CreditCall implements WriteCall<Credited> {

    /** Idempotency keys of payments begin so; what they name is a Checkout Session. */
    private static final String PAYMENT_KEY = "stripe:";

    private final LicenseRef license;
    private final long millis;
    private final CreditKind kind;
    private final @Nullable String idempotencyKey;
    private final String reference;
    private final String description;
    private final String actor;
    private final String inputHash;

    /**
     * Hours to add.
     *
     * @param kind null for the default: a purchase under a payment's idempotency key, else a grant
     */
    CreditCall(
            LicenseRef license,
            long millis,
            @Nullable CreditKind kind,
            @Nullable String idempotencyKey,
            String reference,
            String description,
            String actor) {
        this.license = license;
        this.millis = millis;
        this.idempotencyKey = idempotencyKey;
        this.reference = reference;
        this.description = description;
        this.actor = actor;
        boolean payment = idempotencyKey != null && idempotencyKey.startsWith(PAYMENT_KEY);
        CreditKind usual = payment ? CreditKind.PURCHASE : CreditKind.GRANT;
        this.kind = kind == null ? usual : kind;
        // The usual kind stays out, so that what was first called without a kind, or before there were kinds, repeats.
        this.inputHash = this.kind == usual
                ? InputHash.of("credit", millis, reference)
                : InputHash.of("credit", millis, reference, this.kind);
    }

    @Override
    public void declare(Needs needs) {
        needs.outcome(license, idempotencyKey);
    }

    @Override
    public Credited decide(WorkSet work) {
        Account account = work.require(license);
        String key = work.stored(account, idempotencyKey);
        EntryRecord earlier = account.repeated(EntryKind.Call.CREDIT, key, inputHash);
        if (earlier != null) {
            return new Credited(earlier.millis(), earlier.balance(), true);
        }
        EntryRecord entry = account.post(EntryKind.of(kind), millis, key, inputHash, reference, description, actor);
        return new Credited(entry.millis(), entry.balance(), false);
    }

    @Override
    public String toString() {
        return "credit " + millis + " ms to " + Names.shown(license) + " by " + actor;
    }
}
