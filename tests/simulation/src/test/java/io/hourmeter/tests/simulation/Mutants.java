package io.hourmeter.tests.simulation;

import io.hourmeter.LicenseId;
import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageBatch;
import io.hourmeter.server.simulation.Items;
import io.hourmeter.usage.node.LeaseRecord;
import io.hourmeter.usage.node.NodeProbe;
import io.hourmeter.usage.node.SyncRequest;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One thing wrong with the nodes, their journals or the shop; each has to be noticed. */
enum Mutants {
    IDLE_TAIL_BILLED(() -> new Mutant() {
        @Override
        UsageBatch.Item item(UsageBatch.Item item) {
            return item.usedMillis() == null ? item : Items.withUsed(item, item.ageMillis());
        }
    }),
    A_MILLISECOND_TOO_FEW(() -> new Mutant() {
        @Override
        UsageBatch.Item item(UsageBatch.Item item) {
            Long used = item.usedMillis();
            return used == null || used == 0 ? item : Items.withUsed(item, used - 1);
        }
    }),
    OFFLINE_NOT_SAID(() -> new Mutant() {
        @Override
        UsageBatch.Item item(UsageBatch.Item item) {
            return Items.withOffline(item, false);
        }
    }),
    OWN_REFUSALS_BRIDGED(() -> new Mutant() {
        @Override
        UsageBatch.Item item(UsageBatch.Item item) {
            return Items.withBridge(item, true);
        }
    }),
    /** What is used under an id counts beside what is used under a key. */
    ID_IN_A_SCOPE_OF_ITS_OWN(() -> new Mutant() {
        @Override
        UsageBatch.Item item(UsageBatch.Item item) {
            boolean byId = item.license() instanceof LicenseId && item.scope().isEmpty();
            return byId ? Items.withScope(item, "by-id") : item;
        }
    }),
    JOURNAL_SKIPPED(() -> new Mutant() {
        @Override
        boolean replays() {
            return false;
        }
    }),
    JOURNAL_WITHOUT_AUTHORITY(() -> new Mutant() {
        @Override
        LeaseRecord record(LeaseRecord record) {
            return with(record, null, record.bridge());
        }
    }),
    FINAL_LEASE_PROLONGED_OFFLINE(() -> new Mutant() {
        @Override
        UsageAnswers.Answer answer(UsageAnswers.Answer answer) {
            return new UsageAnswers.Answer(
                    answer.lease(),
                    answer.license(),
                    answer.state(),
                    answer.authorizedMillis(),
                    false,
                    answer.remainingMillis(),
                    answer.retryAfterMillis());
        }
    }),
    /** The grace begins anew with each lease. */
    GRACE_PER_LEASE(() -> new Mutant() {
        @Override
        void beforeArrival(NodeProcess process, String credential, String scope) {
            process.requests.forgetGrace(credential);
        }
    }),
    /** What the server takes back by its answer is not taken back where requests look. */
    DEADLINE_NOT_TAKEN_BACK(() -> new Mutant() {
        private final Map<NodeProbe.OneSession, Long> deadlines = new HashMap<>();
        private final Map<NodeProbe.OneSession, NodeProbe.OneLease> leases = new HashMap<>();

        @Override
        void beforeAnswer(SyncRequest syncRequest) {
            for (SyncRequest.Sent sent : syncRequest.sent()) {
                NodeProbe.OneSession session = NodeProbe.lease(sent).session();
                NodeProbe.OneLease lease = session == null ? null : session.lease();
                if (session != null && lease != null) {
                    deadlines.put(session, session.deadline());
                    leases.put(session, lease);
                }
            }
        }

        @Override
        void afterAnswer(SyncRequest syncRequest) {
            for (SyncRequest.Sent sent : syncRequest.sent()) {
                NodeProbe.OneSession session = NodeProbe.lease(sent).session();
                Long before = session == null ? null : deadlines.remove(session);
                if (session != null && before != null && session.deadline() < before) {
                    session.serveUntil(before);
                }
            }
        }
    }),
    /** What the server adds by its answer is not added where requests look. */
    DEADLINE_NOT_MOVED_ON(() -> new Mutant() {
        private final Map<NodeProbe.OneSession, Long> deadlines = new HashMap<>();

        @Override
        void beforeAnswer(SyncRequest syncRequest) {
            for (SyncRequest.Sent sent : syncRequest.sent()) {
                NodeProbe.OneSession session = NodeProbe.lease(sent).session();
                if (session != null && NodeProbe.lease(sent).serves()) {
                    deadlines.put(session, session.deadline());
                }
            }
        }

        @Override
        void afterAnswer(SyncRequest syncRequest) {
            for (SyncRequest.Sent sent : syncRequest.sent()) {
                NodeProbe.OneSession session = NodeProbe.lease(sent).session();
                Long before = session == null ? null : deadlines.remove(session);
                NodeProbe.OneLease lease = NodeProbe.lease(sent);
                if (session != null && before != null && lease.serves()) {
                    lease.authorizeAtMost(Math.max(0, (before - lease.start()) / SimNode.MILLI));
                    session.serveUntil(before);
                }
            }
        }
    }),
    /** The node goes on for a minute on a lease that the server has called over. */
    REFUSAL_IGNORED(() -> new Mutant() {
        private final Set<String> refused = new HashSet<>();

        @Override
        UsageAnswers.Answer answer(UsageAnswers.Answer answer) {
            boolean over = answer.state() == UsageAnswers.State.INACTIVE
                    || answer.state() == UsageAnswers.State.EXPIRED_LICENSE;
            if (!over || answer.authorizedMillis() == 0 || !refused.add(answer.lease())) {
                return answer;
            }
            return new UsageAnswers.Answer(
                    answer.lease(),
                    answer.license(),
                    UsageAnswers.State.OK,
                    answer.authorizedMillis() + 60_000,
                    false,
                    answer.remainingMillis(),
                    0);
        }
    }),
    /** The success page and the webhook credit under keys of their own. */
    CREDIT_NOT_IDEMPOTENT(() -> new Mutant() {
        @Override
        String paymentKey(String payment, int attempt) {
            return attempt == 0 ? payment : payment + "-again";
        }
    });

    private final Supplier<Mutant> maker;

    Mutants(Supplier<Mutant> maker) {
        this.maker = maker;
    }

    /** A fresh one: some remember things of their world. */
    Mutant make() {
        return maker.get();
    }

    static LeaseRecord with(LeaseRecord record, @Nullable Long usedMillis, boolean bridge) {
        return new LeaseRecord(
                record.lease(),
                record.credential(),
                record.scope(),
                record.session(),
                usedMillis,
                record.authorizedMillis(),
                record.offline(),
                bridge,
                record.startWallMillis());
    }
}
