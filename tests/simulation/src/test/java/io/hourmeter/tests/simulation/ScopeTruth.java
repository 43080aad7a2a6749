package io.hourmeter.tests.simulation;

import io.hourmeter.LicenseId;
import io.hourmeter.server.simulation.Tally;
import io.hourmeter.tests.simulation.Spans.Span;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What is true about one scope on one process: when requests ran, when the process refused on its own, and through when it
 * had been told that it may serve. In nanoseconds of the process's own clock, so that nothing here depends on any other.
 */
final class ScopeTruth {

    private static final long MILLI = SimNode.MILLI;

    /** One lease, as the process told of it. */
    static final class LeaseTruth {
        final String id;
        final long start;
        final boolean bridge;
        long claimedMillis = -1;
        /** Used through this offset by the word of a journal that was lost before it was reported. */
        long lostMillis = -1;

        boolean boasted;
        /** It was over before the answer that granted it came: then the process asks once more. */
        boolean overOnArrival;
        /** It is from the journal of an earlier start, which alone knows what it had refused. */
        boolean ofAnEarlierStart;
        /** It takes over from one that is served, without a pause. */
        boolean replaces;
        /** Its place among the leases and refusals of the scope. */
        private final int order;
        /** Whether it was told of later than it began, so that its place is not sure. */
        private final boolean belated;

        /** When the server's word allowed it to be served. */
        private final List<Span> word = new ArrayList<>();

        private boolean served;
        private long since;
        private long until = Long.MIN_VALUE;

        LeaseTruth(String id, long start, boolean bridge, int order, boolean belated) {
            this.id = id;
            this.start = start;
            this.bridge = bridge;
            this.order = order;
            this.belated = belated;
        }
    }

    private record Refusal(long at, int order) {}

    final LicenseId license;
    final String credential;
    final String scope;
    final String name;
    private final ProcessTruth process;
    private final List<Span> activity = new ArrayList<>();
    private final List<Span> tolerated = new ArrayList<>();
    private final List<Refusal> refusals = new ArrayList<>();
    private final List<Span> entitledOffline = new ArrayList<>();
    private final Map<String, LeaseTruth> leases = new LinkedHashMap<>();
    private int order;
    /** The server did not know the key any more when it was last asked. */
    boolean keyUnknown;

    private long offlineSince = Long.MAX_VALUE;
    private long offlineUntil = Long.MIN_VALUE;

    ScopeTruth(ProcessTruth process, LicenseId license, String credential, String scope) {
        this.credential = credential;
        this.process = process;
        this.license = license;
        this.scope = scope;
        this.name = credential.substring(0, Math.min(12, credential.length())) + "/" + scope;
    }

    void active(long from, long to) {
        activity.add(new Span(from, to));
    }

    /** Time that may be billed and need not: what a session counts at least, for one. */
    void tolerated(long from, long to) {
        tolerated.add(new Span(from, to));
    }

    /** The process turned a customer away without the server. */
    void refusedHere(long at) {
        refusals.add(new Refusal(at, order++));
    }

    LeaseTruth lease(String id, long start, boolean bridge, long now) {
        return leases.computeIfAbsent(id, any -> new LeaseTruth(id, start, bridge, order++, now > start));
    }

    /** The server's word arrived: the lease may be served through a moment. */
    void granted(LeaseTruth lease, long until, long now) {
        serving(lease);
        endOffline(now);
        end(lease, now);
        lease.since = now;
        lease.until = until;
    }

    /** This lease is the one that is served: what the others were granted counts up to its beginning. */
    void serving(LeaseTruth lease) {
        lease.served = true;
        for (LeaseTruth other : leases.values()) {
            if (other != lease && other.start <= lease.start) {
                end(other, lease.start);
            }
        }
    }

    /** The lease may not be served any more. */
    void ended(LeaseTruth lease, long now) {
        endOffline(now);
        end(lease, now);
    }

    private void end(LeaseTruth lease, long now) {
        if (lease.until > lease.since) {
            Spans.add(lease.word, lease.since, Math.min(lease.until, now));
        }
        lease.until = Long.MIN_VALUE;
    }

    /** Nothing may be served any more. */
    void endAll(long now) {
        endOffline(now);
        leases.values().forEach(lease -> end(lease, now));
    }

    /** Whether the server's word covers this moment. */
    boolean entitled(long now) {
        return leases.values().stream().anyMatch(lease -> lease.until > now);
    }

    /** Through when the server's word went, of all that is known. */
    long lastWord() {
        return leases.values().stream().mapToLong(lease -> lease.until).max().orElse(Long.MIN_VALUE);
    }

    /** Whether this was judged already: the policy is asked when use begins or goes beyond the server's word, not again. */
    boolean goesOnOffline(long deadline) {
        return offlineUntil == deadline;
    }

    /** The process serves under the outage policy, and says through when. */
    void offline(long now, long until) {
        if (offlineUntil != until) {
            endOffline(now);
            offlineSince = now;
            offlineUntil = until;
        }
    }

    private void endOffline(long now) {
        Spans.add(entitledOffline, offlineSince, Math.min(offlineUntil, now));
        offlineSince = Long.MAX_VALUE;
        offlineUntil = Long.MIN_VALUE;
    }

    // At the end

    /**
     * Checks what the ledger has of this scope against what is true.
     *
     * @param used the ledger's offset of a lease; -1 for no use, null for a lease it does not know
     * @param keyEnded whether the key is none any more. What was served offline under a key that had ended, as this
     *     process could not know, is not owed by anybody: whoever has lost a key does not pay for the thief
     */
    void check(Function<String, @Nullable Long> used, boolean keyEnded, Tally tally) {
        endAll(process.endedAt);
        List<Span> entitled = words();
        if (!keyEnded) {
            entitled.addAll(entitledOffline);
        }
        bridges();
        List<Span> real = Spans.union(activity);
        List<Span> allowed = Spans.union(withTolerated());
        List<Span> covered = new ArrayList<>();
        for (LeaseTruth lease : leases.values()) {
            if (lease.lostMillis >= 0) {
                covered.add(new Span(lease.start, lease.start + lease.lostMillis * MILLI));
            }
            Long through = used.apply(lease.id);
            if (through == null || through < 0) {
                continue;
            }
            covered.add(new Span(lease.start, lease.start + through * MILLI));
            long told = Math.min(through, lease.claimedMillis);
            if (told >= 0 && !lease.boasted) {
                fair(lease, told, allowed);
            }
        }
        nothingLost(Spans.intersection(real, Spans.union(entitled)), Spans.union(covered), tally);
    }

    /** The server's word for each lease, up to where the next one was served. */
    private List<Span> words() {
        List<Span> words = new ArrayList<>();
        for (LeaseTruth lease : leases.values()) {
            long until = leases.values().stream()
                    .filter(other -> other != lease && other.served && other.start >= lease.start)
                    .mapToLong(other -> other.start)
                    .min()
                    .orElse(Long.MAX_VALUE);
            lease.word.forEach(span -> Spans.add(words, span.from(), Math.min(span.to(), until)));
        }
        return words;
    }

    private List<Span> withTolerated() {
        List<Span> all = new ArrayList<>(activity);
        all.addAll(tolerated);
        return all;
    }

    /** Of each lease the pause before it is left out exactly when the process had refused in it. */
    private void bridges() {
        List<LeaseTruth> sorted = new ArrayList<>(leases.values());
        sorted.sort(Comparator.comparingLong((LeaseTruth lease) -> lease.start).thenComparingInt(lease -> lease.order));
        LeaseTruth before = null;
        for (LeaseTruth lease : sorted) {
            boolean refused = false;
            boolean unsure = lease.ofAnEarlierStart;
            for (Refusal refusal : refusals) {
                boolean sameMoment = refusal.at == lease.start || (before != null && refusal.at == before.start);
                // Of what happens in one moment nobody can tell here what the process did first.
                unsure |= sameMoment && (lease.belated || (before != null && refusal.at == before.start));
                boolean later = before == null
                        || refusal.at > before.start
                        || (refusal.at == before.start && refusal.order > before.order);
                boolean earlier =
                        refusal.at < lease.start || (refusal.at == lease.start && refusal.order < lease.order);
                refused |= later && earlier && lease.start - refusal.at <= process.gapNanos;
            }
            for (ScopeTruth other : lease.replaces || refused ? List.<ScopeTruth>of() : process.beside(this)) {
                boolean both = process.knew(credential, lease.start) && process.knew(other.credential, lease.start);
                boolean there = other.untold(lease.start);
                refused |= there && both;
                unsure |= (there && !both) || other.happenedAt(lease.start);
            }
            if (!unsure && refused == lease.bridge) {
                throw fault(
                        lease,
                        "bridge is " + lease.bridge + ", refusals here at " + refusals + " and beside at "
                                + process.beside(this).stream()
                                        .map(other -> other.refusals)
                                        .toList());
            }
            before = lease;
        }
    }

    /** Whether a refusal within the idle gap before a moment was not told with a lease of this scope's own since. */
    private boolean untold(long at) {
        return refusals.stream()
                .anyMatch(refusal -> refusal.at < at
                        && at - refusal.at <= process.gapNanos
                        && leases.values().stream().noneMatch(lease -> lease.start >= refusal.at && lease.start <= at));
    }

    /** Whether something happened at a moment, so that nobody can tell here what the process did first. */
    private boolean happenedAt(long at) {
        return refusals.stream().anyMatch(refusal -> refusal.at == at)
                || leases.values().stream().anyMatch(lease -> lease.start == at)
                || refusals.stream()
                        .anyMatch(refusal -> leases.values().stream().anyMatch(lease -> lease.start == refusal.at));
    }

    /** Nothing but activity and pauses up to the idle gap, and nothing after the last activity. */
    private void fair(LeaseTruth lease, long told, List<Span> real) {
        long end = lease.start + told * MILLI;
        long reached = Long.MIN_VALUE;
        for (Span span : real) {
            if (span.to() + MILLI < lease.start || span.from() > end + MILLI) {
                continue;
            }
            if (reached == Long.MIN_VALUE
                    ? span.from() > lease.start
                    : span.from() - reached > process.gapNanos + MILLI) {
                throw fault(lease, "a pause is used time, up to " + span.from());
            }
            reached = Math.max(reached, span.to());
        }
        // Offsets are whole milliseconds, and a clock that drifts has moments between them.
        if (reached == Long.MIN_VALUE || end > reached + MILLI) {
            throw fault(lease, "used through " + told + " ms, but nothing was active after " + reached);
        }
    }

    /** What was served with the server's word, or under the outage policy, is in the ledger, but for what a crash may cost. */
    private void nothingLost(List<Span> due, List<Span> covered, Tally tally) {
        List<Span> missing = Spans.without(due, covered);
        long lost = 0;
        for (Span span : missing) {
            if (span.to() - span.from() <= 2 * MILLI) {
                continue;
            }
            if (span.from() + 2 * MILLI < Math.min(span.to(), process.safeUntil)) {
                throw new AssertionError(
                        process.name + ", scope " + name + ": used and lost from " + span.from() + " to "
                                + span.to() + ", of what was safe until " + process.safeUntil + "; due " + due
                                + ", in the ledger " + covered);
            }
            lost += span.to() - span.from();
        }
        if (process.allowedLossMillis > 0) {
            tally.loss(lost / MILLI, process.allowedLossMillis);
        }
    }

    private AssertionError fault(LeaseTruth lease, String text) {
        return new AssertionError(process.name + ", scope " + name + ", lease " + lease.id + " from " + lease.start
                + ": " + text + "; active " + Spans.union(activity));
    }
}
