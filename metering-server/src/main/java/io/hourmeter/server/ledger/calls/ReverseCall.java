package io.hourmeter.server.ledger.calls;

import io.hourmeter.Balance;
import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseRef;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.Reversal;
import io.hourmeter.server.ledger.rules.EntryKind;
import io.hourmeter.server.ledger.rules.ReversalRecord;
import io.hourmeter.server.ledger.store.Account;
import io.hourmeter.server.ledger.store.EntryRecord;
import io.hourmeter.server.ledger.store.LicenseNames;
import io.hourmeter.server.ledger.store.LoadRequest;
import io.hourmeter.server.ledger.store.UnitOfWork;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Notes what a refund or dispute takes of a purchase, and books the difference to what was reversed before. Safe to send
 * twice and out of order: a state that is not newer than the one noted changes nothing.
 */
public final class ReverseCall implements WriteCall<Balance> {

    private final LicenseRef license;
    private final Reversal reversal;
    private final String actor;

    public ReverseCall(LicenseRef license, Reversal reversal, String actor) {
        this.license = license;
        this.reversal = reversal;
        this.actor = actor;
    }

    @Override
    public void declare(LoadRequest needs) {
        needs.purchase(license, reversal.purchase());
    }

    @Override
    public Balance decide(UnitOfWork work) {
        Account account = work.require(license);
        String key = Objects.requireNonNull(work.stored(account, reversal.purchase()));
        EntryRecord purchase = account.entry(EntryKind.Call.CREDIT, key);
        if (purchase == null) {
            throw conflict("no purchase with the idempotency key '" + reversal.purchase() + "' on "
                    + LicenseNames.shown(license));
        }
        Map<String, ReversalRecord> before = account.reversals(key);
        for (ReversalRecord other : before.values()) {
            if (other.whole() != reversal.whole()) {
                throw conflict("whole was " + other.whole() + " for '" + reversal.purchase() + "' before, now "
                        + reversal.whole());
            }
        }
        ReversalRecord known = before.get(reversal.object());
        if (known != null && known.version() >= reversal.version()) {
            return account.license().balance();
        }
        ReversalRecord stated =
                new ReversalRecord(key, reversal.object(), reversal.version(), reversal.part(), reversal.whole());
        Map<String, ReversalRecord> after = new HashMap<>(before);
        after.put(stated.object(), stated);
        long difference = Math.subtractExact(
                ReversalRecord.reversedMillis(purchase.millis(), after, reversal.whole()),
                ReversalRecord.reversedMillis(purchase.millis(), before, reversal.whole()));
        account.put(stated);
        if (difference != 0) {
            account.post(
                    difference > 0 ? EntryKind.REVERSAL : EntryKind.REINSTATEMENT,
                    -difference,
                    EntryRecord.Cause.of(actor).withTexts(reversal.object(), reversal.reason()));
        }
        return account.license().balance();
    }

    private static LicenseRequestException conflict(String detail) {
        return new LicenseRequestException(ErrorCode.CONFLICT, detail);
    }

    @Override
    public String toString() {
        return "reverse " + reversal.object() + " of " + LicenseNames.shown(license) + " by " + actor;
    }
}
