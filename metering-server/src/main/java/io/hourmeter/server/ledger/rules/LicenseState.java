package io.hourmeter.server.ledger.rules;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the lease rules decide on: a license, all its open leases, and of the scopes that a {@link LoadPlan} names the
 * ended leases near enough to matter. An immutable value; the present is {@code license().lastNowMillis()}.
 */
public final class LicenseState {

    private final LicenseRow license;
    private final Map<String, ScopeState> scopes;

    private LicenseState(LicenseRow license, Map<String, ScopeState> scopes) {
        this.license = license;
        this.scopes = scopes;
    }

    /**
     * Puts loaded rows together. A lease may be among them twice.
     *
     * @param license after its {@link ClockStep}
     * @param leases of this license
     * @param breaks of this license
     */
    public static LicenseState of(LicenseRow license, Collection<LeaseRow> leases, Collection<ScopeRow> breaks) {
        Map<String, Map<String, LeaseRow>> rows = new HashMap<>();
        for (LeaseRow lease : leases) {
            rows.computeIfAbsent(lease.scope(), scope -> new LinkedHashMap<>()).put(lease.lease(), lease);
        }
        Map<String, Long> moments = new HashMap<>();
        for (ScopeRow row : breaks) {
            moments.put(row.scope(), row.breakMillis());
            rows.computeIfAbsent(row.scope(), scope -> new LinkedHashMap<>());
        }
        Map<String, ScopeState> scopes = new HashMap<>();
        rows.forEach((scope, own) ->
                scopes.put(scope, ScopeState.of(scope, moments.getOrDefault(scope, ScopeRow.NO_BREAK), own)));
        return new LicenseState(license, scopes);
    }

    public LicenseRow license() {
        return license;
    }

    public long nowMillis() {
        return license.lastNowMillis();
    }

    public Collection<ScopeState> scopes() {
        return scopes.values();
    }

    public ScopeState scope(String scope) {
        return scopes.getOrDefault(scope, ScopeState.empty(scope));
    }

    /** The lease of that id, in whichever scope, or null. */
    public @Nullable LeaseRow lease(String id) {
        for (ScopeState scope : scopes.values()) {
            LeaseRow lease = scope.lease(id);
            if (lease != null) {
                return lease;
            }
        }
        return null;
    }

    public LicenseState with(LicenseRow changed) {
        return new LicenseState(changed, scopes);
    }

    public LicenseState with(ScopeState changed) {
        Map<String, ScopeState> copy = new HashMap<>(scopes);
        copy.put(changed.scope(), changed);
        return new LicenseState(license, copy);
    }

    /**
     * What has to be written to get from an earlier state to this one.
     *
     * @param before the state that was loaded, from which this one was made
     */
    public Changes changesSince(LicenseState before) {
        List<LeaseRow> added = new ArrayList<>();
        List<LeaseRow> changed = new ArrayList<>();
        List<ScopeRow> breaks = new ArrayList<>();
        for (ScopeState scope : scopes.values()) {
            ScopeState old = before.scope(scope.scope());
            if (old.breakMillis() != scope.breakMillis()) {
                breaks.add(new ScopeRow(scope.scope(), scope.breakMillis()));
            }
            for (LeaseRow lease : scope.leases()) {
                LeaseRow earlier = old.lease(lease.lease());
                if (earlier == null) {
                    added.add(lease);
                } else if (!earlier.equals(lease)) {
                    changed.add(lease);
                }
            }
        }
        return new Changes(license, !license.equals(before.license), added, changed, breaks);
    }

    /**
     * Rows to write.
     *
     * @param license the license's row
     * @param licenseChanged whether it differs from the one loaded
     * @param added leases seen for the first time
     * @param changed leases that were there
     * @param breaks breaks to insert or overwrite
     */
    public record Changes(
            LicenseRow license,
            boolean licenseChanged,
            List<LeaseRow> added,
            List<LeaseRow> changed,
            List<ScopeRow> breaks) {

        public Changes {
            added = List.copyOf(added);
            changed = List.copyOf(changed);
            breaks = List.copyOf(breaks);
        }
    }
}
