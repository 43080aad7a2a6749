package io.hourmeter.tests.simulation;

import io.hourmeter.server.simulation.Kind;
import io.hourmeter.usage.journal.Journal;
import io.hourmeter.usage.journal.JournalFormat;
import io.hourmeter.usage.node.LeaseRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.UnaryOperator;

/**
 * A node's disk with its crash journals; what a start finds there has been through the bytes of the production format. As
 * in a real folder a journal is replaced
 * at once or not at all, appended to with a possibly torn end, and taken over by the next start.
 */
final class Disk {

    private final List<File> dead = new ArrayList<>();
    private boolean full;

    /** The journal of one start. */
    final class File implements Journal {

        private final World world;
        private final UnaryOperator<LeaseRecord> mutation;
        private final Runnable onAppend;
        /** What was written since the last checkpoint, and how many of that by the last append. */
        private final List<LeaseRecord> written = new ArrayList<>();

        private int appended;
        private byte[] bytes = {};
        private final List<LeaseRecord> leftovers;
        private List<File> takenOver;
        private boolean whole;
        /** When the last checkpoint was written, or tried; virtual time. */
        long triedAt = Long.MIN_VALUE;
        /** Since when nothing can be written, {@link Long#MAX_VALUE} if it can. */
        long failingSince = Long.MAX_VALUE;

        private File(World world, UnaryOperator<LeaseRecord> mutation, Runnable onAppend) {
            this.onAppend = onAppend;
            this.world = world;
            this.mutation = mutation;
            this.takenOver = List.copyOf(dead);
            Map<UUID, LeaseRecord> newest = new LinkedHashMap<>();
            for (File file : dead) {
                for (LeaseRecord record : JournalFormat.decode(file.bytes).records()) {
                    newest.merge(record.lease(), record, File::furthest);
                }
            }
            leftovers = List.copyOf(newest.values());
        }

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
            triedAt = world.agenda.now();
            refuseIfFull();
            whole = true;
            failingSince = Long.MAX_VALUE;
            written.clear();
            written.addAll(records);
            appended = 0;
            dead.removeAll(takenOver);
            takenOver = List.of();
        }

        @Override
        public void append(List<LeaseRecord> records) throws IOException {
            if (records.isEmpty()) {
                return;
            }
            refuseIfFull();
            if (!whole) {
                throw new IOException("the last checkpoint of the journal failed");
            }
            written.addAll(records);
            appended = records.size();
            onAppend.run();
        }

        private void refuseIfFull() throws IOException {
            if (full) {
                whole = false;
                failingSince = Math.min(failingSince, world.agenda.now());
                throw new IOException("no space left on the disk, for a test");
            }
        }

        /**
         * The process is gone; its journal stays for the next start.
         *
         * @param torn whether it died while it appended
         */
        void orphan(boolean torn, SplittableRandom random) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            out.writeBytes(JournalFormat.HEADER.getBytes(StandardCharsets.US_ASCII));
            int before = written.size() - appended;
            written.subList(0, before).forEach(record -> out.writeBytes(JournalFormat.encode(mutation.apply(record))));
            int safe = out.size();
            written.subList(before, written.size())
                    .forEach(record -> out.writeBytes(JournalFormat.encode(mutation.apply(record))));
            bytes = out.toByteArray();
            if (torn && bytes.length > safe) {
                bytes = Arrays.copyOf(bytes, safe + random.nextInt(bytes.length - safe));
                world.tally.count(Kind.JOURNAL_TORN);
            }
            dead.add(this);
        }
    }

    /** The journal of a start. */
    File open(World world, UnaryOperator<LeaseRecord> mutation, Runnable onAppend) {
        return new File(world, mutation, onAppend);
    }

    void setFull(boolean isFull) {
        full = isFull;
    }

    boolean full() {
        return full;
    }

    /** The disk is lost. */
    void wipe() {
        dead.clear();
        full = false;
    }
}
