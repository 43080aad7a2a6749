package io.hourmeter.server;

import io.hourmeter.server.ledger.Ledger;

/** How each command ends. */
final class ExitCodes {

    static final int DONE = 0;
    /** It was done, and something is wrong with what was looked at. */
    static final int FOUND = 1;
    /** It was not done. */
    static final int COULD_NOT = 2;
    /** It worked and cannot go on. What {@code -XX:+ExitOnOutOfMemoryError} ends with, too. */
    static final int BROKEN = 3;

    private ExitCodes() {}

    static int of(Ledger.Audit audit) {
        return audit.differences() == 0 ? DONE : FOUND;
    }
}
