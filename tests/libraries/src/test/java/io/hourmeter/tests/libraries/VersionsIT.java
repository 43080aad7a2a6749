package io.hourmeter.tests.libraries;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The list of versions names every module that is published, in the version of all, and nothing of others. */
class VersionsIT {

    private static final Path ROOT = Path.of("..", "..");

    private static List<String> all(String xml, String pattern) {
        return Pattern.compile(pattern)
                .matcher(xml)
                .results()
                .map(found -> found.group(1))
                .distinct()
                .toList();
    }

    private static boolean isPublished(Path module) {
        try {
            String pom = Files.readString(module.resolve("pom.xml"));
            return !pom.contains("<unpublished>true</unpublished>") && !pom.contains("<packaging>pom</packaging>");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void everyPublishedModuleIsNamedInTheVersionOfAll() throws IOException {
        String list = Files.readString(ROOT.resolve("metering-bom/pom.xml"));
        String parent = Files.readString(ROOT.resolve("pom.xml"));
        List<String> published = all(parent, "<module>([^<]+)</module>").stream()
                .filter(module -> isPublished(ROOT.resolve(module)))
                .toList();
        String managed = list.split("</?dependencyManagement>", 3)[1];

        assertThat(published).contains("metering-core", "metering-spring-boot-starter");
        assertThat(all(managed, "<artifactId>([^<]+)</artifactId>")).containsExactlyInAnyOrderElementsOf(published);
        assertThat(all(list, "<version>([^<]+)</version>").get(0))
                .isEqualTo(all(parent, "<version>([^<]+)</version>").get(0));
    }

    @Test
    void whatTheListIsBuiltWithIsWhatTheModulesAreBuiltWith() throws IOException {
        String parent = Files.readString(ROOT.resolve("pom.xml")).replaceAll("\\s+", "");
        String list = Files.readString(ROOT.resolve("metering-bom/pom.xml")).replaceAll("\\s+", "");

        assertThat(all(list, "(<artifactId>[a-z-]+-plugin</artifactId><version>[^<]+</version>)"))
                .hasSize(5)
                .allMatch(parent::contains);
        assertThat(parent)
                .contains(all(list, "(<project.build.outputTimestamp>[^<]+<)").get(0));
    }
}
