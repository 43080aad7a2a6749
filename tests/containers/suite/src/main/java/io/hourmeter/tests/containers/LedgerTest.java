package io.hourmeter.tests.containers;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.History;
import java.net.http.HttpResponse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What all kinds of requests leave in the ledger after the application has stopped. */
class LedgerTest {

    private static final List<String> KINDS = List.of(
            "/plain",
            "/forward",
            "/include",
            "/send-error",
            "/unchecked",
            "/error",
            "/async/complete",
            "/async/dispatch-elsewhere",
            "/async/three-cycles",
            "/async/timeout",
            "/async/throw",
            "/download?mebibytes=8");

    @Test
    void hasEachRequestOnceAndNoMoreTimeThanItTook() throws Exception {
        Map<String, Long> tookAtMost = new LinkedHashMap<>();
        try (LicenseServerRig licenses = new LicenseServerRig()) {
            LicenseServerRig.License license = licenses.license(LicenseServerRig.PLENTY);
            Site site = Pages.addTo(new Site(licenses.config(Map.of())));
            long lost = 0;
            try (Container.Running running = Container.current().start(site.application())) {
                Http http = new Http(running.port(), license.key());
                for (String kind : KINDS) {
                    long start = System.nanoTime();
                    HttpResponse<String> answer = http.metered(kind);
                    assertThat(Patience.await(() -> site.tracker().stats().requestsInFlight() == 0))
                            .isTrue();
                    long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start) + 1;
                    String session = answer.headers().firstValue("X-Session-ID").orElse("");
                    if (session.isEmpty()) {
                        // Undertow clears the headers of an answer to an exception.
                        lost++;
                    } else {
                        tookAtMost.put(session, took);
                    }
                }
            }
            History history = licenses.history(license);
            assertThat(history.sessions()).hasSize(KINDS.size());
            assertThat(tookAtMost).hasSize(KINDS.size() - (int) lost);
            for (History.Session session : history.sessions()) {
                if (tookAtMost.containsKey(session.session())) {
                    assertThat(session.chargedMillis()).isBetween(0L, tookAtMost.get(session.session()));
                }
            }
            assertThat(history.sessions().stream()
                            .mapToLong(History.Session::chargedMillis)
                            .sum())
                    .isEqualTo(history.totals().usedMillis());
            assertThat(licenses.held(license)).isZero();
        }
    }
}
