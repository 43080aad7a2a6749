package io.hourmeter.server.ledger.sqlite;

import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.config.ConfigurationException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The file of a SQLite ledger, held by this process alone. A second process would find the tables consistent but would
 * run a second writer and a second reaper beside a queue that believes itself alone, so it is refused at start. The lock
 * is taken on a file beside the database: closing a second descriptor of the database itself would drop SQLite's own
 * locks.
 */
final class SqliteFile implements AutoCloseable {

    private static final String URL_PREFIX = "jdbc:sqlite:";
    private static final FileAttribute<?> OWNER_ONLY_FOLDER =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final FileAttribute<?> OWNER_ONLY_FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final Path path;
    private final FileChannel lockChannel;

    private SqliteFile(Path path, FileChannel lockChannel) {
        this.path = path;
        this.lockChannel = lockChannel;
    }

    static boolean isSqlite(String url) {
        return url.startsWith(URL_PREFIX);
    }

    /**
     * The file that a URL names, as one absolute path without links, so that two spellings of it are one database. Its
     * folder is created where it is missing, for its owner alone: a path can be resolved only where there is something.
     *
     * @throws ConfigurationException if the URL names no plain file
     * @throws LicenseServerUnavailableException with one line if the folder cannot be created
     */
    static Path locate(String url) {
        Path path = named(url);
        try {
            Path folder = Objects.requireNonNull(path.getParent());
            if (!Files.exists(folder)) {
                Files.createDirectories(folder, posix() ? new FileAttribute<?>[] {OWNER_ONLY_FOLDER} : none());
            }
            return Files.exists(path) ? path.toRealPath() : folder.toRealPath().resolve(path.getFileName());
        } catch (IOException e) {
            throw cannotBeOpened(path.toString(), e);
        }
    }

    /**
     * The same for a file that is only to be read: nothing is created.
     *
     * @throws ConfigurationException if the URL names no plain file
     * @throws LicenseServerUnavailableException with one line if there is none
     */
    static Path existing(String url) {
        Path path = named(url);
        try {
            if (Files.isRegularFile(path)) {
                return path.toRealPath();
            }
        } catch (IOException e) {
            // Told below.
        }
        throw new LicenseServerUnavailableException("there is no ledger " + path, null);
    }

    private static Path named(String url) {
        String file = url.substring(URL_PREFIX.length());
        if (file.isBlank() || file.startsWith(":") || file.startsWith("file:") || file.indexOf('?') >= 0) {
            throw new ConfigurationException("license.server.database=" + url
                    + " is not allowed: a ledger on SQLite needs a plain file, like jdbc:sqlite:data/licenses.db");
        }
        try {
            Path path = Path.of(file).toAbsolutePath().normalize();
            if (path.getParent() == null || path.getFileName() == null || Files.isDirectory(path)) {
                throw new ConfigurationException("license.server.database=" + url + " is a folder, not a file");
            }
            return path;
        } catch (InvalidPathException e) {
            throw new ConfigurationException("license.server.database=" + url + " is no path: " + e.getReason());
        }
    }

    /**
     * Creates the file where it is missing, readable by its owner alone, and takes the lock.
     *
     * @throws LicenseServerUnavailableException with one line if another process holds it or it cannot be written
     */
    static SqliteFile hold(Path path) {
        SqliteFile file = lock(path);
        try {
            createIfMissing(path);
            return file;
        } catch (IOException e) {
            file.close();
            throw cannotBeOpened(path.toString(), e);
        }
    }

    /**
     * Takes the lock of a file that need not be there.
     *
     * @throws LicenseServerUnavailableException with one line if another process holds it or it cannot be written
     */
    static SqliteFile lock(Path path) {
        FileChannel channel = null;
        try {
            Path lock = beside(path, ".lock");
            createIfMissing(lock);
            channel = FileChannel.open(lock, StandardOpenOption.WRITE);
            if (tryLock(channel) == null) {
                channel.close();
                throw new LicenseServerUnavailableException(
                        "the ledger " + path + " is in use by another process or application; SQLite serves one"
                                + " license server at a time",
                        null);
            }
            return new SqliteFile(path, channel);
        } catch (IOException e) {
            closeQuietly(channel);
            throw cannotBeOpened(path.toString(), e);
        }
    }

    private static LicenseServerUnavailableException cannotBeOpened(String path, IOException e) {
        return new LicenseServerUnavailableException(
                "the ledger " + path + " cannot be opened: " + FileFailure.reason(e), e);
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            // The same process, under another class loader: two applications of one container.
            return null;
        }
    }

    /** Readable by its owner alone. */
    static void createIfMissing(Path file) throws IOException {
        try {
            Files.createFile(file, posix() ? new FileAttribute<?>[] {OWNER_ONLY_FILE} : none());
        } catch (FileAlreadyExistsException e) {
            // Kept as it is, permissions included: they are the operator's.
        }
    }

    private static FileAttribute<?>[] none() {
        return new FileAttribute<?>[0];
    }

    private static boolean posix() {
        return FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
    }

    private static void closeQuietly(@Nullable FileChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                // Nothing was written through it, and the start fails anyway.
            }
        }
    }

    /** The write-ahead log of a database, which is there while it is open or after its process was killed. */
    static Path log(Path database) {
        return beside(database, "-wal");
    }

    static Path beside(Path database, String suffix) {
        return database.resolveSibling(database.getFileName() + suffix);
    }

    String url() {
        return url(path);
    }

    static String url(Path path) {
        return URL_PREFIX + path;
    }

    /** Lets another process have it. The lock file stays: removing it could remove one that somebody else just took. */
    @Override
    public void close() {
        closeQuietly(lockChannel);
    }
}
