package io.hourmeter.server.ledger.calls;

import io.hourmeter.License;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import io.hourmeter.server.ledger.store.Account;
import io.hourmeter.server.ledger.store.KeyRecord;
import io.hourmeter.server.ledger.store.LicenseNames;
import io.hourmeter.server.ledger.store.LoadRequest;
import io.hourmeter.server.ledger.store.UnitOfWork;
import java.time.Duration;
import java.time.Instant;

/** Gives a license a new key; the keys it has end after the grace, those that end sooner stay as they are. */
public final class RotateCall implements WriteCall<RotateCall.Rotated> {

    /** The new key, and when those before it end. */
    public record Rotated(LicenseKey key, License license, Instant oldEnds) {}

    private final LicenseRef license;
    private final Duration grace;
    private final String actor;
    private final KeyMaker keys;

    public RotateCall(LicenseRef license, Duration grace, String actor, KeyMaker keys) {
        this.license = license;
        this.grace = grace;
        this.actor = actor;
        this.keys = keys;
    }

    @Override
    public void declare(LoadRequest needs) {
        needs.keys(license);
    }

    @Override
    public Rotated decide(UnitOfWork work) {
        Account account = work.require(license);
        long ends = Math.addExact(account.storeNow(), grace.toMillis());
        for (KeyRecord old : account.keys()) {
            if (old.endsAt() == null || old.endsAt() > ends) {
                account.put(new KeyRecord(old.sha256(), old.masked(), old.createdAt(), ends));
                work.name(old.sha256(), account.id(), ends);
            }
        }
        LicenseKey key = keys.key();
        account.put(new KeyRecord(key.sha256(), key.masked(), account.now(), null));
        account.setMaskedKey(key.masked());
        account.note("key rotated, the keys before end " + Instant.ofEpochMilli(ends), actor);
        return new Rotated(key, account.license().toLicense(), Instant.ofEpochMilli(ends));
    }

    @Override
    public String toString() {
        return "rotate the key of " + LicenseNames.shown(license) + " by " + actor;
    }
}
