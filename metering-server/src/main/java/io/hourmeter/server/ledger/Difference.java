package io.hourmeter.server.ledger;

/**
 * One contradiction that an audit found: what a field holds, and what it should hold by everything else that is known
 * about its license.
 *
 * @param license id of the license, {@code lic_…}; never a key
 * @param field which field, and what it was compared with
 * @param expectedMillis what follows from entries and leases
 * @param foundMillis what the field holds
 */
public record Difference(String license, String field, long expectedMillis, long foundMillis) {

    /** Found less expected, never 0. */
    public long millis() {
        return foundMillis - expectedMillis;
    }

    /** One line for people and for {@code grep}. */
    @Override
    public String toString() {
        return license + " " + field + ": expected " + expectedMillis + " ms, found " + foundMillis + " ms, difference "
                + (millis() > 0 ? "+" : "") + millis() + " ms";
    }
}
