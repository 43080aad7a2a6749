package io.hourmeter.server.ledger;

import io.hourmeter.server.ledger.store.HistoryCursor;

/** Where the next page of a list of licenses begins. Opaque to callers. */
final class ListCursor {

    private static final String VERSION = "l1-";
    private static final int RADIX = 36;

    private ListCursor() {}

    static String text(long lastId) {
        return VERSION + Long.toString(lastId, RADIX);
    }

    static long parse(String cursor) {
        try {
            if (cursor.startsWith(VERSION)) {
                return Long.parseLong(cursor.substring(VERSION.length()), RADIX);
            }
        } catch (NumberFormatException e) {
            // Told below, in the same words as any other text that is no cursor.
        }
        throw HistoryCursor.unknown();
    }
}
