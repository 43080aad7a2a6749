package io.hourmeter.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.server.ledger.Ledger;
import io.hourmeter.server.ledger.SmallDisk;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A start that fails says why in one line, whatever fails: the license server's, its commands' and that of a ledger inside
 * an application. Each runs as a process of its own, as an operator sees it.
 */
@Tag("full")
@Timeout(120)
class FailedStartTest {

    /** How to take from root what no other user may do either. */
    private static final List<String> WITHOUT_RIGHTS = List.of(
            "setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search");

    @TempDir
    Path folder;

    private Path data;
    private final List<String> options = new ArrayList<>();
    private List<String> prefix = List.of();
    private int port;

    @BeforeEach
    void settings() {
        data = folder.resolve("data");
    }

    private MeteringConfig config() {
        return MeteringConfig.builder()
                .set(Settings.LICENSE_SERVER_DATABASE, "jdbc:sqlite:" + file())
                .build();
    }

    private Path file() {
        return data.resolve("licenses.db");
    }

    private void makeLedger() {
        Ledger.open(config()).close();
    }

    private void execute(String sql) throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
                Statement statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }

    private record Ended(int code, String out, String err) {}

    private Ended run(Class<?> main, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        Path out = Files.createTempFile(folder, "out", "");
        Path err = Files.createTempFile(folder, "err", "");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().keySet().removeIf(key -> key.startsWith("LICENSE_") || key.startsWith("METERING_"));
        builder.environment().put("LICENSE_SERVER_DATABASE", "jdbc:sqlite:" + file());
        builder.environment().put("LICENSE_SERVER_PORT", String.valueOf(port));
        Process process = builder.start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ended").isTrue();
        } finally {
            process.destroyForcibly();
        }
        return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    private void refused(Ended ended, String... why) {
        assertThat(ended.err().lines().toList()).as(ended.toString()).hasSize(1);
        assertThat(ended.err())
                .startsWith("license-server: ")
                .contains(why)
                .doesNotContain("Exception")
                .doesNotContain("HikariPool");
        assertThat(ended.out().lines()).as("no stack trace").noneMatch(line -> line.startsWith("\tat "));
        assertThat(ended.code()).isEqualTo(ExitCodes.COULD_NOT);
    }

    private void nothingStarts(String... why) throws Exception {
        refused(run(LicenseServerMain.class, "serve"), why);
        refused(run(Embedded.class), why);
    }

    private void nothingReads(String... why) throws Exception {
        refused(run(LicenseServerMain.class, "audit"), why);
        refused(run(LicenseServerMain.class, "backup", folder.resolve("b").toString()), why);
    }

    @Test
    void aFolderForTemporaryFilesFromWhichNothingCanRun() throws Exception {
        makeLedger();
        try (SmallDisk disk = SmallDisk.mount(folder.resolve("noexec"), "noexec")) {
            for (String setting : List.of("java.io.tmpdir", "org.sqlite.tmpdir")) {
                options.clear();
                options.add("-D" + setting + "=" + disk.path());
                String[] why = {disk.path().toString(), "noexec", "-Dorg.sqlite.tmpdir=", "-Djava.io.tmpdir="};
                nothingStarts(why);
                nothingReads(why);
            }
            // The setting that is named helps.
            options.clear();
            options.addAll(List.of("-Djava.io.tmpdir=" + disk.path(), "-Dorg.sqlite.tmpdir=" + folder));
            assertThat(run(LicenseServerMain.class, "audit").code()).isZero();
        }
    }

    @Test
    void aFolderForTemporaryFilesThatIsNotThere() throws Exception {
        makeLedger();
        options.add("-Dorg.sqlite.tmpdir=" + folder.resolve("nowhere"));
        String[] why = {"nowhere", "there is no such folder", "-Dorg.sqlite.tmpdir="};
        nothingStarts(why);
        nothingReads(why);
    }

    @Test
    void aFolderForTemporaryFilesThatIsReadOnlyOrFull() throws Exception {
        makeLedger();
        try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"))) {
            options.add("-Djava.io.tmpdir=" + disk.path());
            disk.fill();
            nothingStarts(disk.path().toString(), "its disk is full");
            disk.free();
            disk.makeReadOnly();
            nothingStarts(disk.path().toString(), "the disk is mounted read-only");
        }
    }

    @Test
    void aPortThatIsTaken() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            port = taken.getLocalPort();
            refused(run(LicenseServerMain.class), "license.server.port=" + port, "in use");
            assertThat(data).as("the ledger is not even opened").doesNotExist();
        }
    }

    @Test
    void aFolderThatCannotBeMade() throws Exception {
        Files.writeString(data, "a file where the folder should be");
        nothingStarts(data.toString(), "is a file and no folder");
        nothingReads("there is no ledger", file().toString());
    }

    @Test
    void aFolderThatMayNotBeWritten() throws Exception {
        restrict();
        Files.createDirectory(data);
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("r-x------"));
        nothingStarts(data.toString(), "may not be read and written by this user");
    }

    @Test
    void aFileThatMayNotBeWritten() throws Exception {
        restrict();
        makeLedger();
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("r--------"));
        nothingStarts(file().toString(), "may not be written by this user");
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("---------"));
        nothingStarts(file().toString(), "the file cannot be opened; may this user read and write it");
        nothingReads(file().toString(), "the file cannot be opened; may this user read and write it");
    }

    @Test
    void aLockOfAnotherUser() throws Exception {
        restrict();
        makeLedger();
        Path lock = data.resolve("licenses.db.lock");
        Files.setPosixFilePermissions(lock, PosixFilePermissions.fromString("r--------"));
        nothingStarts(lock.toString(), "may not be read and written by this user");
    }

    @Test
    void aDiskThatIsReadOnly() throws Exception {
        try (SmallDisk disk = SmallDisk.mount(data)) {
            disk.makeReadOnly();
            nothingStarts(file().toString(), "the disk is mounted read-only");
        }
    }

    @Test
    void aDiskThatIsFull() throws Exception {
        try (SmallDisk disk = SmallDisk.mount(data)) {
            Files.createFile(file());
            Files.createFile(data.resolve("licenses.db.lock"));
            disk.fill();
            nothingStarts(file().toString(), "the disk is full");
        }
    }

    @Test
    void aFileThatIsNoDatabase() throws Exception {
        Files.createDirectory(data);
        Files.writeString(file(), "no database, but longer than the header of one. ".repeat(100));
        nothingStarts(file().toString(), "the file is no SQLite database");
        nothingReads(file().toString(), "the file is no SQLite database");
    }

    @Test
    void aFileOfAnotherProgram() throws Exception {
        Files.createDirectory(data);
        execute("CREATE TABLE bookmarks (url TEXT)");
        nothingStarts(file().toString(), "it holds the tables of another program");
        nothingReads(file().toString(), "it holds the tables of another program");
    }

    @Test
    void aLedgerThatANewerVersionHasChanged() throws Exception {
        makeLedger();
        execute("INSERT INTO schema_script VALUES (9999, 'abc')");
        nothingStarts(file().toString(), "it was made by a newer version of this program");
        nothingReads(file().toString(), "it was made by a newer version of this program");
    }

    @Test
    void aDamagedLedger() throws Exception {
        makeLedger();
        byte[] bytes = Files.readAllBytes(file());
        for (int i = 100; i < bytes.length; i++) {
            bytes[i] = 7;
        }
        Files.write(file(), bytes);
        nothingStarts(file().toString(), "damaged");
        nothingReads(file().toString(), "damaged");
    }

    @Test
    void aLedgerThatAnotherProcessServesOrLocks() throws Exception {
        try (Ledger ledger = Ledger.open(config())) {
            assertThat(ledger.healthy()).isTrue();
            nothingStarts(file().toString(), "is in use by another process");
            assertThat(run(LicenseServerMain.class, "audit").code()).isZero();
        }
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
                Statement statement = connection.createStatement()) {
            // An administrator's tool.
            statement.execute("BEGIN IMMEDIATE");
            nothingStarts(file().toString(), "another process keeps the file locked");
            statement.execute("ROLLBACK");
        }
    }

    @Test
    void aBackupThatIsNotThere() throws Exception {
        Path missing = folder.resolve("no-such-backup");
        refused(run(LicenseServerMain.class, "restore", missing.toString()), missing.toString(), "is not there");
        assertThat(file()).doesNotExist();
    }

    /** Root may do everything, so it is asked to do without; another user need not be. */
    private void restrict() throws Exception {
        assumeTrue(Files.getFileStore(folder).supportsFileAttributeView("posix"));
        Path closed = Files.createDirectory(
                folder.resolve("closed"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("r-x------")));
        if (!Files.isWritable(closed)) {
            return;
        }
        boolean can = false;
        try {
            List<String> command = new ArrayList<>(WITHOUT_RIGHTS);
            command.add("true");
            can = new ProcessBuilder(command).start().waitFor() == 0;
        } catch (IOException e) {
            // Told below.
        }
        if (!can) {
            System.err.println("SKIPPED: root without setpriv may write everything, so nothing is refused");
        }
        assumeTrue(can, "rights can be dropped");
        prefix = WITHOUT_RIGHTS;
    }

    /** A ledger inside an application that tells its start's failure as this one does. */
    static final class Embedded {

        public static void main(String[] arguments) {
            try (var client = EmbeddedLicenseClient.open(LicenseServerCommand.settings())) {
                System.out.println("open " + client);
            } catch (LicenseServerUnavailableException e) {
                System.err.println("license-server: " + e.getMessage());
                System.exit(ExitCodes.COULD_NOT);
            }
        }
    }
}
