package io.hourmeter.tests.libraries;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A program in a JVM of its own, in a folder of its own, with no environment. Ended by {@link #close}. */
final class Child implements AutoCloseable {

    /** Longer than a start takes on a machine that has other things to do. */
    private static final long PATIENCE_SECONDS = 90;

    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();

    private final Process process;
    private final Path folder;
    private final Thread reader;
    private final List<String> lines = new ArrayList<>();

    private Child(Process process, Path folder) {
        this.process = process;
        this.folder = folder;
        reader = new Thread(this::read, "reader");
        reader.setDaemon(true);
        reader.start();
    }

    /** A program of {@code src/main}. */
    static Child start(Class<?> program, ClassPath classPath, List<String> settings, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(
                "-cp", System.getProperty("programs") + File.pathSeparator + classPath.text(), program.getName()));
        command.addAll(List.of(arguments));
        return start(command, settings);
    }

    /**
     * Starts a JVM.
     *
     * @param command what stands behind {@code java}
     * @param settings lines of {@code metering.properties} in the program's folder
     */
    static Child start(List<String> command, List<String> settings) throws IOException {
        Path folder = Files.createTempDirectory("host");
        Files.write(folder.resolve("metering.properties"), settings);
        // Over before the second compiler pays.
        List<String> whole = new ArrayList<>(List.of(
                JAVA,
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "-Xmx256m",
                "-Djava.awt.headless=true"));
        whole.addAll(command);
        ProcessBuilder builder =
                new ProcessBuilder(whole).directory(folder.toFile()).redirectErrorStream(true);
        // Settings of whoever runs this are not those of the program.
        builder.environment().clear();
        return new Child(builder.start(), folder);
    }

    private void read() {
        try (BufferedReader output = process.inputReader()) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                synchronized (lines) {
                    lines.add(line);
                }
            }
        } catch (IOException e) {
            synchronized (lines) {
                lines.add(e.toString());
            }
        }
    }

    Path folder() {
        return folder;
    }

    /** What follows these first characters of a line; waits for it. */
    String told(String begin) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (System.nanoTime() < deadline) {
            boolean over = !process.isAlive() && !reader.isAlive();
            String found = find(begin);
            if (found != null) {
                return found;
            }
            if (over) {
                break;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
        throw new AssertionError("no line with " + begin + " in\n" + output());
    }

    private @Nullable String find(String begin) {
        synchronized (lines) {
            return lines.stream()
                    .filter(line -> line.startsWith(begin))
                    .findFirst()
                    .map(line -> line.substring(begin.length()))
                    .orElse(null);
        }
    }

    int port() {
        return Integer.parseInt(told(Told.PORT));
    }

    /** Waits until it has ended by itself. */
    int exit() throws InterruptedException {
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("still runs:\n" + output());
        }
        reader.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
        return process.exitValue();
    }

    String output() {
        synchronized (lines) {
            return String.join("\n", lines);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
