package io.hourmeter.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** That older libraries are refused is tried with real jars in tests/libraries. */
class LibraryVersionsTest {

    private static final Pattern ROW = Pattern.compile("(?m)^\\| `([A-Za-z0-9-]+)` \\| ([0-9.]+) \\|");

    @Test
    void theDocumentedLeastVersionsAreTheOnesThatAreChecked() throws IOException {
        List<String> documented = ROW.matcher(Files.readString(Path.of("../docs/compatibility.md")))
                .results()
                .map(LibraryVersionsTest::row)
                .toList();

        assertThat(documented)
                .containsExactlyInAnyOrderElementsOf(LibraryVersions.all().stream()
                        .map(library -> library.artifact() + " " + library.least())
                        .toList());
    }

    private static String row(MatchResult row) {
        return row.group(1) + " " + row.group(2);
    }

    @Test
    void whatThisBuildHasIsNewEnough() {
        LibraryVersions.requireCore();
    }
}
