package io.hourmeter;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * A public name is a promise, so none comes or goes unnoticed: {@code public-api.txt} lists them all. After a change that
 * is meant, {@code mvn -pl metering-core test -Dtest=PublicApiTest -Dapi.update=true} writes it anew, and the difference
 * is reviewed with the change.
 */
class PublicApiTest {

    private static final Path LIST = Path.of("src/test/resources/public-api.txt");

    @Test
    void isAsListed() throws IOException {
        JavaClasses core = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("io.hourmeter");
        String now = PublicApi.dump(core);
        if (Boolean.getBoolean("api.update")) {
            Files.writeString(LIST, now);
        }

        assertThat(now).as("the public API, against " + LIST).isEqualTo(Files.readString(LIST));
    }
}
