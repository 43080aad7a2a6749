package io.hourmeter.server.ledger;

import io.hourmeter.Credited;
import io.hourmeter.LicenseRef;
import org.jspecify.annotations.Nullable;

/** Adds time. Safe to send twice with an idempotency key: the second time finds the entry of the first. */
final class CreditCall implements WriteCall<Credited> {

    /** Idempotency keys of payments begin so; what they name is a Checkout Session. */
    private static final String PAYMENT_KEY = "stripe:";

    private final LicenseRef license;
    private final long millis;
    private final @Nullable String idempotencyKey;
    private final String reference;
    private final String description;
    private final String actor;
    private final String inputHash;

    CreditCall(
            LicenseRef license,
            long millis,
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
        this.inputHash = InputHash.of("credit", millis, reference);
    }

    @Override
    public void declare(Needs needs) {
        needs.outcome(license, idempotencyKey);
    }

    @Override
    public Credited decide(WorkSet work) {
        Account account = work.require(license);
        EntryRecord earlier = account.earlier(idempotencyKey, inputHash);
        if (earlier != null) {
            return new Credited(earlier.millis(), earlier.balance(), true);
        }
        work.refuseKeyOfCreation(account, idempotencyKey);
        EntryRecord entry = account.post(kind(), millis, idempotencyKey, inputHash, reference, description, actor);
        return new Credited(entry.millis(), entry.balance(), false);
    }

    /** A credit that something outside caused is a purchase; one that refers to nothing is a grant. */
    private EntryKind kind() {
        boolean payment = idempotencyKey != null && idempotencyKey.startsWith(PAYMENT_KEY);
        return payment || !reference.isBlank() ? EntryKind.PURCHASE : EntryKind.GRANT;
    }

    @Override
    public String toString() {
        return "credit " + millis + " ms to " + Names.shown(license) + " by " + actor;
    }
}
