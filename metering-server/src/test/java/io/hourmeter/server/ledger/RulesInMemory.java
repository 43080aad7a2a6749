package io.hourmeter.server.ledger;

import io.hourmeter.LicenseStatus;
import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageBatch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The production lease rules over maps, so that nodes can be simulated against them without a database. */
public final class RulesInMemory {

    private static final class Account {
        LicenseRow license;
        final Map<String, LeaseRow> leases = new LinkedHashMap<>();
        final Map<String, ScopeRow> breaks = new HashMap<>();

        Account(LicenseRow license) {
            this.license = license;
        }
    }

    private final Map<String, Account> accounts = new HashMap<>();

    /** Creates a license. */
    public void create(String keySha256, long millis, long now) {
        int id = accounts.size() + 1;
        LicenseRow fresh = LicenseRow.fresh(id, "lic_%08d".formatted(id), LicenseRow.NEVER, now);
        accounts.put(keySha256, new Account(fresh.plusCredited(millis)));
    }

    /** Adds time. */
    public void credit(String keySha256, long millis) {
        Account account = account(keySha256);
        account.license = account.license.plusCredited(millis);
    }

    /** Suspends or reactivates. */
    public void activate(String keySha256, boolean active) {
        Account account = account(keySha256);
        account.license = account.license.withStatus(active ? LicenseStatus.ACTIVE : LicenseStatus.SUSPENDED);
    }

    /** One message, in as many transactions as it has licenses; here simply one after the other. */
    public UsageAnswers sync(UsageBatch batch, long now) {
        List<UsageAnswers.Answer> answers = new ArrayList<>();
        for (UsageBatch.Item item : batch.items()) {
            Account account = accounts.get(item.keySha256());
            answers.add(
                    account == null ? LeaseRules.unknown(item) : apply(account, new LeaseMessage(batch, item), now));
        }
        return new UsageAnswers(answers);
    }

    /** What the reaper does. */
    public void reap(long now) {
        for (Account account : accounts.values()) {
            LicenseState before = load(account, now);
            save(account, LeaseRules.lapse(before).changesSince(before));
        }
    }

    private static UsageAnswers.Answer apply(Account account, LeaseMessage message, long now) {
        LicenseState before = load(account, now);
        LeaseOutcome outcome = LeaseRules.apply(LeaseRules.lapse(before), message);
        save(account, outcome.state().changesSince(before));
        return outcome.answer();
    }

    private static LicenseState load(Account account, long now) {
        LicenseRow license = ClockStep.of(account.license, now).license();
        return LicenseState.of(license, account.leases.values(), account.breaks.values());
    }

    private static void save(Account account, LicenseState.Changes changes) {
        account.license = changes.license();
        changes.added().forEach(row -> account.leases.put(row.lease(), row));
        changes.changed().forEach(row -> account.leases.put(row.lease(), row));
        changes.breaks().forEach(row -> account.breaks.put(row.scope(), row));
    }

    private Account account(String keySha256) {
        Account account = accounts.get(keySha256);
        if (account == null) {
            throw new IllegalArgumentException("no such license");
        }
        return account;
    }

    /** Whether a lease has arrived already. */
    public boolean knows(UsageBatch batch) {
        return batch.items().stream()
                .allMatch(item -> accounts.containsKey(item.keySha256())
                        && account(item.keySha256()).leases.containsKey(item.lease()));
    }

    public long charged(String keySha256) {
        return account(keySha256).license.chargedMillis();
    }

    public long held(String keySha256) {
        return account(keySha256).license.heldMillis();
    }

    public long uncollected(String keySha256) {
        return account(keySha256).license.uncollectedMillis();
    }

    public long remaining(String keySha256) {
        return account(keySha256).license.remainingMillis();
    }

    /** All rows of a license, for a failure message. */
    public String describe(String keySha256) {
        Account account = account(keySha256);
        StringBuilder text = new StringBuilder(account.license.toString());
        account.leases.values().forEach(row -> text.append('\n').append(row));
        return text.append('\n').append(account.breaks.values()).toString();
    }
}
