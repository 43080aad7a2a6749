package io.hourmeter.usage.journal;

import io.hourmeter.LicenseId;
import io.hourmeter.usage.node.Credential;
import io.hourmeter.usage.node.KeyHash;
import io.hourmeter.usage.node.LeaseRecord;
import io.hourmeter.usage.node.SessionId;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;

/** Records for the tests of the journal. */
final class JournalRecords {

    static final String HASH = "0123456789abcdef".repeat(4);
    static final Credential ID = new Credential.Id(new LicenseId("lic_0123456789abcdef"));

    private JournalRecords() {}

    static LeaseRecord record(int number) {
        return record(number, number * 10L);
    }

    static LeaseRecord record(int number, long usedMillis) {
        return new LeaseRecord(
                new UUID(7, number),
                number % 2 == 0 ? KeyHash.parse(HASH) : ID,
                "",
                new SessionId(8, 9, number),
                usedMillis,
                900_000,
                false,
                true,
                1_790_000_000_000L);
    }

    static LeaseRecord random(SplittableRandom random) {
        SessionId session = new SessionId(random.nextLong(), random.nextLong(), random.nextLong());
        return new LeaseRecord(
                new UUID(random.nextLong(), random.nextLong()),
                credential(random),
                random.nextBoolean() ? "" : session.toString(),
                session,
                random.nextInt(4) == 0 ? null : random.nextLong(1L << 50),
                random.nextLong(1L << 50),
                random.nextBoolean(),
                random.nextBoolean(),
                random.nextLong(-(1L << 50), 1L << 50));
    }

    private static Credential credential(SplittableRandom random) {
        if (random.nextBoolean()) {
            return new KeyHash(random.nextLong(), random.nextLong(), random.nextLong(), random.nextLong());
        }
        // The longest id that there is, as often as the shortest.
        String digits = random.nextBoolean() ? "0aZ9".repeat(16) : "0aZ9".repeat(2);
        return new Credential.Id(new LicenseId("lic_" + digits));
    }

    static List<LeaseRecord> random(SplittableRandom random, int count) {
        List<LeaseRecord> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            records.add(random(random));
        }
        return records;
    }
}
