package io.hourmeter.tests.containers;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An application that is stopped leaves nothing behind: no class loader, no thread, no open session. */
class RedeployTest {

    private static final int TIMES = 20;

    /** Threads that a tracker, a client or the license server may have for the moment; a leak would leave twenty. */
    private static final int ELASTIC = 6;

    @TempDir
    private Path folder;

    @BeforeEach
    void forget() {
        Deployments.forget();
    }

    @Test
    void leavesNothingBehindAfter20Times() throws Exception {
        ProtocolTest.assumeOffered(Feature.REDEPLOY);
        try (LicenseServerRig licenses = new LicenseServerRig()) {
            LicenseServerRig.License license = licenses.license(Duration.ofHours(1));
            War war = new WarBuilder(folder)
                    .settings(
                            "license.server.url=" + licenses.url(),
                            "license.server.timeout=20s",
                            "usage.journal.interval=1s")
                    .filterByCode()
                    .build();
            List<String> sessions = new ArrayList<>();
            List<String> threads;
            try (Container.Running running = Container.current().start(WebApplication.of(war))) {
                Http http = new Http(running.port(), license.key());
                sessions.add(use(http));
                threads = ours();
                for (int i = 0; i < TIMES; i++) {
                    running.redeploy();
                    sessions.add(use(http));
                }
                assertThat(Deployments.started()).isEqualTo(TIMES + 1);
                assertThat(Patience.await(() -> Deployments.alive() <= 1))
                        .as("class loaders alive: %s", Deployments.alive())
                        .isTrue();
                assertThat(Patience.await(() -> ours().size() <= threads.size() + ELASTIC))
                        .as("threads %s, at first %s", ours(), threads)
                        .isTrue();
            }
            assertThat(sessions).doesNotHaveDuplicates();
            // Every session was settled when its application stopped: the ledger has them all and holds nothing.
            assertThat(licenses.sessions(license))
                    .extracting(session -> session.session())
                    .containsExactlyInAnyOrderElementsOf(sessions);
            assertThat(licenses.held(license)).isZero();
        }
    }

    private static String use(Http http) {
        HttpResponse<String> answer = http.send(http.keyed("/api/x"));
        assertThat(answer.statusCode()).isEqualTo(200);
        String session = Rig.session(answer);
        assertThat(http.send(http.keyed("/api/async")).statusCode()).isEqualTo(200);
        return session;
    }

    /** Threads of trackers and of their clients, those of the license server among them. */
    private static List<String> ours() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("hourmeter-") || name.contains("OkHttp"))
                .sorted()
                .toList();
    }
}
