package io.hourmeter.server.ledger;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A file system of its own, of a few megabytes, that can be full. Needs the right to mount one. */
public final class SmallDisk implements AutoCloseable {

    private static final int BLOCK = 4096;

    private final Path path;

    private SmallDisk(Path path) {
        this.path = path;
    }

    /** Mounts one, or skips the test loudly where that is not allowed. */
    public static SmallDisk mount(Path path, String... options) throws IOException, InterruptedException {
        Files.createDirectories(path);
        String all =
                String.join(",", List.of("size=4m", String.join(",", options))).replaceAll(",$", "");
        boolean mounted = run("mount", "-t", "tmpfs", "-o", all, "hourmeter-test", path.toString());
        if (!mounted) {
            System.err.println("SKIPPED: no file system can be mounted here (not root?), so nothing is tried on one");
        }
        assumeTrue(mounted, "a file system can be mounted");
        return new SmallDisk(path);
    }

    public Path path() {
        return path;
    }

    /** Leaves no byte free. */
    public void fill() throws IOException {
        try (OutputStream out = Files.newOutputStream(filler(), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            byte[] block = new byte[BLOCK];
            while (true) {
                out.write(block);
            }
        } catch (IOException e) {
            // It is full.
        }
    }

    public void makeReadOnly() throws InterruptedException {
        assumeTrue(run("mount", "-o", "remount,ro", path.toString()), "a file system can be made read-only");
    }

    public void free() throws IOException {
        Files.deleteIfExists(filler());
    }

    private Path filler() {
        return path.resolve("filler");
    }

    @Override
    public void close() throws InterruptedException {
        // Lazily: a process that a failed test has left may have a file open.
        if (!run("umount", "-l", path.toString())) {
            System.err.println("could not unmount " + path);
        }
    }

    private static boolean run(String... command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(1, TimeUnit.MINUTES) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
