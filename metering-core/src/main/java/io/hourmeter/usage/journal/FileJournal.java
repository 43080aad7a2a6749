package io.hourmeter.usage.journal;

import io.hourmeter.usage.node.LeaseRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link Journal} in a folder, which several processes may share. A checkpoint is written beside the journal and moved
 * over it, so that a crash at any moment leaves the old content or the new one; records in between are appended.
 *
 * <p>Not thread-safe: as {@link Journal} says, one thread of the tracker calls it.
 */
public final class FileJournal implements Journal {

    /**
     * No journal grows beyond this: room for more than 100,000 leases, and little enough to be read at a start. What does
     * not fit is left out with a warning; a crash then loses its time since the last report.
     */
    static final int LARGEST = 32 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(FileJournal.class);

    private final JournalFolder folder;
    private final JournalFolder.Owned own;
    private final Clock clock;
    private final List<LeaseRecord> leftovers;

    /** Journals of dead processes whose records the next checkpoint takes over. */
    private List<JournalFolder.Dead> dead;

    /** What the file holds; null after a failure, when nobody knows. */
    private @Nullable Map<UUID, LeaseRecord> written;

    /** The file as it is since the last checkpoint, for appending; null before the first and after a failure. */
    private @Nullable FileChannel file;

    private boolean overfull;
    private boolean closed;

    private FileJournal(JournalFolder folder, JournalFolder.Owned own, Clock clock, List<JournalFolder.Dead> dead) {
        this.folder = folder;
        this.own = own;
        this.clock = clock;
        this.dead = dead;
        Map<UUID, LeaseRecord> newest = new LinkedHashMap<>();
        for (JournalFolder.Dead journal : dead) {
            for (LeaseRecord record : journal.content().records()) {
                newest.merge(record.lease(), record, FileJournal::furthest);
            }
        }
        this.leftovers = List.copyOf(newest.values());
    }

    /**
     * Opens a journal that no other process writes, and reads what processes that ended left in the folder.
     *
     * @param path created if it is not there
     * @return the journal
     * @throws IOException if the folder cannot be used
     */
    public static FileJournal open(Path path) throws IOException {
        JournalFolder folder = JournalFolder.open(path);
        JournalFolder.Owned own = folder.create();
        try {
            FileJournal journal = new FileJournal(folder, own, Clock.systemUTC(), folder.takeOver(own));
            journal.replace(byLease(List.of())); // shows now, not in five seconds, whether the folder can be written
            return journal;
        } catch (IOException | RuntimeException e) {
            try {
                folder.delete(own);
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    /** Of two records of one lease, which a crash in the middle of taking over can leave: watermarks only grow. */
    private static LeaseRecord furthest(LeaseRecord one, LeaseRecord other) {
        long usedOne = one.usedMillis() == null ? -1 : one.usedMillis();
        long usedOther = other.usedMillis() == null ? -1 : other.usedMillis();
        return usedOne >= usedOther ? one : other;
    }

    @Override
    public List<LeaseRecord> leftovers() {
        return leftovers;
    }

    @Override
    public void checkpoint(List<LeaseRecord> records) throws IOException {
        Map<UUID, LeaseRecord> wanted = byLease(records);
        if (!wanted.equals(written) || !touch()) {
            replace(wanted);
        }
        folder.touchLock(own);
        // Their records are in this journal now, or acknowledged.
        for (JournalFolder.Dead journal : dead) {
            try {
                folder.delete(journal.files());
            } catch (IOException e) {
                LOG.warn("A crash journal in {} was taken over and cannot be deleted: {}", folder, e.toString());
            }
        }
        dead = List.of();
    }

    private void replace(Map<UUID, LeaseRecord> records) throws IOException {
        written = null;
        closeFile();
        byte[] bytes = encode(records.values());
        Files.deleteIfExists(own.temporary());
        FileChannel next = folder.openForWriting(own.temporary(), StandardOpenOption.CREATE_NEW);
        try {
            writeFully(next, bytes);
            next.force(true); // or a power cut may leave the new name with no content
            Files.move(
                    own.temporary(),
                    own.journal(),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException | RuntimeException e) {
            next.close();
            throw e;
        }
        file = next;
        written = records;
    }

    private byte[] encode(Collection<LeaseRecord> records) {
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(
                LARGEST, JournalFormat.HEADER.length() + (long) records.size() * JournalFormat.LONGEST_RECORD));
        buffer.put(JournalFormat.HEADER.getBytes(StandardCharsets.US_ASCII));
        int leftOut = 0;
        for (LeaseRecord record : records) {
            byte[] line = JournalFormat.encode(record);
            if (line.length <= buffer.remaining()) {
                buffer.put(line);
            } else {
                leftOut++;
            }
        }
        warnOnce(leftOut);
        byte[] bytes = new byte[buffer.position()];
        buffer.flip().get(bytes);
        return bytes;
    }

    private void warnOnce(int leftOut) {
        if (leftOut > 0 && !overfull) {
            LOG.warn("The crash journal is full at {} bytes: {} leases are not in it", LARGEST, leftOut);
        }
        overfull = leftOut > 0;
    }

    @Override
    public void append(List<LeaseRecord> records) throws IOException {
        if (records.isEmpty()) {
            return;
        }
        FileChannel to = file;
        Map<UUID, LeaseRecord> known = written;
        if (to == null || known == null) {
            throw new IOException("the last checkpoint of the journal failed");
        }
        ByteBuffer lines = ByteBuffer.allocate(Math.multiplyExact(records.size(), JournalFormat.LONGEST_RECORD));
        for (LeaseRecord record : records) {
            lines.put(JournalFormat.encode(record));
        }
        if (to.size() + lines.position() > LARGEST) {
            throw new IOException("the journal is full until its next checkpoint");
        }
        byte[] bytes = new byte[lines.position()];
        lines.flip().get(bytes);
        written = null;
        writeFully(to, bytes);
        to.force(false);
        records.forEach(record -> known.put(record.lease(), record));
        written = known;
    }

    private static void writeFully(FileChannel channel, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    /** Keeps the journal from cleaners of temporary folders, who take old files. Returns whether it was still there. */
    private boolean touch() {
        try {
            Files.setLastModifiedTime(own.journal(), FileTime.from(clock.instant()));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static Map<UUID, LeaseRecord> byLease(List<LeaseRecord> records) {
        Map<UUID, LeaseRecord> map = new LinkedHashMap<>();
        records.forEach(record -> map.put(record.lease(), record));
        return map;
    }

    private void closeFile() throws IOException {
        FileChannel open = file;
        file = null;
        if (open != null) {
            open.close();
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            closeFile();
            boolean nothingToReplay = written != null && written.isEmpty();
            if (nothingToReplay) {
                folder.delete(own);
            } else {
                folder.release(own);
            }
            for (JournalFolder.Dead journal : dead) {
                folder.release(journal.files());
            }
        } catch (IOException e) {
            LOG.warn("The crash journal in {} could not be closed: {}", folder, e.toString());
        }
    }
}
