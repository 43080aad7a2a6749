package io.hourmeter.server.ledger;

/** Writes what the clock shows and nothing else, to find out whether the ledger can be written. */
record ProbeCall() implements WriteCall<Boolean> {

    @Override
    public void declare(Needs needs) {
        // Concerns no license.
    }

    @Override
    public Boolean decide(WorkSet work) {
        work.probe();
        return true;
    }
}
