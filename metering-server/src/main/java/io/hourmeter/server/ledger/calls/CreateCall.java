package io.hourmeter.server.ledger.calls;

import io.hourmeter.CreatedLicense;
import io.hourmeter.LicenseKey;
import io.hourmeter.NewLicense;
import io.hourmeter.server.ledger.rules.EntryKind;
import io.hourmeter.server.ledger.rules.LicenseRow;
import io.hourmeter.server.ledger.store.Account;
import io.hourmeter.server.ledger.store.CreationRecord;
import io.hourmeter.server.ledger.store.EntryRecord;
import io.hourmeter.server.ledger.store.InputHash;
import io.hourmeter.server.ledger.store.KeyRecord;
import io.hourmeter.server.ledger.store.LicenseRecord;
import io.hourmeter.server.ledger.store.LoadRequest;
import io.hourmeter.server.ledger.store.SealedKey;
import io.hourmeter.server.ledger.store.UnitOfWork;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Creates a license. Safe to send twice: an idempotency key creates one license, whoever sends it. */
public final class CreateCall implements WriteCall<CreatedLicense> {

    private final NewLicense wanted;
    private final @Nullable String idempotencyKey;
    private final String actor;
    private final KeyMaker keys;
    private final @Nullable Duration defaultValidity;
    private final String inputHash;

    public CreateCall(
            NewLicense wanted,
            @Nullable String idempotencyKey,
            String actor,
            KeyMaker keys,
            @Nullable Duration defaultValidity) {
        this.wanted = wanted;
        this.idempotencyKey = idempotencyKey;
        this.actor = actor;
        this.keys = keys;
        this.defaultValidity = defaultValidity;
        this.inputHash = InputHash.of(
                "create",
                wanted.customer().email(),
                wanted.customer().company(),
                wanted.customer().name(),
                wanted.hours().toMillis(),
                wanted.type(),
                wanted.validFor(),
                wanted.expires());
    }

    @Override
    public void declare(LoadRequest needs) {
        if (idempotencyKey != null) {
            needs.creation(idempotencyKey);
        }
    }

    @Override
    public CreatedLicense decide(UnitOfWork work) {
        UnitOfWork.Created earlier = idempotencyKey == null ? null : work.creation(idempotencyKey);
        if (idempotencyKey != null && earlier != null) {
            return repeat(earlier, idempotencyKey);
        }
        long now = work.storeMillis();
        long expires = expiresMillis(now);
        LicenseKey key = keys.key();
        LicenseRow row = LicenseRow.fresh(work.nextLicenseId(), keys.publicId(), expires, now);
        Account account = Account.created(new LicenseRecord(row, key.masked(), wanted.customer(), wanted.type(), now));
        KeyRecord keyRecord = new KeyRecord(key.sha256(), key.masked(), now, null);
        account.put(keyRecord);
        account.note("created", actor);
        long millis = wanted.hours().toMillis();
        if (millis > 0) {
            // The idempotency key stays out of the entry: it opens the sealed license key.
            account.post(
                    EntryKind.GRANT, millis, EntryRecord.Cause.of(actor).withTexts("", "created with the license"));
        }
        if (idempotencyKey != null) {
            account.put(new CreationRecord(
                    SealedKey.lookup(idempotencyKey),
                    inputHash,
                    SealedKey.seal(key, idempotencyKey),
                    key.masked(),
                    millis,
                    expires));
        }
        work.create(account, keyRecord);
        return new CreatedLicense(key, account.license().toLicense(), wanted.customer(), false);
    }

    private CreatedLicense repeat(UnitOfWork.Created earlier, String key) {
        CreationRecord creation = earlier.creation();
        if (!creation.inputHash().equals(inputHash)) {
            throw Account.mismatch();
        }
        return new CreatedLicense(
                SealedKey.open(creation.sealedKey(), key),
                creation.firstAnswer(earlier.account().license()),
                wanted.customer(),
                true);
    }

    private long expiresMillis(long now) {
        Instant expires = wanted.expires();
        if (expires != null) {
            return expires.toEpochMilli();
        }
        Duration validFor = wanted.validFor() == null ? defaultValidity : wanted.validFor();
        return validFor == null ? LicenseRow.NEVER : Math.addExact(now, validFor.toMillis());
    }

    @Override
    public String toString() {
        return "create a license by " + actor;
    }
}
