package io.hourmeter.tests.simulation;

import io.hourmeter.LicenseId;
import io.hourmeter.OutagePolicy;
import io.hourmeter.UsageAnswers.Answer;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.server.ledger.SimulatedLedger;
import io.hourmeter.server.simulation.Tally;
import io.hourmeter.usage.node.NodeSettings;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What is true about one process: its scopes, and what the server has told it about each license. */
final class ProcessTruth {

    private static final long DAY = 24L * 3_600_000 * SimNode.MILLI;

    /** What the answers say about one license. */
    private static final class LicenseSnapshot {
        boolean good;
        long goodAt;
        /** Since when it is served beyond the server's word; {@link Long#MAX_VALUE}: it is not. */
        long beyondSince = Long.MAX_VALUE;
    }

    final String name;
    final long gapNanos;
    final Map<String, ScopeTruth> scopes = new LinkedHashMap<>();
    private final Map<LicenseId, LicenseSnapshot> snapshots = new HashMap<>();
    private final Map<String, Long> firstOk = new HashMap<>();
    private final OutagePolicy policy;
    private final long graceNanos;
    private final long leaseNanos;

    /** When the process ended; of what a crash leaves, everything before {@code safeUntil} must be there. */
    long endedAt = Long.MAX_VALUE;

    long safeUntil = Long.MAX_VALUE;
    /** What a crash may cost a scope; 0 when there was none, or its journal did not work. */
    long allowedLossMillis;

    ProcessTruth(String name, NodeSettings settings) {
        this.name = name;
        this.gapNanos = settings.gapMillis() * SimNode.MILLI;
        this.policy = settings.policy();
        this.leaseNanos = settings.leaseMillis() * SimNode.MILLI;
        this.graceNanos = settings.graceMillis() * SimNode.MILLI;
    }

    ScopeTruth scope(LicenseId license, String credential, String scope) {
        return scopes.computeIfAbsent(credential + scope, any -> new ScopeTruth(this, license, credential, scope));
    }

    /** The same scope under other credentials of the license. A session belongs to one, whoever brings its id. */
    List<ScopeTruth> beside(ScopeTruth scope) {
        return scopes.values().stream()
                .filter(other -> other != scope && other.license.equals(scope.license))
                .filter(other -> other.scope.isEmpty() && scope.scope.isEmpty())
                .toList();
    }

    /** Whether the server had said OK to this credential before a moment, so that its license was known here. */
    boolean knew(String credential, long at) {
        return firstOk.getOrDefault(credential, Long.MAX_VALUE) < at;
    }

    private LicenseSnapshot snapshot(LicenseId license) {
        return snapshots.computeIfAbsent(license, id -> new LicenseSnapshot());
    }

    /** An answer about a lease that was wanted arrived. */
    void answered(
            ScopeTruth scope, ScopeTruth.LeaseTruth lease, boolean wanted, boolean pending, Answer answer, long now) {
        if (answer.state() == State.BUSY) {
            return;
        }
        LicenseSnapshot snapshot = snapshot(scope.license);
        if (answer.state() == State.UNKNOWN) {
            // That the key has ended says nothing about the license, which may have another.
            scope.keyUnknown = wanted || scope.keyUnknown;
        } else if (answer.state() == State.OK && wanted) {
            scope.keyUnknown = false;
            firstOk.putIfAbsent(scope.credential, now);
            snapshot.good = !answer.last();
            snapshot.goodAt = now;
            snapshot.beyondSince = Long.MAX_VALUE;
        } else if (wanted && answer.state() != State.CLOSED && answer.state() != State.LAPSED) {
            snapshot.good = false;
        }
        // A process never takes more than it asked for.
        long until = Math.min(lease.start + answer.authorizedMillis() * SimNode.MILLI, now + leaseNanos);
        boolean over = answer.state() == State.OK && until <= now;
        boolean useless =
                answer.state() == State.CLOSED || answer.state() == State.LAPSED || (over && lease.overOnArrival);
        if (pending && useless) {
            // Nobody may wait for it, yet it is an own refusal.
            scope.refusedHere(now);
        }
        lease.overOnArrival |= pending && over;
        if (answer.state() == State.OK && wanted && until > now) {
            scope.granted(lease, until, now);
        } else if (wanted) {
            scope.ended(lease, now);
        }
    }

    /**
     * A request is served, or goes on.
     *
     * @return whether that is under the outage policy
     * @throws AssertionError if the process had neither the server's word nor, by the outage policy, its own
     */
    boolean served(ScopeTruth scope, long deadline, long now) {
        if (scope.entitled(now) || scope.goesOnOffline(deadline)) {
            return false;
        }
        LicenseSnapshot snapshot = snapshot(scope.license);
        long since = Math.min(snapshot.beyondSince, now);
        snapshot.beyondSince = since;
        boolean allowed = policy == OutagePolicy.ALLOW
                && snapshot.good
                && !scope.keyUnknown
                && now - snapshot.goodAt <= DAY
                && now - since <= graceNanos;
        if (!allowed) {
            throw new AssertionError(name + ", scope " + scope.name + ": served at " + now
                    + " without the server's word, which went until " + scope.lastWord() + "; good " + snapshot.good
                    + ", beyond it since " + since + ", grace " + graceNanos);
        }
        scope.offline(now, deadline);
        return true;
    }

    /** Nothing that the server said counts any more: the machine slept, or the process ends. */
    void endAll(long now) {
        scopes.values().forEach(scope -> scope.endAll(now));
    }

    void check(SimulatedLedger ledger, Tally tally) {
        for (ScopeTruth scope : scopes.values()) {
            scope.check(lease -> ledger.used(scope.license, lease), ledger.keyEnds(scope.credential), tally);
        }
    }
}
