package io.hourmeter.tests.containers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.reporting.ReportEntry;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/** Writes this module's part of the {@link Matrix} after the run, and prints the table as far as modules have run. */
public final class MatrixListener implements TestExecutionListener {

    /** The key under which a test publishes what it measured. */
    static final String MEASURED = "measured";

    private final Map<String, Matrix.Line> lines = new LinkedHashMap<>();
    private final Map<String, String> measured = new ConcurrentHashMap<>();

    /** For the service loader. */
    public MatrixListener() {}

    @Override
    public void reportingEntryPublished(TestIdentifier test, ReportEntry entry) {
        String value = entry.getKeyValuePairs().get(MEASURED);
        if (value != null) {
            measured.merge(test.getUniqueId(), value, (one, other) -> one + "; " + other);
        }
    }

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
        add(test, "skipped", reason);
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        String note = measured.getOrDefault(test.getUniqueId(), "");
        switch (result.getStatus()) {
            case SUCCESSFUL -> {
                if (test.isTest()) {
                    add(test, "ok", note);
                }
            }
            case ABORTED -> add(test, "-", message(result).replace("Assumption failed: ", ""));
            case FAILED -> add(test, "FAILED", note.isEmpty() ? message(result) : note + "; " + message(result));
        }
    }

    private static String message(TestExecutionResult result) {
        return result.getThrowable()
                .map(Throwable::getMessage)
                .map(String::valueOf)
                .orElse("");
    }

    private void add(TestIdentifier test, String outcome, String note) {
        String name = name(test);
        if (!name.isEmpty()) {
            lines.put(name, new Matrix.Line(name, outcome, note));
        }
    }

    private static String name(TestIdentifier test) {
        Object source = test.getSource().orElse(null);
        if (source instanceof MethodSource method) {
            String group = group(method.getClassName());
            String words = words(method.getMethodName());
            boolean invocation = test.getUniqueId().contains("test-template-invocation");
            return group + ": " + words + (invocation ? " " + test.getDisplayName() : "");
        }
        return source instanceof ClassSource type ? group(type.getClassName()) : "";
    }

    private static String group(String className) {
        return words(className.substring(className.lastIndexOf('.') + 1).replaceAll("Test$", ""));
    }

    private static String words(String camelCase) {
        return camelCase
                .replaceAll("(?<=[a-z])(?=[A-Z0-9])|(?<=[A-Z0-9])(?=[A-Z][a-z])", " ")
                .toLowerCase(Locale.ROOT);
    }

    @Override
    public void testPlanExecutionFinished(TestPlan plan) {
        if (lines.isEmpty()) {
            return;
        }
        Path module = Path.of("").toAbsolutePath();
        Matrix.write(
                module, Container.current().title(), lines.values().stream().toList());
        try {
            System.out.println(Matrix.of(module.getParent()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
