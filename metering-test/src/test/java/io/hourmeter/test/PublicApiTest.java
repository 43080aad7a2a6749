package io.hourmeter.test;

import io.hourmeter.tests.PublicApi;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * A public name is a promise, so none comes or goes unnoticed. After a change that is meant, {@code mvn -pl metering-test
 * test -Dtest=PublicApiTest -Dapi.update=true} writes the list anew.
 */
class PublicApiTest {

    private static final PublicApi API = PublicApi.of(Path.of("target/classes"));

    @Test
    void isAsListed() throws IOException {
        API.requireAsListedIn(Path.of("src/test/resources/public-api.txt"));
    }

    @Test
    void noTypeOfALibraryIsPartOfIt() {
        API.requireNoLibrary(Set.of("org.junit."), Set.of());
    }
}
