package io.hourmeter.server.ledger;

import io.hourmeter.server.ledger.store.LoadRequest;

/** What a store can get wrong on purpose; by itself nothing. */
interface StoreMutant {

    /** A store without a fault. */
    StoreMutant NONE = new StoreMutant() {};

    /** The clock that a transaction reads. */
    default long clock(long storeMillis, Tables tables, LoadRequest needs) {
        return storeMillis;
    }

    /** Whether a commit that did not happen is reported as done. */
    default boolean answersBeforeCommit() {
        return false;
    }
}
