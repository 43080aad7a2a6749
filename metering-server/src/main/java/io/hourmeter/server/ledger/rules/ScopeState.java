package io.hourmeter.server.ledger.rules;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One scope: its break, and those of its leases that can matter now. Immutable, but for what is computed from it once
 * and kept; not to be shared between threads.
 */
public final class ScopeState {

    private final String scope;
    private final long breakMillis;
    private final Map<String, LeaseRow> leases;
    private @Nullable Coverage worst;
    private long actualMillis = -1;

    private ScopeState(String scope, long breakMillis, Map<String, LeaseRow> leases) {
        this.scope = scope;
        this.breakMillis = breakMillis;
        this.leases = leases;
    }

    static ScopeState empty(String scope) {
        return new ScopeState(scope, ScopeRow.NO_BREAK, Map.of());
    }

    /** A scope as it was loaded; the leases by id, in an order that stays. */
    public static ScopeState of(String scope, long breakMillis, Map<String, LeaseRow> leases) {
        return new ScopeState(scope, breakMillis, new LinkedHashMap<>(leases));
    }

    String scope() {
        return scope;
    }

    public long breakMillis() {
        return breakMillis;
    }

    public Collection<LeaseRow> leases() {
        return leases.values();
    }

    @Nullable LeaseRow lease(String id) {
        return leases.get(id);
    }

    ScopeState with(LeaseRow lease) {
        Map<String, LeaseRow> copy = new LinkedHashMap<>(leases);
        copy.put(lease.lease(), lease);
        return new ScopeState(scope, breakMillis, copy);
    }

    ScopeState withBreak(long newBreakMillis) {
        ScopeState copy = new ScopeState(scope, newBreakMillis, leases);
        // A lease's pause is judged by the break it was first seen with, so this changes no coverage.
        copy.worst = worst;
        copy.actualMillis = actualMillis;
        return copy;
    }

    /** Whether a lease in this scope may still be served. */
    boolean inUse() {
        for (LeaseRow lease : leases.values()) {
            if (lease.open() && lease.granted()) {
                return true;
            }
        }
        return false;
    }

    /** What was used, as far as reported. Counts from the earliest loaded lease, so only differences mean something. */
    public long actualMillis() {
        if (actualMillis < 0) {
            List<Coverage.Span> spans = new ArrayList<>(leases.size());
            for (LeaseRow lease : leases.values()) {
                if (lease.hasUse()) {
                    spans.add(lease.spanTo(lease.usedEndMillis()));
                }
            }
            actualMillis = Coverage.of(spans).measureMillis();
        }
        return actualMillis;
    }

    /** What will have been used at worst: every open lease through its authorization. */
    Coverage worst() {
        if (worst == null) {
            worst = Coverage.of(worstSpans(null));
        }
        return worst;
    }

    /** The worst case in which one lease is used exactly through that moment, whatever it is authorized for. */
    Coverage worstWith(LeaseRow lease, long endMillis) {
        List<Coverage.Span> spans = worstSpans(lease);
        spans.add(lease.spanTo(endMillis));
        return Coverage.of(spans);
    }

    /** The worst case if one lease is never used beyond what it has reported. */
    Coverage worstWithoutWindowOf(LeaseRow lease) {
        List<Coverage.Span> spans = worstSpans(lease);
        if (lease.hasUse()) {
            spans.add(lease.spanTo(lease.usedEndMillis()));
        }
        return Coverage.of(spans);
    }

    /** What its open leases may still use. Exact, although only some of the ended leases are loaded. */
    public long heldMillis() {
        return worst().measureMillis() - actualMillis();
    }

    private List<Coverage.Span> worstSpans(@Nullable LeaseRow except) {
        List<Coverage.Span> spans = new ArrayList<>(leases.size() + 1);
        for (LeaseRow lease : leases.values()) {
            if (except != null && except.lease().equals(lease.lease())) {
                continue;
            }
            if (lease.open() && (lease.granted() || lease.hasUse())) {
                spans.add(lease.spanTo(lease.reachMillis()));
            } else if (lease.hasUse()) {
                spans.add(lease.spanTo(lease.usedEndMillis()));
            }
        }
        return spans;
    }
}
