package io.hourmeter.server.ledger.sqlite;

import io.hourmeter.LicenseServerUnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteJDBCLoader;

/**
 * SQLite's native library. Its driver unpacks it into a folder for temporary files and runs it from there, and where that
 * cannot be done it writes pages of stack traces and blames the database. So the folder is looked at before.
 */
final class SqliteLibrary {

    /** Where the driver takes a library that lies there already; then nothing is unpacked. */
    private static final String INSTALLED = "org.sqlite.lib.path";

    private static final String FOLDER = "org.sqlite.tmpdir";

    /** The library is about half as large. */
    private static final long NEEDED_BYTES = 4 << 20;

    private static final Set<PosixFilePermission> OWNERS = PosixFilePermissions.fromString("rwx------");

    private static boolean loaded;

    private SqliteLibrary() {}

    /**
     * Loads it, unless it is loaded.
     *
     * @throws LicenseServerUnavailableException with one line that names the setting that helps
     */
    static synchronized void load() {
        if (loaded) {
            return;
        }
        String folder = System.getProperty(FOLDER, System.getProperty("java.io.tmpdir"));
        String trouble = System.getProperty(INSTALLED) == null ? trouble(folder) : null;
        if (trouble != null) {
            throw cannotBeLoaded(folder, trouble, null);
        }
        try {
            loaded = SQLiteJDBCLoader.initialize();
        } catch (Exception | LinkageError e) {
            throw cannotBeLoaded(folder, SqliteFailure.firstLine(e), e);
        }
    }

    private static LicenseServerUnavailableException cannotBeLoaded(
            String folder, String why, @Nullable Throwable cause) {
        return new LicenseServerUnavailableException(
                "SQLite's native library cannot be loaded from the folder for temporary files, " + folder + ": " + why
                        + "; name another folder with -D" + FOLDER + "=<folder> or -Djava.io.tmpdir=<folder>",
                cause);
    }

    /** Why no program can be run from that folder; null when one can. */
    private static @Nullable String trouble(String folder) {
        try {
            Path path = Path.of(folder);
            if (!Files.isDirectory(path)) {
                return "there is no such folder";
            }
            if (Files.getFileStore(path).getUsableSpace() < NEEDED_BYTES) {
                return "its disk is full";
            }
            Path tried = Files.createTempFile(path, "hourmeter", ".tmp");
            try {
                if (!Files.getFileStore(tried).supportsFileAttributeView("posix")) {
                    return null;
                }
                Files.setPosixFilePermissions(tried, OWNERS);
                return Files.isExecutable(tried) ? null : "no program may be run from it (mounted with noexec)";
            } finally {
                Files.deleteIfExists(tried);
            }
        } catch (IOException e) {
            return FileFailure.reason(e);
        } catch (InvalidPathException e) {
            return "that is no path";
        }
    }
}
