package io.hourmeter.tests.containers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The table container × case: each module writes what its run found to {@value #FILE}, a line for each case with its
 * outcome and what was measured; the table puts the files of all modules beside each other.
 */
public final class Matrix {

    /** Where a module's run is written. */
    static final String FILE = "target/container-matrix.tsv";

    private static final String TITLE = "container";

    private static final String TAB = "\t";

    private final Map<String, Map<String, String>> columns = new LinkedHashMap<>();
    private final Set<String> cases = new LinkedHashSet<>();
    private final List<String> notes = new ArrayList<>();

    private Matrix() {}

    /**
     * Prints the table of all modules that have run.
     *
     * @param args the folder {@code tests/containers}
     * @throws IOException if a file cannot be read
     */
    public static void main(String[] args) throws IOException {
        System.out.println(of(Path.of(args[0])));
    }

    /** One line of a module's file. */
    record Line(String name, String outcome, String note) {
        @Override
        public String toString() {
            return String.join(TAB, name, outcome, note.replaceAll("\\s+", " "));
        }
    }

    /** Writes a module's file. */
    static void write(Path module, String container, List<Line> lines) {
        List<String> text = new ArrayList<>();
        text.add(TITLE + TAB + container);
        lines.forEach(line -> text.add(line.toString()));
        try {
            Path file = module.resolve(FILE);
            Files.createDirectories(file.getParent());
            Files.write(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads the files of all modules in a folder. */
    static Matrix of(Path folder) throws IOException {
        Matrix matrix = new Matrix();
        try (Stream<Path> modules = Files.list(folder)) {
            for (Path module : modules.sorted().toList()) {
                Path file = module.resolve(FILE);
                if (Files.exists(file)) {
                    matrix.add(Files.readAllLines(file));
                }
            }
        }
        return matrix;
    }

    private void add(List<String> lines) {
        String container = lines.get(0).split(TAB, -1)[1];
        Map<String, String> column = columns.computeIfAbsent(container, title -> new LinkedHashMap<>());
        for (String line : lines.subList(1, lines.size())) {
            String[] parts = line.split(TAB, -1);
            cases.add(parts[0]);
            column.put(parts[0], parts[1]);
            if (!parts[2].isEmpty()) {
                notes.add(container + " | " + parts[0] + ": " + parts[2]);
            }
        }
    }

    @Override
    public String toString() {
        int first = cases.stream().mapToInt(String::length).max().orElse(0);
        StringBuilder table = new StringBuilder();
        table.append(pad("case", first));
        columns.keySet().forEach(container -> table.append(" | ").append(container));
        table.append('\n');
        for (String each : cases) {
            table.append(pad(each, first));
            columns.forEach((container, column) ->
                    table.append(" | ").append(pad(column.getOrDefault(each, ""), container.length())));
            table.append('\n');
        }
        notes.forEach(note -> table.append(note).append('\n'));
        return table.toString();
    }

    private static String pad(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }
}
