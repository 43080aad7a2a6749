package io.hourmeter.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

/** Benchmarks that nobody runs for a while must not rot. How fast anything is, is not looked at. */
class SmokeTest {

    @Test
    void everyBenchmarkStartsAndAnswersAndIsHeldToWhatItsPageSays() {
        Table table = Main.run(Plan.SMOKE, Set.of("path", "memory", "sweep", "pauses", "load", "page", "filter"));
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        table.print(new PrintStream(printed, true, StandardCharsets.UTF_8));
        List<String> lines = printed.toString(StandardCharsets.UTF_8).lines().toList();

        List<String> alone = group(lines, "Hot path, 1 key, 1 thread");
        assertThat(alone)
                .filteredOn(line -> line.startsWith("admitAndClose / wholeFloor"))
                .singleElement(InstanceOfAssertFactories.STRING)
                .contains("<= 1.35");
        assertThat(alone)
                .filteredOn(line -> line.startsWith("admitAndClose / bucket4j"))
                .singleElement(InstanceOfAssertFactories.STRING)
                .doesNotContain("<=");
        assertThat(group(lines, "Hot path, 10 keys, 1 thread"))
                .anyMatch(line -> line.startsWith("arrival / floor") && line.contains("<= 1.20"));
        assertThat(group(lines, "Hot path, 100 keys, 1 thread")) // stands for a million
                .anyMatch(line -> line.startsWith("arrival / floor"))
                .noneMatch(line -> line.contains("<=") || line.contains(">="));
    }

    /** The lines under a title, up to the empty one before the next. */
    private static List<String> group(List<String> lines, String title) {
        int begin = lines.indexOf(title);
        assertThat(begin).as(title).isNotNegative();
        return lines.subList(begin + 1, lines.size()).stream()
                .takeWhile(line -> !line.isEmpty())
                .toList();
    }
}
