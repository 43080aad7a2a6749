package io.hourmeter.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A JVM of its own for one contestant, with the class path of this one. It ends at the latest when this one closes it. */
final class Child implements AutoCloseable {

    private static final long PATIENCE_SECONDS = 10;

    private final String name;
    private final Process process;
    private final BufferedReader lines;

    /**
     * Starts one.
     *
     * @param main class with the main method; it ends when its standard input does
     * @param flags of the JVM
     * @param arguments of the program
     */
    Child(Class<?> main, List<String> flags, Object... arguments) {
        name = main.getSimpleName();
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        try {
            process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException("no " + name + " could be started", e);
        }
        lines = process.inputReader(StandardCharsets.UTF_8);
    }

    /** In the child: says a number. */
    static void answer(double number) {
        System.out.println(number);
        System.out.flush();
    }

    /** In the child: says the last number, and leaves a million sessions as they are. */
    static void answerAndEnd(double number) {
        answer(number);
        Runtime.getRuntime().halt(0);
    }

    /** The next number that it says. */
    double number() {
        try {
            String line = lines.readLine();
            if (line == null) {
                throw new IllegalStateException(name + " ended with " + process.waitFor() + " before it answered");
            }
            return Double.parseDouble(line);
        } catch (IOException e) {
            throw new UncheckedIOException("no answer from " + name, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Asks a child that answers each byte with a number. */
    double ask() {
        try {
            process.getOutputStream().write('?');
            process.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(name + " cannot be asked", e);
        }
        return number();
    }

    /** Processor time that it has used so far. */
    Duration processorTime() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
