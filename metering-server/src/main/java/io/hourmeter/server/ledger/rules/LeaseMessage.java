package io.hourmeter.server.ledger.rules;

import io.hourmeter.UsageBatch;

/**
 * One item together with the head of the batch it came in.
 *
 * @param batch the head; its items are not read
 * @param item the item
 */
public record LeaseMessage(UsageBatch batch, UsageBatch.Item item) {}
