package io.hourmeter.tests.simulation;

import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageBatch;
import io.hourmeter.usage.node.LeaseRecord;
import io.hourmeter.usage.node.SyncRequest;

/** What a node, its disk, the way to the server or a shop gets wrong on purpose; by itself nothing. */
class Mutant {

    /** Nothing wrong. */
    static final Mutant NONE = new Mutant();

    /** What the server is told instead. */
    UsageBatch.Item item(UsageBatch.Item item) {
        return item;
    }

    /** What the node is told instead. */
    UsageAnswers.Answer answer(UsageAnswers.Answer answer) {
        return answer;
    }

    /** Before a node takes an answer. */
    void beforeAnswer(SyncRequest syncRequest) {}

    /** After a node has taken an answer. */
    void afterAnswer(SyncRequest syncRequest) {}

    /** Before a node looks at a request that found no session running. */
    void beforeArrival(NodeProcess process, String credential, String scope) {}

    /** What the journal keeps instead. */
    LeaseRecord record(LeaseRecord record) {
        return record;
    }

    /** Whether a restart reads the journal. */
    boolean replays() {
        return true;
    }

    /** Under which key a payment is credited. */
    String paymentKey(String payment, int attempt) {
        return payment;
    }
}
