package io.hourmeter.server.ledger.calls;

import io.hourmeter.Debited;
import io.hourmeter.ErrorCode;
import io.hourmeter.Hours;
import io.hourmeter.LicenseRef;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.server.ledger.rules.EntryKind;
import io.hourmeter.server.ledger.rules.LicenseRow;
import io.hourmeter.server.ledger.store.Account;
import io.hourmeter.server.ledger.store.EntryRecord;
import io.hourmeter.server.ledger.store.InputHash;
import io.hourmeter.server.ledger.store.LicenseNames;
import io.hourmeter.server.ledger.store.LoadRequest;
import io.hourmeter.server.ledger.store.UnitOfWork;
import org.jspecify.annotations.Nullable;

/**
 * Deducts time outside any session: at most what is available. Safe to send twice with an idempotency key: the second
 * time finds the entry of the first.
 */
public final class DebitCall implements WriteCall<Debited> {

    private final LicenseRef license;
    private final long millis;
    private final @Nullable String idempotencyKey;
    private final String actor;
    private final String inputHash;

    public DebitCall(LicenseRef license, long millis, @Nullable String idempotencyKey, String actor) {
        this.license = license;
        this.millis = millis;
        this.idempotencyKey = idempotencyKey;
        this.actor = actor;
        this.inputHash = InputHash.of("debit", millis);
    }

    @Override
    public void declare(LoadRequest needs) {
        needs.outcome(license, idempotencyKey);
    }

    @Override
    public Debited decide(UnitOfWork work) {
        Account account = work.require(license);
        String key = work.stored(account, idempotencyKey);
        EntryRecord earlier = account.repeated(EntryKind.Call.DEBIT, key, inputHash);
        if (earlier != null) {
            return new Debited(-earlier.millis(), earlier.balance(), true);
        }
        LicenseRow row = account.row();
        long taken = Math.min(millis, row.availableMillis());
        if (taken == 0) {
            throw new LicenseRequestException(
                    ErrorCode.HOURS_EXHAUSTED,
                    "no hours available on " + LicenseNames.shown(license) + ": remaining "
                            + Hours.format(row.remainingMillis()) + ", held by running sessions "
                            + Hours.format(row.heldMillis()));
        }
        EntryRecord entry = account.post(
                EntryKind.DEBIT, -taken, EntryRecord.Cause.of(actor).withKey(key, inputHash));
        return new Debited(taken, entry.balance(), false);
    }

    @Override
    public String toString() {
        return "debit " + millis + " ms from " + LicenseNames.shown(license) + " by " + actor;
    }
}
