package io.hourmeter.usage.node;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.hourmeter.Billing;
import io.hourmeter.LicenseRef;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Use that is let in although metering failed: of licenses for which {@link Outage} would bridge an outage of the license
 * server, for as long, and out of the same grace. It is reported and charged like use in an outage. Owned by
 * {@link NodeCore}; pure like it.
 *
 * <p>One lease for each key or id at a time. Sessions, pending leases and the table of running requests have no part in it, since
 * one of them is what failed.
 */
final class FallbackLeases {

    private final Scopes scopes;
    private final SessionIds sessionIds;
    private final Map<KnownLicense, FallbackLease> open = new HashMap<>();

    /** A longer rest ends a lease: a pause inside of it counts as use, and its report is not to wait for ever. */
    private final long restNanos;

    FallbackLeases(Scopes scopes, SessionIds sessionIds) {
        this.scopes = scopes;
        this.sessionIds = sessionIds;
        NodeSettings settings = scopes.settings;
        restNanos = MILLISECONDS.toNanos(Math.min(settings.gapMillis(), settings.intervalMillis()));
    }

    /** Lets a request in and counts it; null when its license may not be served like this. */
    @Nullable FallbackLease enter(LicenseRef license, long now) {
        KnownLicense known = scopes.licenses.find(license);
        if (known == null || scopes.closed) {
            return null;
        }
        long until = scopes.outage.until(known, now, now);
        if (until <= now) {
            return null;
        }
        FallbackLease current = open.get(known);
        if (current != null && over(current, now)) {
            finish(current, now);
            current = null;
        }
        if (current == null) {
            current = begin(known, license, until, now);
        }
        current.running++;
        return current;
    }

    private FallbackLease begin(KnownLicense known, LicenseRef license, long until, long now) {
        Session session = known.session("");
        SessionId id = session != null ? session.id() : sessionIds.create(license);
        String scope = scopes.settings.billing() == Billing.LICENSE ? "" : id.toString();
        Lease lease = scopes.newLeaseWithoutSession(known, scope, id, now);
        scopes.outage.serve(lease, now, until);
        FallbackLease begun = new FallbackLease(lease, id.toString(), until, now);
        open.put(known, begun);
        return begun;
    }

    /** A request that was let in has ended. */
    void exit(FallbackLease fallback, long now) {
        fallback.running--;
        fallback.lastEnd = Math.max(fallback.lastEnd, now);
    }

    private boolean over(FallbackLease fallback, long now) {
        return now >= fallback.until() || (fallback.running == 0 && now - fallback.lastEnd > restNanos);
    }

    /** Time passes: reports what is over. */
    void tick(long now) {
        if (open.isEmpty()) {
            return;
        }
        List<FallbackLease> ended =
                open.values().stream().filter(each -> over(each, now)).toList();
        ended.forEach(each -> finish(each, now));
    }

    /** The node stops. */
    void finishAll(long now) {
        new ArrayList<>(open.values()).forEach(each -> finish(each, now));
    }

    private void finish(FallbackLease fallback, long now) {
        open.remove(fallback.license);
        scopes.finish(fallback.lease, fallback.usedMillis(now), now);
    }
}
