package io.hourmeter.usage.journal;

import static io.hourmeter.usage.journal.JournalRecords.record;

import io.hourmeter.usage.node.LeaseRecord;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A process that keeps a journal until it is killed, for {@link FileJournalTest}. */
final class JournalChild {

    private JournalChild() {}

    public static void main(String[] args) throws IOException {
        FileJournal journal = FileJournal.open(Path.of(args[0]));
        journal.checkpoint(List.of(record(1), record(2)));
        journal.append(List.of(record(3)));
        System.out.println("ready");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (line.equals("fill")) {
                fill(journal);
            } else {
                journal.checkpoint(List.of(record(7)));
                System.out.println("shrunk");
            }
        }
    }

    /** Writes more than the process may; the old content must then still be there. */
    private static void fill(FileJournal journal) {
        List<LeaseRecord> many = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            many.add(record(i));
        }
        try {
            journal.checkpoint(many);
            System.out.println("not full");
        } catch (IOException expected) {
            System.out.println("full");
        }
    }
}
