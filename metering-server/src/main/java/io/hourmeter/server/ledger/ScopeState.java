package io.hourmeter.server.ledger;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One scope: its break, and those of its leases that can matter now. Immutable. */
final class ScopeState {

    private final String scope;
    private final long breakMillis;
    private final Map<String, LeaseRow> leases;

    private ScopeState(String scope, long breakMillis, Map<String, LeaseRow> leases) {
        this.scope = scope;
        this.breakMillis = breakMillis;
        this.leases = leases;
    }

    static ScopeState empty(String scope) {
        return new ScopeState(scope, ScopeRow.NO_BREAK, Map.of());
    }

    String scope() {
        return scope;
    }

    long breakMillis() {
        return breakMillis;
    }

    Collection<LeaseRow> leases() {
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
        return new ScopeState(scope, newBreakMillis, leases);
    }
}
