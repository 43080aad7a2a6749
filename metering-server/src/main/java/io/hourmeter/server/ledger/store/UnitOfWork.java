package io.hourmeter.server.ledger.store;

import io.hourmeter.LicenseRef;
import io.hourmeter.server.ledger.rules.ClockStep;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The licenses of one transaction. The store fills it, calls read and change it, the store writes it back. */
public final class UnitOfWork {

    private final long storeMillis;
    private final boolean dateUncertain;
    private final LongSupplier licenseIds;
    private final Map<String, Named> names = new HashMap<>();
    private final Map<Long, Account> accounts = new TreeMap<>();
    private final Map<String, Created> creations = new HashMap<>();
    private long rebasedMillis;
    private boolean probe;

    private record Named(Account account, @Nullable Long keyEndsAt) {}

    /** A license and how it came to be. */
    public record Created(Account account, CreationRecord creation) {}

    /**
     * An empty set.
     *
     * @param storeMillis the store's clock, milliseconds since 1970
     * @param dateUncertain whether that clock is in doubt, see {@link ClockWatch}
     * @param licenseIds numbers for new licenses
     */
    public UnitOfWork(long storeMillis, boolean dateUncertain, LongSupplier licenseIds) {
        this.storeMillis = storeMillis;
        this.dateUncertain = dateUncertain;
        this.licenseIds = licenseIds;
    }

    /** Notes a locked license under its number. */
    public Account add(LicenseRecord license) {
        return accounts.computeIfAbsent(license.row().id(), id -> {
            ClockStep step = ClockStep.of(license.row(), storeMillis);
            rebasedMillis = Math.max(rebasedMillis, step.rebasedMillis());
            return Account.loaded(license, step.license());
        });
    }

    /** Notes that a name stands for a license; {@code keyEndsAt} is null for ids and for keys that do not end. */
    public void name(String name, long licenseId, @Nullable Long keyEndsAt) {
        names.put(name, new Named(byId(licenseId), keyEndsAt));
    }

    public void add(Account account, CreationRecord creation) {
        creations.put(creation.lookup(), new Created(account, creation));
    }

    public long storeMillis() {
        return storeMillis;
    }

    public boolean dateUncertain() {
        return dateUncertain;
    }

    /** The license of that number, which must have been loaded. */
    public Account byId(long licenseId) {
        Account account = accounts.get(licenseId);
        if (account == null) {
            throw new IllegalStateException("license row " + licenseId + " was not loaded");
        }
        return account;
    }

    @Nullable Account find(long licenseId) {
        return accounts.get(licenseId);
    }

    /**
     * The license that a key or id names now.
     *
     * @throws io.hourmeter.LicenseRequestException if there is none, or the key has ended
     */
    public Account require(LicenseRef ref) {
        Account account = live(LicenseNames.of(ref));
        if (account == null) {
            throw LicenseNames.notFound(ref);
        }
        return account;
    }

    /** The license that a name stands for now; null when there is none or the key has ended. */
    public @Nullable Account live(String name) {
        Named named = names.get(name);
        boolean ended =
                named != null && named.keyEndsAt() != null && named.account().storeNow() >= named.keyEndsAt();
        return named == null || ended ? null : named.account();
    }

    /** Whether a name stood for its license that long ago. */
    public boolean stoodBefore(String name, long agoMillis) {
        Named named = names.get(name);
        return named != null
                && (named.keyEndsAt() == null || named.account().storeNow() - agoMillis < named.keyEndsAt());
    }

    /** The license that a name stands for or once stood for. */
    public @Nullable Account ever(String name) {
        Named named = names.get(name);
        return named == null ? null : named.account();
    }

    public @Nullable Created creation(String idempotencyKey) {
        return creations.get(SealedKey.lookup(idempotencyKey));
    }

    /**
     * An idempotency key as the license's entries keep it: as it is, but for the one that created the license. That one
     * opens the sealed license key ({@link SealedKey}), so the ledger never contains it, and its hash stands in its place.
     */
    public @Nullable String stored(Account account, @Nullable String idempotencyKey) {
        if (idempotencyKey == null) {
            return null;
        }
        String lookup = SealedKey.lookup(idempotencyKey);
        Created created = creations.get(lookup);
        boolean createdThis = created != null && created.account().id() == account.id();
        return createdThis ? "sha256:" + lookup : idempotencyKey;
    }

    /** How far the store's clock was found behind a license's, 0 as a rule. */
    public long rebasedMillis() {
        return rebasedMillis;
    }

    public long nextLicenseId() {
        return licenseIds.getAsLong();
    }

    /** Adds a license that this transaction creates. */
    public void create(Account account, KeyRecord key) {
        accounts.put(account.id(), account);
        names.put(key.sha256(), new Named(account, null));
        names.put(account.row().publicId(), new Named(account, null));
        CreationRecord creation = account.creation();
        if (creation != null) {
            add(account, creation);
        }
    }

    /** All licenses loaded or created, in the order of their numbers. */
    public Collection<Account> accounts() {
        return accounts.values();
    }

    /** Asks for one row to be written even if no license changes. */
    public void probe() {
        probe = true;
    }

    public boolean probed() {
        return probe;
    }

    /** Whether there is anything to be written. */
    public boolean written() {
        return probe || accounts.values().stream().anyMatch(Account::changed);
    }

    /** Those that have changed, in the order of their numbers. */
    public Collection<Account> changed() {
        return accounts.values().stream().filter(Account::changed).toList();
    }
}
