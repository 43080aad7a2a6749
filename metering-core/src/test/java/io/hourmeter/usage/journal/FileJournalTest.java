package io.hourmeter.usage.journal;

import static io.hourmeter.usage.journal.JournalRecords.record;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.hourmeter.usage.node.LeaseRecord;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

@Timeout(60)
class FileJournalTest {

    @TempDir
    Path temporary;

    private Path folder;

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger("io.hourmeter.usage");

    @BeforeEach
    void watch() {
        folder = temporary.resolve("journal");
        log.start();
        logger.setAdditive(false); // a warning for each byte of a torn file is no news
        logger.addAppender(log);
    }

    @AfterEach
    void unwatch() {
        logger.detachAppender(log);
        logger.setAdditive(true);
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private Path only(String suffix) throws IOException {
        List<String> found =
                files().stream().filter(name -> name.endsWith(suffix)).toList();
        assertThat(found).hasSize(1);
        return folder.resolve(found.get(0));
    }

    /** Leaves a journal as a process does that is killed. */
    private Path crashed(LeaseRecord... records) throws IOException {
        FileJournal journal = FileJournal.open(folder);
        journal.checkpoint(List.of(records));
        String name = files().stream()
                .filter(file -> file.endsWith(".journal"))
                .map(folder::resolve)
                .max((a, b) -> modified(a).compareTo(modified(b)))
                .orElseThrow()
                .getFileName()
                .toString();
        journal.close();
        return folder.resolve(name);
    }

    private static FileTime modified(Path file) {
        try {
            return Files.getLastModifiedTime(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void firstStartHasNothingToReplay() throws IOException {
        try (FileJournal journal = FileJournal.open(folder)) {
            assertThat(journal.leftovers()).isEmpty();
        }
        assertThat(files()).isEmpty();
    }

    @Test
    void nextStartReplaysTheLastCheckpointAndWhatWasAppended() throws IOException {
        try (FileJournal journal = FileJournal.open(folder)) {
            journal.checkpoint(List.of(record(1), record(2)));
            journal.checkpoint(List.of(record(2, 500), record(3)));
            journal.append(List.of(record(4), record(3, 900)));
            journal.append(List.of());
        }
        try (FileJournal next = FileJournal.open(folder)) {
            assertThat(next.leftovers()).containsExactlyInAnyOrder(record(2, 500), record(3, 900), record(4));
        }
    }

    @Test
    void leftoversStayUntilTheFirstCheckpoint() throws IOException {
        crashed(record(1));
        try (FileJournal second = FileJournal.open(folder)) {
            assertThat(second.leftovers()).containsExactly(record(1));
        }
        try (FileJournal third = FileJournal.open(folder)) {
            assertThat(third.leftovers()).containsExactly(record(1));
            third.checkpoint(List.of(record(1), record(2)));
            assertThat(files()).hasSize(2);
        }
        try (FileJournal fourth = FileJournal.open(folder)) {
            assertThat(fourth.leftovers()).containsExactlyInAnyOrder(record(1), record(2));
            fourth.checkpoint(List.of());
        }
        assertThat(files()).isEmpty();
    }

    @Test
    void crashWhileTakingOverYieldsOneRecordPerLease() throws IOException {
        Path first = crashed(record(1, 100), record(2, 5));
        byte[] bytes = Files.readAllBytes(first);
        try (FileJournal second = FileJournal.open(folder)) {
            second.checkpoint(List.of(record(1, 100), record(3)));
        }
        Files.write(first, bytes);
        try (FileJournal third = FileJournal.open(folder)) {
            assertThat(third.leftovers()).containsExactlyInAnyOrder(record(1, 100), record(2, 5), record(3));
        }
    }

    @Test
    void severalDeadJournalsAreAllReplayed() throws IOException {
        List<FileJournal> nodes = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            FileJournal node = FileJournal.open(folder);
            node.checkpoint(List.of(record(i)));
            nodes.add(node);
        }
        nodes.forEach(FileJournal::close);
        try (FileJournal next = FileJournal.open(folder)) {
            assertThat(next.leftovers()).hasSize(5);
        }
    }

    @Test
    void journalOfALiveTrackerInTheSameMachineIsNotReplayed() throws IOException {
        try (FileJournal one = FileJournal.open(folder)) {
            one.checkpoint(List.of(record(1)));
            for (int i = 0; i < 3; i++) {
                try (FileJournal two = FileJournal.open(folder)) {
                    assertThat(two.leftovers()).isEmpty();
                    two.checkpoint(List.of());
                }
            }
            one.checkpoint(List.of(record(2)));
        }
        try (FileJournal next = FileJournal.open(folder)) {
            assertThat(next.leftovers()).containsExactly(record(2));
        }
    }

    @Test
    void deadJournalGoesToOneOfTwoThatStartTogether() throws IOException {
        crashed(record(1));
        try (FileJournal one = FileJournal.open(folder);
                FileJournal two = FileJournal.open(folder)) {
            assertThat(one.leftovers()).containsExactly(record(1));
            assertThat(two.leftovers()).isEmpty();
            one.checkpoint(List.of());
        }
        assertThat(files()).isEmpty();
    }

    @Test
    void closeTwiceIsOneClose() throws IOException {
        FileJournal journal = FileJournal.open(folder);
        journal.checkpoint(List.of(record(1)));
        journal.close();
        try (FileJournal next = FileJournal.open(folder)) {
            journal.close();
            assertThat(next.leftovers()).containsExactly(record(1));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rwxrwxrwx", "rwxrwx---", "rwx-w----", "rwx----w-"})
    @DisabledOnOs(OS.WINDOWS)
    void folderThatOthersMayWriteIsWarnedOfWithItsMode(String mode) throws IOException {
        Path shared = Files.createDirectory(temporary.resolve("shared"));
        Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString(mode));
        FileJournal.open(shared).close();
        assertThat(log.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .filteredOn(line -> line.contains("usage.journal"))
                .singleElement()
                .asString()
                .contains("shared", "(mode " + mode + ")", "chmod 700");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rwx------", "rwxr-x---", "rwxr-xr-x"})
    @DisabledOnOs(OS.WINDOWS)
    void folderThatOthersMayOnlyReadIsNot(String mode) throws IOException {
        Path own = Files.createDirectory(temporary.resolve("own"));
        Files.setPosixFilePermissions(own, PosixFilePermissions.fromString(mode));
        FileJournal.open(own).close();
        assertThat(log.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .noneMatch(line -> line.contains("usage.journal"));
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void filesAreTheOwnersAlone() throws IOException {
        try (FileJournal journal = FileJournal.open(temporary.resolve("a/b/c"))) {
            folder = temporary.resolve("a/b/c");
            journal.checkpoint(List.of(record(1)));
            journal.checkpoint(List.of(record(2)));
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                    .isEqualTo("rwx------");
            for (String file : files()) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(file))))
                        .as(file)
                        .isEqualTo("rw-------");
            }
        }
    }

    @Test
    void checkpointThatChangesNothingWritesNothing() throws IOException {
        try (FileJournal journal = FileJournal.open(folder)) {
            journal.checkpoint(List.of(record(1), record(2)));
            Path file = only(".journal");
            Object before = Files.readAttributes(file, "unix:ino").get("ino");
            Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
            Files.setLastModifiedTime(only(".lock"), FileTime.from(Instant.EPOCH));
            journal.checkpoint(List.of(record(2), record(1)));
            assertThat(Files.readAttributes(file, "unix:ino").get("ino")).isEqualTo(before);
            assertThat(modified(file).toInstant()).isAfter(Instant.EPOCH);
            assertThat(modified(only(".lock")).toInstant()).isAfter(Instant.EPOCH);
        }
    }

    @Test
    void journalThatACleanerTookIsWrittenAgain() throws IOException {
        try (FileJournal journal = FileJournal.open(folder)) {
            journal.checkpoint(List.of(record(1)));
            Files.delete(only(".journal"));
            journal.checkpoint(List.of(record(1)));
            assertThat(JournalFormat.decode(Files.readAllBytes(only(".journal")))
                            .records())
                    .containsExactly(record(1));
        }
    }

    @Test
    void fileTornAtAnyByteIsReplayedAsFarAsItGoes() throws IOException {
        Path file = crashed(record(1), record(2));
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length <= whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            try (FileJournal next = FileJournal.open(folder)) {
                List<LeaseRecord> left = next.leftovers();
                assertThat(left)
                        .as("cut at %d", length)
                        .isEqualTo(List.of(record(1), record(2)).subList(0, left.size()));
            }
        }
        try (FileJournal next = FileJournal.open(folder)) {
            assertThat(next.leftovers()).hasSize(2);
        }
        assertThat(log.list)
                .anyMatch(event -> event.getFormattedMessage().endsWith("1 torn or foreign records dropped"));
    }

    @Test
    void tornTemporaryFileOfACrashLeavesTheOldContent() throws IOException {
        Path file = crashed(record(1));
        Path torn = folder.resolve(file.getFileName().toString().replace(".journal", ".tmp"));
        Files.writeString(torn, JournalFormat.HEADER + "half a rec");
        try (FileJournal next = FileJournal.open(folder)) {
            assertThat(next.leftovers()).containsExactly(record(1));
            next.checkpoint(List.of());
        }
        assertThat(files()).isEmpty();
    }

    @Test
    void foreignFilesAreLeftAlone() throws IOException {
        Files.createDirectory(folder);
        String id = "0123456789abcdef".repeat(2);
        Files.writeString(folder.resolve("notes.journal"), "mine");
        Files.writeString(folder.resolve(id + ".journal"), "something else");
        Files.createDirectory(folder.resolve("1" + id.substring(1) + ".journal"));
        try (FileJournal journal = FileJournal.open(folder)) {
            assertThat(journal.leftovers()).isEmpty();
            journal.checkpoint(List.of());
        }
        assertThat(folder.resolve("notes.journal")).hasContent("mine");
        assertThat(folder.resolve(id + ".journal")).hasContent("something else");
        assertThat(log.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .anyMatch(line -> line.endsWith("its content is something else"))
                .anyMatch(line -> line.contains("no plain file"));
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void journalOfAnotherUserIsLeftAlone() throws IOException {
        Path file = crashed(record(1));
        byte[] bytes = Files.readAllBytes(file);
        try {
            Files.setAttribute(file, "unix:uid", 65_534);
        } catch (IOException e) {
            assumeTrue(false, "only root can give a file away: " + e.getMessage());
        }
        try (FileJournal journal = FileJournal.open(folder)) {
            assertThat(journal.leftovers()).isEmpty();
            journal.checkpoint(List.of());
        }
        assertThat(Files.readAllBytes(file)).isEqualTo(bytes);
        assertThat(log.list).anyMatch(event -> event.getFormattedMessage().contains("no plain file of this user"));
    }

    @Test
    void journalLargerThanAnyIsLeftAlone() throws IOException {
        Path file = crashed(record(1));
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {'x'}), FileJournal.LARGEST + 1L);
        }
        try (FileJournal journal = FileJournal.open(folder)) {
            assertThat(journal.leftovers()).isEmpty();
            journal.checkpoint(List.of());
        }
        assertThat(file).exists();
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void linksAreNotFollowed() throws IOException {
        Path file = crashed(record(1));
        Path elsewhere = temporary.resolve("elsewhere");
        Files.move(file, elsewhere);
        Files.createSymbolicLink(file, elsewhere);
        Path target = temporary.resolve("target");
        Path lock = folder.resolve("f".repeat(32) + ".lock");
        Files.createSymbolicLink(lock, target);
        Files.write(folder.resolve("f".repeat(32) + ".journal"), Files.readAllBytes(elsewhere));
        try (FileJournal journal = FileJournal.open(folder)) {
            assertThat(journal.leftovers()).isEmpty();
            journal.checkpoint(List.of());
        }
        assertThat(elsewhere).exists();
        assertThat(target).doesNotExist();
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void linkInPlaceOfTheTemporaryFileIsReplacedNotFollowed() throws IOException {
        Path target = Files.writeString(temporary.resolve("target"), "precious");
        try (FileJournal journal = FileJournal.open(folder)) {
            Path planted = Path.of(only(".journal").toString().replace(".journal", ".tmp"));
            Files.createSymbolicLink(planted, target);
            journal.checkpoint(List.of(record(1)));
        }
        assertThat(target).hasContent("precious");
        try (FileJournal next = FileJournal.open(folder)) {
            assertThat(next.leftovers()).containsExactly(record(1));
        }
    }

    @Test
    void folderThatCannotBeIsAnError() throws IOException {
        Path file = Files.writeString(temporary.resolve("file"), "x");
        assertThatThrownBy(() -> FileJournal.open(file)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> FileJournal.open(file.resolve("below"))).isInstanceOf(IOException.class);
    }

    @Test
    void folderThatIsGoneFailsTheCheckpointAndComesBack() throws IOException {
        try (FileJournal journal = FileJournal.open(folder)) {
            journal.checkpoint(List.of(record(1)));
            Path aside = temporary.resolve("aside");
            Files.move(folder, aside);
            assertThatThrownBy(() -> journal.checkpoint(List.of(record(2)))).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> journal.append(List.of(record(3)))).isInstanceOf(IOException.class);
            Files.move(aside, folder);
            assertThat(JournalFormat.decode(Files.readAllBytes(only(".journal")))
                            .records())
                    .containsExactly(record(1));
            journal.checkpoint(List.of(record(2)));
            journal.append(List.of(record(3)));
        }
        try (FileJournal next = FileJournal.open(folder)) {
            assertThat(next.leftovers()).containsExactlyInAnyOrder(record(2), record(3));
        }
    }

    @Test
    void fullJournalLeavesOutTheRestAndSaysSoOnce() throws IOException {
        SplittableRandom random = new SplittableRandom(9);
        LeaseRecord longest = JournalRecords.random(random);
        List<LeaseRecord> many = new ArrayList<>();
        for (int i = 0; i < FileJournal.LARGEST / 140; i++) {
            many.add(record(i));
        }
        try (FileJournal journal = FileJournal.open(folder)) {
            journal.checkpoint(many);
            journal.checkpoint(many.subList(0, many.size() - 1));
            assertThat(Files.size(only(".journal"))).isBetween(FileJournal.LARGEST - 640L, (long) FileJournal.LARGEST);
            assertThatThrownBy(() -> journal.append(
                            List.of(longest, record(90_000_001), record(90_000_002), record(90_000_003))))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("full");
            assertThat(log.list)
                    .filteredOn(event -> event.getFormattedMessage().startsWith("The crash journal is full"))
                    .hasSize(1);
            journal.checkpoint(List.of(record(1)));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {61, 62, 63, 64, 65, 66})
    void anyRunOfCheckpointsAppendsAndRestartsKeepsTheNewest(long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        Map<UUID, LeaseRecord> expected = new TreeMap<>();
        long used = 0;
        for (int life = 0; life < 8; life++) {
            try (FileJournal journal = FileJournal.open(folder)) {
                assertThat(journal.leftovers())
                        .as("seed %d, life %d", seed, life)
                        .containsExactlyInAnyOrderElementsOf(expected.values());
                journal.checkpoint(List.copyOf(expected.values()));
                for (int step = random.nextInt(20); step > 0; step--) {
                    List<LeaseRecord> some = new ArrayList<>();
                    for (int i = random.nextInt(5); i > 0; i--) {
                        some.add(record(random.nextInt(10), ++used));
                    }
                    if (random.nextBoolean()) {
                        expected.values().removeIf(gone -> random.nextInt(3) == 0);
                        some.forEach(record -> expected.put(record.lease(), record));
                        journal.checkpoint(List.copyOf(expected.values()));
                    } else {
                        some.forEach(record -> expected.put(record.lease(), record));
                        journal.append(some);
                    }
                }
            }
        }
    }

    /** A process of its own; says that it is ready, then waits to be killed. */
    private Process child(String... command) throws IOException {
        List<String> line = new ArrayList<>(List.of(command));
        line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        line.addAll(List.of("-Xmx64m", "-XX:TieredStopAtLevel=1", "-cp"));
        line.add(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
        line.addAll(List.of(JournalChild.class.getName(), folder.toString()));
        return new ProcessBuilder(line).redirectErrorStream(true).start();
    }

    private static void await(Process process, String line) throws IOException {
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        List<String> seen = new ArrayList<>();
        for (String next = out.readLine(); next != null; next = out.readLine()) {
            if (next.equals(line)) {
                return;
            }
            seen.add(next);
        }
        throw new AssertionError("the child ended after " + seen);
    }

    @Test
    void killedProcessIsReplayedAndALiveOneIsNot() throws IOException, InterruptedException {
        Process child = child();
        try {
            await(child, "ready");
            for (int i = 0; i < 2; i++) {
                try (FileJournal here = FileJournal.open(folder)) {
                    assertThat(here.leftovers()).isEmpty();
                }
            }
        } finally {
            child.destroyForcibly();
        }
        assertThat(child.waitFor(10, TimeUnit.SECONDS)).isTrue();
        try (FileJournal here = FileJournal.open(folder)) {
            assertThat(here.leftovers()).containsExactlyInAnyOrder(record(1), record(2), record(3));
            here.checkpoint(List.of());
        }
        assertThat(files()).isEmpty();
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void fullDiskFailsTheCheckpointAndKeepsTheLastOne() throws IOException, InterruptedException {
        Process child = child("/bin/sh", "-c", "ulimit -f 16; exec \"$0\" \"$@\"");
        try {
            await(child, "ready");
            child.outputWriter(StandardCharsets.UTF_8).append("fill\n").flush();
            await(child, "full");
            child.outputWriter(StandardCharsets.UTF_8).append("shrink\n").flush();
            await(child, "shrunk");
        } finally {
            child.destroyForcibly();
        }
        assertThat(child.waitFor(10, TimeUnit.SECONDS)).isTrue();
        try (FileJournal here = FileJournal.open(folder)) {
            assertThat(here.leftovers()).containsExactly(record(7));
        }
    }
}
