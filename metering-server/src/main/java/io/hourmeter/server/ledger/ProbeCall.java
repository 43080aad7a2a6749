package io.hourmeter.server.ledger;

/** Writes what the clock shows and nothing else, to find out whether the ledger can be written. */
record ProbeCall() implements WriteCall<Boolean> {

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
