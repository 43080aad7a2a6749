package io.hourmeter.server.simulation;

/** What can happen in a simulated world and is counted, so that nobody believes a fault was tried that never occurred. */
public enum Kind {
    MESSAGE_LOST("messages lost on their way to the server", true),
    ANSWER_LOST("answers lost on their way back", true),
    MESSAGE_DUPLICATED("messages that arrived twice", true),
    MESSAGE_OVERTAKEN("messages that arrived after a later one of the same lease", true),
    ANSWER_TOO_LATE("answers later than the node's time-out", true),
    CUT_ONE_WAY("partitions in one direction", true),
    CUT_BOTH_WAYS("partitions in both directions", true),
    NODE_KILLED("nodes killed, journal kept", true),
    JOURNAL_LOST("nodes killed, journal lost", true),
    JOURNAL_TORN("nodes killed while they wrote the journal", true),
    JOURNAL_FULL("times the journal's disk was full", true),
    SERVER_KILLED_BEFORE_COMMIT("servers killed before a commit", true),
    SERVER_KILLED_AFTER_COMMIT("servers killed between commit and answer", true),
    SERVER_KILLED_IDLE("servers killed in between", true),
    COMMIT_FAILED("commits that failed", true),
    COMMIT_UNKNOWN("commits that were reported as failed and had happened", true),
    CLOCK_FORWARD("steps forward of the store's clock", true),
    CLOCK_BACK("steps back of the store's clock", true),
    CLOCK_YEARS_AHEAD("times in which the store's clock was years ahead", true),
    CLOCK_YEARS_BACK("times in which the store's clock was years behind", true),
    NODE_WALL_YEARS("times in which a node's wall clock was wrong by years", true),
    NODE_DRIFTING("nodes whose clock drifts", true),
    NODE_WALL_STEP("steps of a node's wall clock", true),
    NODE_FROZEN("nodes frozen, their clock running", true),
    NODE_ASLEEP("nodes asleep, their clock standing still", true),
    ENDLESS_REQUEST("requests that never ended by themselves", true),
    BOASTING_NODE("reports of more than was authorized", true),

    TOP_UP("top-ups", false),
    TOP_UP_RACE("top-ups delivered twice", false),
    REFUND("refunds", false),
    DISPUTE("disputes", false),
    DISPUTE_WON("disputes won", false),
    DEBIT("direct debits", false),
    DEBIT_RETRIED("direct debits sent again", false),
    DEBIT_REFUSED("direct debits refused", false),
    SUSPENDED("licenses suspended or revoked", false),
    REACTIVATED("licenses reactivated", false),
    EXPIRY_SET("expiries set", false),
    KEY_ROTATED("keys rotated", false),

    REQUEST("requests", false),
    SERVED("requests served", false),
    SERVED_BY_ID("requests served under a license's id", false),
    SERVED_BESIDE("requests served while another credential of the license is served on the node", false),
    SERVED_OFFLINE("requests admitted under the outage policy", false),
    REFUSED_BY_SERVER("requests refused by the server", false),
    REFUSED_BY_NODE("requests refused by a node alone", false),
    OVERRUN("requests that ran past the deadline", false),
    LEASE("leases", false),
    LAPSED("leases that lapsed", false),
    OFFLINE_LEASE("leases with offline use", false),
    PAUSE_SETTLED("pauses settled before a refusal", false),
    UNCOLLECTED("reports not collected in full", false),
    COLLECTED("credits that paid what was owed", false),
    COMMIT("commits", false),
    SHARED_COMMIT("commits of several calls", false),
    REPLAYED_MESSAGE("messages replayed at the end", false),
    CHECK("invariant checks", false),
    EXACT_WORLD("worlds whose bill was the truth to the millisecond", false),
    BOUNDED_WORLD("worlds whose bill was the truth but for clocks that drift", false);

    final String label;
    final boolean fault;

    Kind(String label, boolean fault) {
        this.label = label;
        this.fault = fault;
    }

    /** Whether it is something going wrong. */
    public boolean fault() {
        return fault;
    }
}
