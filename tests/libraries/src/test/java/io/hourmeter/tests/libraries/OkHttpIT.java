package io.hourmeter.tests.libraries;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An application has an OkHttp of its own, before ours on the class path or behind it, and both work. */
class OkHttpIT {

    @ParameterizedTest
    @CsvSource({
        "tomcat-okhttp-4-first, okhttp-4.12.0",
        "tomcat-okhttp-4-last, okhttp-4.12.0",
        "tomcat-okhttp-5, okhttp-jvm-5.5.1"
    })
    void bothWork(String host, String okHttp, @TempDir Path folder) throws Exception {
        try (Site site = new Site(folder);
                Child child = Child.start(TomcatHost.class, ClassPath.of(host), site.settings(), "OKHTTP")) {
            site.calls(child.port(), okHttp);
            site.meters(child.port());
        }
    }
}
