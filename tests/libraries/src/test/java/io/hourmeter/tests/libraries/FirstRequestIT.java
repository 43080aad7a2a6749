package io.hourmeter.tests.libraries;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * How much later the first request of an application is answered, from the start of its process: with the filter, with the
 * payments, with the license server inside, each beside the same application without metering in the same run. The bounds
 * are a multiple of that one's time, far above what was measured, so that only a mistake reaches them.
 */
class FirstRequestIT {

    /** The fastest of so many counts: a machine with other work makes some of them slow. */
    private static final int ROUNDS = 3;

    enum Application {
        UNMETERED(1, "UNMETERED"),
        FILTER(4),
        PAYMENTS(6, "PAYMENTS"),
        LICENSE_SERVER_INSIDE(8, "EMBEDDED");

        private final int mostTimes;
        private final String[] features;

        Application(int mostTimes, String... features) {
            this.mostTimes = mostTimes;
            this.features = features;
        }
    }

    @Test
    void comesSoonEnough(@TempDir Path folder) throws Exception {
        Map<Application, Long> fastest = new EnumMap<>(Application.class);
        try (Site site = new Site(folder)) {
            for (int round = 0; round < ROUNDS; round++) {
                for (Application application : Application.values()) {
                    fastest.merge(application, millis(site, application), Math::min);
                }
            }
        }
        long alone = fastest.get(Application.UNMETERED);
        fastest.forEach((application, millis) ->
                System.out.printf("first request, %s: %d ms (%+d ms)%n", application, millis, millis - alone));

        assertThat(fastest)
                .allSatisfy((application, millis) -> assertThat(millis)
                        .as("%s beside %d ms without metering", application, alone)
                        .isLessThanOrEqualTo(application.mostTimes * alone));
    }

    private static long millis(Site site, Application application) throws Exception {
        boolean inside = application == Application.LICENSE_SERVER_INSIDE;
        List<String> settings = inside ? List.of("license.server.url=embedded", "usage.journal=none") : site.settings();
        String key = site.anyKey();
        long begun = System.nanoTime();
        try (Child host = Child.start(TomcatHost.class, ClassPath.of("tomcat"), settings, application.features)) {
            int port = host.port();
            assertThat(Site.hello(port, inside ? host.told(Told.KEY) : key).statusCode())
                    .isEqualTo(200);
            return (System.nanoTime() - begun) / 1_000_000;
        }
    }
}
