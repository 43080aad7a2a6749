package io.hourmeter.usage.journal;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of all journals in one folder, and who of them lives. Each journal has a random id and two files:
 * {@code <id>.journal}, which is replaced at every checkpoint, and {@code <id>.lock}, which stays and is locked for as long
 * as its process lives. The lock is there before the journal is, so a journal whose lock can be had belongs to nobody.
 *
 * <p>The folder may be a link, which is its operator's choice; the files in it are never followed if they are links, and
 * never read if another user owns them.
 */
final class JournalFolder {

    private static final Logger LOG = LoggerFactory.getLogger(JournalFolder.class);

    /** Read at one start at most; each costs a file descriptor until it is taken over. The rest waits for the next start. */
    private static final int MOST_DEAD = 256;

    private static final Pattern JOURNAL_NAME = Pattern.compile("([0-9a-f]{32})\\.journal");

    /**
     * Begins the name of the system property that marks an id as open in this virtual machine. File locks do not tell two
     * applications in one container apart: closing the file after a look at its lock would free the other's. A system
     * property is seen by all class loaders.
     */
    private static final String OPEN_HERE = "io.hourmeter.journal.";

    private final Path folder;
    private final boolean posix;

    private JournalFolder(Path folder) {
        this.folder = folder;
        this.posix = folder.getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    /** A journal whose process lives (this one), or one taken over from a process that is dead. */
    record Owned(String id, Path journal, Path temporary, Path lockFile, FileChannel lockChannel) {}

    /** A dead process's journal, locked so that no other process takes it over too. */
    record Dead(Owned files, JournalFormat.Content content) {}

    /** Opens a folder, for which read, write and enter rights of the owner alone are set if it is made here. */
    static JournalFolder open(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            Path parent = path.toAbsolutePath().getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            try {
                Files.createDirectory(path, attributes(path, "rwx------"));
            } catch (FileAlreadyExistsException e) {
                if (!Files.isDirectory(path)) {
                    throw e;
                }
            }
        }
        JournalFolder opened = new JournalFolder(path.toRealPath());
        opened.warnIfOthersMayWrite();
        return opened;
    }

    /**
     * Who may write to the folder can delete a journal, and with it what a crash has left. It is used all the same: a
     * journal that may be deleted loses less than none.
     */
    private void warnIfOthersMayWrite() throws IOException {
        if (!posix) {
            return;
        }
        Set<PosixFilePermission> rights = Files.getPosixFilePermissions(folder);
        if (rights.contains(PosixFilePermission.GROUP_WRITE) || rights.contains(PosixFilePermission.OTHERS_WRITE)) {
            LOG.warn(
                    "usage.journal: others than its owner may write to {} (mode {}), and so delete what a crash leaves, which"
                            + " then nobody pays for. Take their right away, for example by chmod 700",
                    folder,
                    PosixFilePermissions.toString(rights));
        }
    }

    private static FileAttribute<?>[] attributes(Path path, String rights) {
        boolean posix = path.getFileSystem().supportedFileAttributeViews().contains("posix");
        return posix
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(rights))}
                : new FileAttribute<?>[0];
    }

    /** Makes a journal's lock file under a new id, and locks it. The journal itself is the caller's to write. */
    Owned create() throws IOException {
        byte[] random = new byte[16];
        ThreadLocalRandom.current().nextBytes(random); // unique, not secret
        Owned own = lock(HexFormat.of().formatHex(random), StandardOpenOption.CREATE_NEW);
        if (own == null) {
            throw new IOException("a new lock file is locked already in " + folder);
        }
        return own;
    }

    /** Locks a journal; null when its process lives, in this virtual machine or another. */
    private @Nullable Owned lock(String id, StandardOpenOption create) throws IOException {
        if (System.getProperties().putIfAbsent(OPEN_HERE + id, "open") != null) {
            return null;
        }
        Path lockFile = folder.resolve(id + ".lock");
        @Nullable FileChannel channel = null;
        @Nullable FileLock lock = null;
        try {
            channel = openForWriting(lockFile, create);
            lock = channel.tryLock();
            return lock == null
                    ? null
                    : new Owned(id, folder.resolve(id + ".journal"), folder.resolve(id + ".tmp"), lockFile, channel);
        } finally {
            if (lock == null) {
                if (channel != null) {
                    channel.close();
                }
                System.clearProperty(OPEN_HERE + id);
            }
        }
    }

    /** A file of ours, readable by the owner alone, and never through a link. */
    FileChannel openForWriting(Path file, OpenOption... create) throws IOException {
        Set<OpenOption> options = new HashSet<>(Set.of(create));
        options.add(StandardOpenOption.WRITE);
        options.add(NOFOLLOW_LINKS);
        return FileChannel.open(file, options, posix ? attributes(file, "rw-------") : new FileAttribute<?>[0]);
    }

    /** The journals of processes that are dead, locked. What cannot be read is left where it is, with a warning. */
    List<Dead> takeOver(Owned own) throws IOException {
        List<Dead> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.journal")) {
            for (Path file : files) {
                if (found.size() == MOST_DEAD) {
                    LOG.warn(
                            "More than {} crash journals in {}; the rest is read at the next start", MOST_DEAD, folder);
                    break;
                }
                var name = JOURNAL_NAME.matcher(file.getFileName().toString());
                if (name.matches()) {
                    Dead dead = takeOver(name.group(1), file, own);
                    if (dead != null) {
                        found.add(dead);
                    }
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return found;
    }

    private @Nullable Dead takeOver(String id, Path file, Owned own) {
        @Nullable Owned dead = null;
        try {
            if (!isOurs(file, own)) {
                LOG.warn("Crash journal {} is left alone: it is no plain file of this user, or too large", file);
                return null;
            }
            dead = lock(id, StandardOpenOption.CREATE);
            if (dead == null) {
                return null;
            }
            JournalFormat.Content content = JournalFormat.decode(read(file));
            if (!content.journal()) {
                LOG.warn("Crash journal {} is left alone: its content is something else", file);
                release(dead);
                return null;
            }
            if (content.dropped() > 0) {
                LOG.warn("Crash journal {}: {} torn or foreign records dropped", file, content.dropped());
            }
            if (content.records().isEmpty()) {
                delete(dead);
                return null;
            }
            return new Dead(dead, content);
        } catch (NoSuchFileException e) {
            // Another process has taken it over since the folder was listed, and is done with it.
            close(dead);
            return null;
        } catch (IOException | RuntimeException e) {
            close(dead);
            LOG.warn("Crash journal {} cannot be read, and its use is lost: {}", file, e.toString());
            return null;
        }
    }

    private boolean isOurs(Path file, Owned own) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class, NOFOLLOW_LINKS);
        return attributes.isRegularFile()
                && attributes.size() <= FileJournal.LARGEST
                && (!posix
                        || Files.getOwner(file, NOFOLLOW_LINKS).equals(Files.getOwner(own.lockFile(), NOFOLLOW_LINKS)));
    }

    private static byte[] read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file, NOFOLLOW_LINKS)) {
            return in.readNBytes(FileJournal.LARGEST);
        }
    }

    /** Deletes a journal and frees its lock. The journal goes first: a lock file alone means nothing to anybody. */
    void delete(Owned files) throws IOException {
        try {
            Files.deleteIfExists(files.journal());
            Files.deleteIfExists(files.temporary());
        } finally {
            release(files);
        }
        Files.deleteIfExists(files.lockFile());
    }

    /**
     * Keeps the lock file from cleaners of temporary folders, who take old files. By a write through the channel that holds
     * the lock: setting the file's time would open and close it once more, and that frees the lock on POSIX systems.
     */
    void touchLock(Owned files) throws IOException {
        files.lockChannel().write(ByteBuffer.wrap(new byte[] {'\n'}), 0);
    }

    /** Frees the lock, so that the next start takes the journal over. */
    void release(Owned files) throws IOException {
        try {
            files.lockChannel().close();
        } finally {
            System.clearProperty(OPEN_HERE + files.id());
        }
    }

    private void close(@Nullable Owned files) {
        if (files != null) {
            try {
                release(files);
            } catch (IOException e) {
                LOG.warn("The lock of a crash journal in {} could not be freed: {}", folder, e.toString());
            }
        }
    }

    @Override
    public String toString() {
        return folder.toString();
    }
}
