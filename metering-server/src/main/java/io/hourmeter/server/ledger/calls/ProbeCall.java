package io.hourmeter.server.ledger.calls;

import io.hourmeter.server.ledger.store.LoadRequest;
import io.hourmeter.server.ledger.store.UnitOfWork;

/** Writes what the clock shows and nothing else, to find out whether the ledger can be written. */
public record ProbeCall() implements WriteCall<Boolean> {

    @Override
    public void declare(LoadRequest needs) {
        // Concerns no license.
    }

    @Override
    public Boolean decide(UnitOfWork work) {
        work.probe();
        return true;
    }
}
