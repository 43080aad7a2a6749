package io.hourmeter.server.ledger;

import io.hourmeter.UsageAnswers.State;
import io.hourmeter.UsageBatch;
import io.hourmeter.server.ledger.rules.LeaseRow;
import io.hourmeter.server.ledger.rules.ScopeRow;
import io.hourmeter.server.ledger.store.KeyRecord;
import io.hourmeter.server.simulation.Items;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the messages of a transaction must have made of the leases of one license, said once more from the protocol's
 * text: where a new lease begins, through where it was used, whether it is closed, and which pause is never filled.
 */
final class MessageOracle {

    /** A lease as it must be. */
    private static final class Expected {
        long from;
        long gap;
        long brk;
        long used = -1;
        long authorized;
        long grace;
        boolean closed;
        long seq = -1;
        boolean fresh;
    }

    /** An open that was refused: the pause before it may have been settled. */
    private record RefusedOpen(String lease, long from, long gap, long brk) {}

    private final Tables.Stored license;
    private final Map<String, Long> breaks;
    private final Map<String, Expected> leases = new HashMap<>();
    private final Map<String, List<RefusedOpen>> refused = new HashMap<>();
    /** Whether use was settled for which nothing was held. */
    boolean late;

    /**
     * Before a transaction is applied.
     *
     * @param breaks the breaks that are known so far, by scope; updated
     */
    MessageOracle(Tables.Stored license, Map<String, Long> breaks) {
        this.license = license;
        this.breaks = breaks;
    }

    /** The next message of the transaction. */
    void apply(Decision decision) {
        UsageBatch.Item item = decision.item();
        State state = decision.answer().state();
        if (state == State.INVALID || state == State.TOO_LATE) {
            return;
        }
        Expected lease = leases.get(item.lease());
        if (lease == null) {
            lease = known(item.lease());
            if (lease == null) {
                if (state == State.UNKNOWN && !servedUnderAGoodKey(decision)) {
                    return;
                }
                lease = first(decision);
            }
            leases.put(item.lease(), lease);
        }
        boolean news = lease.fresh && lease.seq == -1 || item.seq() > lease.seq;
        lease.seq = Math.max(lease.seq, item.seq());
        report(lease, decision);
        if (decision.answer().authorizedMillis() > 0) {
            lease.authorized = decision.answer().authorizedMillis();
        }
        if (news && decision.opens() && decision.refused()) {
            breaks.merge(item.scope(), decision.now(), Math::max);
            refused.computeIfAbsent(item.scope(), scope -> new ArrayList<>())
                    .add(new RefusedOpen(item.lease(), lease.from, lease.gap, lease.brk));
        }
    }

    /** Offline use under a key that has ended counts if it began before. */
    private boolean servedUnderAGoodKey(Decision decision) {
        UsageBatch.Item item = decision.item();
        KeyRecord key = license.keys.get(Items.credential(item));
        Long ends = key == null ? null : key.endsAt();
        boolean good = key != null && (ends == null || decision.storeNow() - item.ageMillis() < ends);
        return good && item.offline() && item.usedMillis() != null;
    }

    private @Nullable Expected known(String id) {
        LeaseRow row = license.leases.get(id);
        if (row == null) {
            return null;
        }
        Expected lease = new Expected();
        lease.from = row.fromMillis();
        lease.gap = row.gapMillis();
        lease.brk = row.breakMillis();
        lease.used = row.usedMillis();
        lease.authorized = row.authorizedMillis();
        lease.grace = row.graceMillis();
        lease.closed = row.closed();
        lease.seq = row.seq();
        return lease;
    }

    private Expected first(Decision decision) {
        UsageBatch.Item item = decision.item();
        Expected lease = new Expected();
        lease.fresh = true;
        lease.from = decision.now() - item.ageMillis();
        lease.gap = decision.batch().gapMillis();
        lease.grace = decision.batch().graceMillis();
        if (!item.bridge()) {
            breaks.merge(item.scope(), lease.from - 1, Math::max);
        }
        lease.brk = breaks.getOrDefault(item.scope(), Long.MIN_VALUE);
        return lease;
    }

    private void report(Expected lease, Decision decision) {
        UsageBatch.Item item = decision.item();
        Long used = item.usedMillis();
        long grace = item.offline() ? lease.grace : 0;
        if (used != null && lease.authorized + grace > 0) {
            long accepted = Math.min(used, lease.authorized + grace);
            LeaseRow row = license.leases.get(item.lease());
            // A lease that is overdue lapses before anything is decided.
            boolean lapsed = row != null
                    && (row.lapsed() || row.authorizedEndMillis() + LeaseRow.LAPSE_AFTER_MILLIS < decision.now());
            boolean onTime = !item.offline() && !lease.closed && !lapsed;
            late |= accepted > lease.used && !onTime;
            lease.used = Math.max(lease.used, accepted);
        }
        lease.closed |= item.done();
    }

    /** After the transaction was applied. Returns how many pauses were settled. */
    int check(long uncollectedBefore) {
        int settled = 0;
        for (Map.Entry<String, Expected> entry : leases.entrySet()) {
            LeaseRow row = license.leases.get(entry.getKey());
            Expected lease = entry.getValue();
            if (row == null) {
                throw fault("lease " + entry.getKey() + " was answered and is not there");
            }
            if (lease.fresh) {
                same(row, "from", row.fromMillis(), lease.from);
                same(row, "gap", row.gapMillis(), lease.gap);
                same(row, "break", row.breakMillis(), lease.brk);
            }
            same(row, "seq", row.seq(), lease.seq);
            if (row.closed() != lease.closed) {
                throw fault(row + ": closed should be " + lease.closed);
            }
            if (row.usedMillis() < lease.used) {
                throw fault(row + ": used should be at least " + lease.used);
            }
        }
        for (LeaseRow row : license.leases.values()) {
            Expected lease = leases.get(row.lease());
            if (lease != null && row.usedMillis() > lease.used) {
                settled(row, lease.used, uncollectedBefore);
                settled++;
            }
        }
        refused.keySet().forEach(this::checkBreak);
        leases.keySet().forEach(id -> checkBreak(license.leases.get(id).scope()));
        return settled;
    }

    private void checkBreak(String scope) {
        ScopeRow row = license.breaks.get(scope);
        long is = row == null ? Long.MIN_VALUE : row.breakMillis();
        long should = breaks.getOrDefault(scope, Long.MIN_VALUE);
        if (is != should) {
            throw fault("the break of scope '" + scope + "' is " + is + ", should be " + should);
        }
    }

    /** A lease grew without its node saying so: only a pause before an open that was refused does that. */
    void settled(LeaseRow row, long usedBefore, long uncollectedBefore) {
        long before = row.fromMillis() + usedBefore;
        long end = row.usedEndMillis();
        boolean pause = usedBefore >= 0
                && refused.getOrDefault(row.scope(), List.of()).stream()
                        .anyMatch(open -> !open.lease.equals(row.lease())
                                && end <= open.from
                                && before >= open.from - open.gap
                                && before > open.brk);
        if (!pause) {
            throw fault(row + ": used was " + usedBefore + ", and nobody said that it grew");
        }
        if (!late && license.row().uncollectedMillis() != uncollectedBefore) {
            throw fault(row + ": a settled pause was not paid in full");
        }
    }

    private void same(LeaseRow row, String what, long is, long should) {
        if (is != should) {
            throw fault(row + ": " + what + " is " + is + ", should be " + should);
        }
    }

    private AssertionError fault(String text) {
        return new AssertionError(license.row().publicId() + ": " + text);
    }
}
