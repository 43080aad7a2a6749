package io.hourmeter.usage;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;

/** Records for the tests of the journal. */
final class JournalRecords {

    static final String HASH = "0123456789abcdef".repeat(4);

    private JournalRecords() {}

    static JournalRecord record(int number) {
        return record(number, number * 10L);
    }

    static JournalRecord record(int number, long usedMillis) {
        return new JournalRecord(
                new UUID(7, number),
                KeyHash.parse(HASH),
                "",
                new SessionId(8, 9, number),
                usedMillis,
                900_000,
                false,
                true,
                1_790_000_000_000L);
    }

    static JournalRecord random(SplittableRandom random) {
        SessionId session = new SessionId(random.nextLong(), random.nextLong(), random.nextLong());
        return new JournalRecord(
                new UUID(random.nextLong(), random.nextLong()),
                new KeyHash(random.nextLong(), random.nextLong(), random.nextLong(), random.nextLong()),
                random.nextBoolean() ? "" : session.toString(),
                session,
                random.nextInt(4) == 0 ? null : random.nextLong(1L << 50),
                random.nextLong(1L << 50),
                random.nextBoolean(),
                random.nextBoolean(),
                random.nextLong(-(1L << 50), 1L << 50));
    }

    static List<JournalRecord> random(SplittableRandom random, int count) {
        List<JournalRecord> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            records.add(random(random));
        }
        return records;
    }
}
