package io.hourmeter.server.ledger;

import io.hourmeter.LicenseRef;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Everything that the calls of one transaction must see, gathered so that the store can lock and load it at once. */
final class LoadRequest {

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
    record EntryKey(String license, String idempotencyKey) {}

    /** A license with its row locked. */
    void license(LicenseRef ref) {
        licenses.add(Names.of(ref));
    }

    void license(String name) {
        licenses.add(name);
    }

    void license(long id) {
        licenseIds.add(id);
    }

    /** Whatever calls with an idempotency key have done to a license. */
    void outcome(LicenseRef ref, @Nullable String idempotencyKey) {
        license(ref);
        if (idempotencyKey != null) {
            entries.add(new EntryKey(Names.of(ref), idempotencyKey));
            // Decides in which form entries keep the key, see UnitOfWork.stored.
            creation(idempotencyKey);
        }
    }

    /** The license that an idempotency key has created. */
    void creation(String idempotencyKey) {
        creations.add(SealedKey.lookup(idempotencyKey));
    }

    /** A purchase, and what refunds and disputes take of it. */
    void purchase(LicenseRef ref, String idempotencyKey) {
        outcome(ref, idempotencyKey);
        purchases.add(new EntryKey(Names.of(ref), idempotencyKey));
    }

    /** All keys of a license. */
    void keys(LicenseRef ref) {
        license(ref);
        keys.add(Names.of(ref));
    }

    /** All leases of a license that owe something. */
    void debts(LicenseRef ref) {
        license(ref);
        debts.add(Names.of(ref));
    }

    /** The leases of a message's license near enough to matter to it. */
    void leases(String license, LeaseMessage message) {
        license(license);
        messages.computeIfAbsent(license, name -> new ArrayList<>()).add(message);
    }

    Set<String> licenses() {
        return licenses;
    }

    /** In the order in which rows are locked. */
    Set<Long> licenseIds() {
        return licenseIds;
    }

    Set<EntryKey> entries() {
        return entries;
    }

    /** {@link SealedKey#lookup} of idempotency keys. */
    Set<String> creations() {
        return creations;
    }

    Set<EntryKey> purchases() {
        return purchases;
    }

    /** Names of licenses whose keys are needed. */
    Set<String> keys() {
        return keys;
    }

    /** Whether the leases of a license that owe something are needed, by whichever of its names. */
    boolean debts(UnitOfWork work, Account account) {
        return debts.stream().anyMatch(name -> account == work.ever(name));
    }

    /** Those about one license, by whichever of its keys they name it. */
    List<LeaseMessage> messages(UnitOfWork work, Account account) {
        List<LeaseMessage> about = new ArrayList<>();
        messages.forEach((name, some) -> {
            if (account == work.ever(name)) {
                about.addAll(some);
            }
        });
        return about;
    }
}
