package io.hourmeter.tests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A runnable jar as a process of its own, started as a user starts it. None outlives this virtual machine's orderly end. */
public final class JarProcess {

    private static final long LONGEST_START_SECONDS = 60;

    private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

    static {
        // For a test run that is broken off: no test's own clean-up is called then.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> RUNNING.forEach(Process::destroyForcibly)));
    }

    private final Process process;
    private final Path out;
    private final Path err;

    private JarProcess(Process process, Path out, Path err) {
        this.process = process;
        this.out = out;
        this.err = err;
    }

    /**
     * Starts a jar.
     *
     * @param name of its two files of output in {@code folder}
     * @param folder its working folder
     * @param settings environment variables; the settings of whoever runs the tests are not handed on
     */
    public static JarProcess start(
            String name,
            Path folder,
            Path jar,
            List<String> jvmOptions,
            Map<String, String> settings,
            String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmOptions);
        command.addAll(List.of("-jar", jar.toString()));
        command.addAll(List.of(arguments));
        Path out = folder.resolve(name + ".out");
        Path err = folder.resolve(name + ".err");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment()
                .keySet()
                .removeIf(key -> key.matches("(METERING|LICENSE|USAGE|OUTAGE|PAYMENT|STRIPE|WEBAPP|FILTER)_.*"));
        builder.environment().putAll(settings);
        Process process = builder.start();
        RUNNING.add(process);
        var unused = process.onExit().thenAccept(RUNNING::remove);
        return new JarProcess(process, out, err);
    }

    /** Waits until the output contains a match, and returns its first group. */
    public String await(String pattern) throws IOException {
        Pattern wanted = Pattern.compile(pattern);
        long begun = System.nanoTime();
        while (System.nanoTime() - begun < TimeUnit.SECONDS.toNanos(LONGEST_START_SECONDS) && process.isAlive()) {
            Matcher matcher = wanted.matcher(out());
            if (matcher.find()) {
                return matcher.group(1);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
        throw new AssertionError("no " + pattern + " in:\n" + out() + "\n" + err());
    }

    /** SIGTERM. */
    public void terminate() {
        process.destroy();
    }

    /** SIGKILL: the process gets no chance to do anything. */
    public void kill() {
        process.destroyForcibly();
    }

    /** Whether it ends within the time. */
    public boolean endsWithin(long seconds) throws InterruptedException {
        return process.waitFor(seconds, TimeUnit.SECONDS);
    }

    public int exitCode() {
        return process.exitValue();
    }

    public String out() throws IOException {
        return Files.readString(out);
    }

    public String err() throws IOException {
        return Files.readString(err);
    }
}
