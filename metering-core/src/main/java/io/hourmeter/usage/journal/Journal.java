package io.hourmeter.usage.journal;

import io.hourmeter.usage.node.LeaseRecord;
import java.io.IOException;
import java.util.List;

/**
 * The crash journal of a tracker: what a restart must still report. All calls come from one thread of the tracker, none
 * from a request's, so implementations need not be thread-safe.
 */
public interface Journal extends AutoCloseable {

    /** Keeps nothing. */
    Journal NONE = new Journal() {};

    /**
     * What earlier starts left behind, read when the journal was opened. The tracker reports each as done and keeps it
     * among the records of every later {@link #checkpoint} until the server has acknowledged it.
     *
     * @return in any order, one record for each lease: the newest
     */
    default List<LeaseRecord> leftovers() {
        return List.of();
    }

    /**
     * Replaces everything: after this call a crash leaves exactly these records.
     *
     * @param records every live or unacknowledged lease; empty when there is none
     * @throws IOException if it could not be written; the previous content must then still be readable
     */
    default void checkpoint(List<LeaseRecord> records) throws IOException {}

    /**
     * Adds or replaces single records by their lease and leaves all others: the cheap way between two checkpoints.
     *
     * @param records first activity after a quiet checkpoint
     * @throws IOException if they could not be written
     */
    default void append(List<LeaseRecord> records) throws IOException {}

    /** Frees the file. What was written stays, for the next start. */
    @Override
    default void close() {}
}
