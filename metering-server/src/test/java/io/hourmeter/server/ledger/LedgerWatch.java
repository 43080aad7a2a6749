package io.hourmeter.server.ledger;

import io.hourmeter.LicenseStatus;
import io.hourmeter.UsageAnswers.Answer;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.UsageBatch;
import io.hourmeter.server.ledger.rules.Bounds;
import io.hourmeter.server.ledger.rules.ClockStep;
import io.hourmeter.server.ledger.rules.LeaseRow;
import io.hourmeter.server.ledger.rules.LicenseRow;
import io.hourmeter.server.ledger.rules.LicenseState;
import io.hourmeter.server.ledger.rules.ScopeRow;
import io.hourmeter.server.ledger.store.Account;
import io.hourmeter.server.ledger.store.UnitOfWork;
import io.hourmeter.server.simulation.Agenda;
import io.hourmeter.server.simulation.Items;
import io.hourmeter.server.simulation.Kind;
import io.hourmeter.server.simulation.Tally;
import io.hourmeter.server.simulation.Trace;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Looks on at every transaction of every server process: lets its rows become durable and checks at once what must hold
 * after each commit and with each answer. What it knows it took from the messages and the rows; of the rules it uses
 * nothing but the audit.
 */
final class LedgerWatch {

    /** The audit looks at all rows of a license, the rest only at what changed. */
    private static final int AUDIT_EACH = 64;

    /** So far a clock may be behind without being corrected. */
    private static final long TOLERATED = ClockStep.TOLERATED_MILLIS;

    /** What is known about a license over its transactions. */
    private static final class Known {
        final Map<String, Long> breaks = new HashMap<>();
        final CommitCheck totals;
        boolean late;
        int commits;
        /** Virtual time, the license's time, and the steps back of the store's clock at the last commit. */
        long at;

        long now;
        int steps;
        /** By how much the license's time lags behind, and how much of that a step back explains. */
        long lag;

        long allowed;

        Known(Tables.Stored license, long at) {
            this.totals = new CommitCheck(license);
            this.at = at;
            this.now = license.row().lastNowMillis();
        }
    }

    private final Tables tables;
    private final Agenda agenda;
    private final Tally tally;
    private final Trace trace;
    private final Map<Long, Known> known = new HashMap<>();
    private final List<Decision> decisions = new ArrayList<>();
    /** How often the store's clock went back, and how far the clocks of two servers differ. */
    int stepsBack;

    long serversDiffer;

    /** Whether what cannot be paid is owed. */
    boolean owes;

    LedgerWatch(Tables tables, Agenda agenda, Tally tally, Trace trace) {
        this.tables = tables;
        this.agenda = agenda;
        this.tally = tally;
        this.trace = trace;
    }

    void begin() {
        decisions.clear();
    }

    void decided(Decision decision) {
        decisions.add(decision);
    }

    /** Makes the work of a transaction durable, and checks it. */
    void committed(UnitOfWork work) {
        tally.count(Kind.COMMIT);
        for (Account account : work.changed()) {
            committed(account);
        }
    }

    private void committed(Account account) {
        Tables.Stored license = tables.byId(account.id());
        if (license == null) {
            throw new AssertionError("a license that nobody created");
        }
        Known about = known.computeIfAbsent(account.id(), id -> new Known(license, agenda.now()));
        MessageOracle oracle = new MessageOracle(license, about.breaks);
        for (Decision decision : decisions) {
            if (decision.license() == account.id()) {
                oracle.apply(decision);
            }
        }
        LicenseRow before = license.row();
        LicenseState.Changes changes = account.changes();
        Map<String, LeaseRow> old = new LinkedHashMap<>();
        for (LeaseRow row : changes.changed()) {
            old.put(row.lease(), license.leases.get(row.lease()));
        }
        tables.apply(account);
        say(license, changes, old);
        about.late |= oracle.late;
        about.totals.check(before, changes, old, account.posted(), about.late, oracle.late, owes);
        for (LeaseRow row : changes.changed()) {
            LeaseRow earlier = old.get(row.lease());
            boolean told = decisions.stream().anyMatch(one -> one.item().lease().equals(row.lease()));
            if (!told && earlier != null && row.usedMillis() > earlier.usedMillis()) {
                oracle.settled(row, earlier.usedMillis(), before.uncollectedMillis());
                tally.count(Kind.PAUSE_SETTLED);
            }
        }
        tally.count(Kind.PAUSE_SETTLED, oracle.check(before.uncollectedMillis()));
        timeGoesOn(about, license.row());
        about.commits++;
        if (about.commits % AUDIT_EACH == 0) {
            audit(license);
        }
        tally.count(Kind.CHECK);
        count(before, license.row(), changes, old);
    }

    private void count(LicenseRow before, LicenseRow after, LicenseState.Changes changes, Map<String, LeaseRow> old) {
        tally.count(Kind.LEASE, changes.added().size());
        if (after.uncollectedMillis() > before.uncollectedMillis()) {
            tally.count(Kind.UNCOLLECTED);
        }
        if (after.collectedMillis() > before.collectedMillis()) {
            tally.count(Kind.COLLECTED);
        }
        for (LeaseRow row : changes.changed()) {
            LeaseRow earlier = old.get(row.lease());
            if (earlier != null && row.lapsed() && !earlier.lapsed()) {
                tally.count(Kind.LAPSED);
            }
            if (earlier != null && row.offline() && !earlier.offline()) {
                tally.count(Kind.OFFLINE_LEASE);
            }
        }
        tally.count(
                Kind.OFFLINE_LEASE,
                changes.added().stream().filter(LeaseRow::offline).count());
    }

    /**
     * A license's time goes on, whatever the store's clock does. A step back costs what had passed since the last commit,
     * which nobody can know any more, and what is tolerated without a correction.
     */
    private void timeGoesOn(Known about, LicenseRow license) {
        long passed = agenda.now() - about.at;
        long noted = license.lastNowMillis() - about.now;
        int steps = stepsBack - about.steps;
        about.lag += passed - noted;
        if (about.lag > TOLERATED + serversDiffer + about.allowed + (steps > 0 ? passed : 0)) {
            throw new AssertionError(license.publicId() + ": time stands still, " + about.lag + " ms behind");
        }
        about.lag = Math.max(0, about.lag);
        if (steps > 0) {
            about.allowed = about.lag;
        }
        about.at = agenda.now();
        about.now = license.lastNowMillis();
        about.steps = stepsBack;
    }

    private static void audit(Tables.Stored license) {
        List<Difference> differences = new LicenseAudit(license.audit()).differences();
        if (!differences.isEmpty()) {
            throw new AssertionError("the audit finds " + differences);
        }
    }

    /** The answer to a message leaves the server: what it says must be durable by now. */
    void answered(UsageBatch batch, List<Answer> answers) {
        for (int i = 0; i < answers.size(); i++) {
            UsageBatch.Item item = batch.items().get(i);
            Answer answer = answers.get(i);
            Tables.Named named = tables.named(Items.credential(item));
            boolean decided = switch (answer.state()) {
                case UNKNOWN, INVALID, TOO_LATE, BUSY -> false;
                default -> true;
            };
            if (named == null || !decided) {
                continue;
            }
            LeaseRow row = named.license().leases.get(item.lease());
            if (row == null || row.seq() < item.seq() || (item.done() && !row.closed())) {
                throw new AssertionError("answered and not durable: " + item + ", " + row);
            }
            Long used = item.usedMillis();
            long most = row.authorizedMillis() + (item.offline() ? row.graceMillis() : 0);
            if (used != null && most > 0 && row.usedMillis() < Math.min(used, most)) {
                throw new AssertionError("acknowledged and lost: " + item + ", " + row);
            }
            if (answer.authorizedMillis() > row.authorizedMillis()) {
                throw new AssertionError("granted and not held: " + answer + ", " + row);
            }
            tally.count(Kind.CHECK);
        }
    }

    /**
     * An open is refused only for want of hours: nobody is told to wait for others when there are none, or that nothing is
     * left when something is. The pause before an open that does not fit is taken instead.
     */
    void wantOfHours(LicenseRow row, UsageBatch.Item item, Answer answer) {
        long remaining = row.remainingMillis();
        long negligible = Bounds.STANDARD.negligibleMillis();
        boolean alone =
                answer.state() == State.HELD && row.heldMillis() == 0 && remaining > item.ageMillis() + negligible;
        boolean left = answer.state() == State.EXHAUSTED && remaining > negligible;
        if (item.usedMillis() == null && (alone || left)) {
            throw new AssertionError("refused although hours are there: " + item + ", " + answer + " of " + row);
        }
    }

    /** After everything has become quiet. */
    void quiet() {
        for (Tables.Stored license : tables.all()) {
            audit(license);
            if (license.row().heldMillis() != 0) {
                throw new AssertionError("still held: " + license.row());
            }
        }
    }

    private void say(Tables.Stored license, LicenseState.Changes changes, Map<String, LeaseRow> old) {
        if (!trace.on()) {
            return;
        }
        LicenseRow row = license.row();
        String status = row.status() == LicenseStatus.ACTIVE ? "" : ", " + row.status();
        trace.say(
                "ledger",
                () -> row.publicId() + ": purchased " + row.purchasedMillis() + ", charged "
                        + row.chargedMillis() + ", held " + row.heldMillis() + ", uncollected "
                        + row.uncollectedMillis()
                        + ", owed " + row.owedMillis() + ", collected " + row.collectedMillis()
                        + ", now " + row.lastNowMillis() + status);
        List<LeaseRow> rows = new ArrayList<>(changes.added());
        rows.addAll(changes.changed());
        for (LeaseRow lease : rows) {
            LeaseRow earlier = old.get(lease.lease());
            trace.say(
                    "ledger",
                    () -> "   lease " + shortOf(lease.lease())
                            + (earlier == null ? " new from " + lease.fromMillis() : "")
                            + " used " + (earlier == null ? "" : earlier.usedMillis() + " -> ") + lease.usedMillis()
                            + " of " + lease.authorizedMillis() + (lease.offline() ? " offline" : "")
                            + (lease.closed() ? " closed" : "") + (lease.lapsed() ? " lapsed" : "") + ", seq "
                            + lease.seq()
                            + (lease.breakMillis() == ScopeRow.NO_BREAK ? "" : ", break " + lease.breakMillis()));
        }
    }

    /** The end of a lease's id tells it from the others of its moment. */
    static String shortOf(String lease) {
        return lease.substring(Math.max(0, lease.length() - 6));
    }
}
