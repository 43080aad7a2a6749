package io.hourmeter.server.ledger;

import io.hourmeter.UsageAnswers.Answer;
import io.hourmeter.UsageBatch;

/**
 * What a transaction made of one item.
 *
 * @param license the license's number
 * @param batch the head of the message
 * @param item as it was taken: under a key that has ended, as a close
 * @param answer what the node will be told
 * @param now the license's time
 * @param storeNow the store's clock
 */
record Decision(long license, UsageBatch batch, UsageBatch.Item item, Answer answer, long now, long storeNow) {

    /** Whether somebody waits for this lease to be opened. */
    boolean opens() {
        return item.usedMillis() == null && !item.done();
    }

    /** Whether the license or its balance refused. */
    boolean refused() {
        return switch (answer.state()) {
            case HELD, EXHAUSTED, INACTIVE, EXPIRED_LICENSE -> true;
            default -> false;
        };
    }
}
