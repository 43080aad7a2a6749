package io.hourmeter.usage.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hourmeter.usage.node.LeaseRecord;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JournalFormatTest {

    private static byte[] file(List<LeaseRecord> records) {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(JournalFormat.HEADER.getBytes(StandardCharsets.US_ASCII));
        records.forEach(record -> file.writeBytes(JournalFormat.encode(record)));
        return file.toByteArray();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void whatIsWrittenIsRead(long seed) {
        List<LeaseRecord> records = JournalRecords.random(new SplittableRandom(seed), 200);
        JournalFormat.Content content = JournalFormat.decode(file(records));
        assertThat(content.journal()).isTrue();
        assertThat(content.dropped()).isZero();
        assertThat(content.records()).as("seed %d", seed).isEqualTo(records);
        assertThat(records)
                .allSatisfy(record -> assertThat(JournalFormat.encode(record).length)
                        .isLessThanOrEqualTo(JournalFormat.LONGEST_RECORD));
    }

    /** As the version before wrote it, which knew only keys. */
    @Test
    void recordsOfAnEarlierVersionAreRead() {
        String earlier = """
                hourmeter-journal 1

                00000000-0000-0007-0000-000000000002	HASH		AAAAAAAAAAgAAAAAAAAACQAAAAAAAAAC	20	900000	-b	1790000000000	97bb6983
                """.replace("HASH", JournalRecords.HASH);
        JournalFormat.Content content = JournalFormat.decode(earlier.getBytes(StandardCharsets.US_ASCII));
        assertThat(content.dropped()).isZero();
        assertThat(content.records()).containsExactly(JournalRecords.record(2));
    }

    @Test
    void laterRecordOfALeaseReplacesTheEarlierOne() {
        LeaseRecord first = JournalRecords.record(1, 10);
        LeaseRecord other = JournalRecords.record(2, 10);
        LeaseRecord second = JournalRecords.record(1, 20);
        assertThat(JournalFormat.decode(file(List.of(first, other, second))).records())
                .containsExactlyInAnyOrder(second, other);
    }

    @Test
    void fileTornAtAnyByteKeepsEveryWholeRecord() {
        List<LeaseRecord> records =
                List.of(JournalRecords.record(1), JournalRecords.record(2), JournalRecords.record(3));
        byte[] whole = file(records);
        int[] ends = new int[records.size()];
        int end = JournalFormat.HEADER.length();
        for (int i = 0; i < ends.length; i++) {
            end += JournalFormat.encode(records.get(i)).length;
            ends[i] = end - 1; // the last line break may be missing
        }
        for (int length = 0; length <= whole.length; length++) {
            int cut = length;
            int expected = (int) Arrays.stream(ends).filter(e -> e <= cut).count();
            JournalFormat.Content content = JournalFormat.decode(Arrays.copyOf(whole, length));
            assertThat(content.journal()).as("cut at %d", length).isTrue();
            assertThat(content.records()).as("cut at %d", length).isEqualTo(records.subList(0, expected));
            assertThat(content.dropped()).isLessThanOrEqualTo(1);
        }
    }

    @Test
    void recordAppendedAfterATornOneIsRead() {
        LeaseRecord first = JournalRecords.record(1);
        byte[] torn = JournalFormat.encode(JournalRecords.record(2));
        LeaseRecord last = JournalRecords.record(3);
        for (int length = 0; length < torn.length - 1; length++) {
            ByteArrayOutputStream file = new ByteArrayOutputStream();
            file.writeBytes(file(List.of(first)));
            file.write(torn, 0, length);
            file.writeBytes(JournalFormat.encode(last));
            assertThat(JournalFormat.decode(file.toByteArray()).records())
                    .as("torn at %d", length)
                    .containsExactly(first, last);
        }
    }

    @Test
    void anyFlippedByteCostsItsOwnRecordsAndInventsNone() {
        List<LeaseRecord> records =
                List.of(JournalRecords.record(1), JournalRecords.record(2), JournalRecords.record(3));
        byte[] whole = file(records);
        for (int at = JournalFormat.HEADER.length(); at < whole.length; at++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] damaged = whole.clone();
                damaged[at] ^= (byte) (1 << bit);
                List<LeaseRecord> read = JournalFormat.decode(damaged).records();
                assertThat(records).as("bit %d of byte %d", bit, at).containsAll(read);
                assertThat(read.size()).as("bit %d of byte %d", bit, at).isGreaterThanOrEqualTo(2);
            }
        }
    }

    @Test
    void otherFilesAreNoJournals() {
        for (String text : List.of("x", "hourmeter-journal 2\n", "PK\u0003\u0004", "Hourmeter-journal 1\n", "\n")) {
            assertThat(JournalFormat.decode(text.getBytes(StandardCharsets.US_ASCII))
                            .journal())
                    .as(text)
                    .isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {6, 7, 8})
    void noiseAfterTheHeaderIsDropped(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        byte[] noise = new byte[100_000];
        random.nextBytes(noise);
        byte[] header = JournalFormat.HEADER.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(header, 0, noise, 0, header.length);
        JournalFormat.Content content = JournalFormat.decode(noise);
        assertThat(content.records()).as("seed %d", seed).isEmpty();
        assertThat(content.dropped()).as("seed %d", seed).isPositive();
    }

    @Test
    void recordOfAnotherFormIsDropped() {
        String line = new String(JournalFormat.encode(JournalRecords.record(1)), StandardCharsets.US_ASCII);
        for (String foreign : List.of(
                line.replace("\t900000\t", "\t900001\t"), "x" + line.strip(), line.replace("\t", " "), "a\tb\n")) {
            byte[] bytes = (JournalFormat.HEADER + foreign).getBytes(StandardCharsets.US_ASCII);
            assertThat(JournalFormat.decode(bytes).records()).as(foreign).isEmpty();
        }
    }

    @Test
    void keyInPlaceOfAScopeIsNeverWritten() {
        LeaseRecord good = JournalRecords.record(1);
        LeaseRecord bad = new LeaseRecord(
                good.lease(),
                good.credential(),
                "RL-7KQ2M9XA-00000000-11111111",
                good.session(),
                1L,
                2,
                false,
                true,
                3);
        assertThatThrownBy(() -> JournalFormat.encode(bad))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("RL-");
    }
}
