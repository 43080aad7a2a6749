package io.hourmeter.usage;

import java.io.IOException;
import java.nio.file.Path;

/** A {@link Journal} in a folder. */
final class FileJournal {

    private FileJournal() {}

    /**
     * Opens a journal that no other process writes, and reads what processes that ended left in the folder.
     *
     * @param folder created if it is not there
     * @return the journal
     * @throws IOException if the folder cannot be used
     */
    static Journal open(Path folder) throws IOException {
        throw new IOException("cannot keep a journal in " + folder);
    }
}
