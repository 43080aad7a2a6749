package io.hourmeter.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The tests that docs/security.md names are there. */
class SecurityTableTest {

    private static final Path ROOT = Path.of("..", "..");
    private static final Pattern NAMED = Pattern.compile("`([A-Z][A-Za-z]+(?:Test|Contract))(?:\\.([a-z]\\w+))?`");
    private static final int THREATS = 36;

    /** Test sources, those of the container suite among them, by the name of their class; several modules may have one of the same name. */
    private static Map<String, List<Path>> sources() {
        String folder = Path.of("src", "test", "java").toString();
        String suite = Path.of("containers", "suite", "src", "main", "java").toString();
        try (Stream<Path> all = Files.walk(ROOT)) {
            return all.filter(file -> file.toString().endsWith(".java"))
                    .filter(file ->
                            file.toString().contains(folder) || file.toString().contains(suite))
                    .collect(Collectors.groupingBy(
                            file -> file.getFileName().toString().replace(".java", "")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void everyTestThatTheTableNamesExists() {
        String table = read(ROOT.resolve("docs/security.md"));
        Map<String, List<Path>> sources = sources();
        List<String> missing = new ArrayList<>();
        Matcher named = NAMED.matcher(table);
        int count = 0;
        while (named.find()) {
            count++;
            String method = named.group(2);
            boolean there = sources.getOrDefault(named.group(1), List.of()).stream()
                    .anyMatch(source -> method == null || read(source).contains("void " + method + "("));
            if (!there) {
                missing.add(named.group());
            }
        }
        assertThat(missing).isEmpty();
        assertThat(count).isGreaterThan(THREATS);
    }

    @Test
    void everyThreatHasATest() {
        List<String> rows = read(ROOT.resolve("docs/security.md"))
                .lines()
                .filter(line -> line.matches("\\| \\d+ \\|.*"))
                .toList();
        assertThat(rows).hasSize(THREATS).allMatch(row -> NAMED.matcher(row).find());
    }
}
