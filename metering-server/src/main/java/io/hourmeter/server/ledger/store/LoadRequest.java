package io.hourmeter.server.ledger.store;

import io.hourmeter.LicenseRef;
import io.hourmeter.server.ledger.rules.LeaseMessage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Everything that the calls of one transaction must see, gathered so that the store can lock and load it at once. */
public final class LoadRequest {

    private final Set<String> licenses = new LinkedHashSet<>();
    private final Set<Long> licenseIds = new TreeSet<>();
    private final Set<EntryKey> entries = new LinkedHashSet<>();
    private final Set<String> creations = new LinkedHashSet<>();
    private final Set<EntryKey> purchases = new LinkedHashSet<>();
    private final Set<String> keys = new LinkedHashSet<>();
    private final Set<String> debts = new LinkedHashSet<>();
    /** By the name of their license. */
    private final Map<String, List<LeaseMessage>> messages = new LinkedHashMap<>();

    /** An entry by the name of its license and its idempotency key. */
    public record EntryKey(String license, String idempotencyKey) {}

    /** A license with its row locked. */
    public void license(LicenseRef ref) {
        licenses.add(LicenseNames.of(ref));
    }

    public void license(String name) {
        licenses.add(name);
    }

    public void license(long id) {
        licenseIds.add(id);
    }

    /** Whatever calls with an idempotency key have done to a license. */
    public void outcome(LicenseRef ref, @Nullable String idempotencyKey) {
        license(ref);
        if (idempotencyKey != null) {
            entries.add(new EntryKey(LicenseNames.of(ref), idempotencyKey));
            // Decides in which form entries keep the key, see UnitOfWork.stored.
            creation(idempotencyKey);
        }
    }

    /** The license that an idempotency key has created. */
    public void creation(String idempotencyKey) {
        creations.add(SealedKey.lookup(idempotencyKey));
    }

    /** A purchase, and what refunds and disputes take of it. */
    public void purchase(LicenseRef ref, String idempotencyKey) {
        outcome(ref, idempotencyKey);
        purchases.add(new EntryKey(LicenseNames.of(ref), idempotencyKey));
    }

    /** All keys of a license. */
    public void keys(LicenseRef ref) {
        license(ref);
        keys.add(LicenseNames.of(ref));
    }

    /** All leases of a license that owe something. */
    public void debts(LicenseRef ref) {
        license(ref);
        debts.add(LicenseNames.of(ref));
    }

    /** The leases of a message's license near enough to matter to it. */
    public void leases(String license, LeaseMessage message) {
        license(license);
        messages.computeIfAbsent(license, name -> new ArrayList<>()).add(message);
    }

    public Set<String> licenses() {
        return licenses;
    }

    /** In the order in which rows are locked. */
    public Set<Long> licenseIds() {
        return licenseIds;
    }

    public Set<EntryKey> entries() {
        return entries;
    }

    /** {@link SealedKey#lookup} of idempotency keys. */
    public Set<String> creations() {
        return creations;
    }

    public Set<EntryKey> purchases() {
        return purchases;
    }

    /** Names of licenses whose keys are needed. */
    public Set<String> keys() {
        return keys;
    }

    /** Whether the leases of a license that owe something are needed, by whichever of its names. */
    public boolean debts(UnitOfWork work, Account account) {
        return debts.stream().anyMatch(name -> account == work.ever(name));
    }

    /** Those about one license, by whichever of its keys they name it. */
    public List<LeaseMessage> messages(UnitOfWork work, Account account) {
        List<LeaseMessage> about = new ArrayList<>();
        messages.forEach((name, some) -> {
            if (account == work.ever(name)) {
                about.addAll(some);
            }
        });
        return about;
    }
}
