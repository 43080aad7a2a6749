package io.hourmeter.usage.node;

import io.hourmeter.UsageBatch;
import java.util.List;

/**
 * A message on its way, and which lease each of its items is about.
 *
 * @param batch the message
 * @param sent for each item of the message, in its order
 * @param renewal false for a message that a request or a caller waits for
 */
public record SyncRequest(UsageBatch batch, List<Sent> sent, boolean renewal) {

    /**
     * One item.
     *
     * @param lease which
     * @param seq its number
     * @param used what it said, {@link Lease#NONE} for nothing
     * @param done whether it closed the lease
     */
    public record Sent(Lease lease, long seq, long used, boolean done) {}
}
