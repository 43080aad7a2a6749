package io.hourmeter.tests.containers;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.config.Setting;
import io.hourmeter.usage.SessionInfo;
import io.hourmeter.usage.UsageTracker;
import java.net.http.HttpResponse;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The container of this module with a {@link Site}, a license server behind it, and clients before it. Requests carry no
 * session id and sessions are billed one by one, so that each admission of a request shows as a session: the tracker
 * says how often a request was counted.
 */
final class Rig implements AutoCloseable {

    /** Headers that differ from answer to answer, or that the filter adds. */
    private static final Set<String> NOT_THE_HOSTS = Set.of("date", "x-session-id", "x-hours-remaining", "set-cookie");

    final LicenseServerRig licenses;
    final LicenseServerRig.License license;
    final Site site;
    final Http http;
    private final Container.Running running;
    private Set<String> before = Set.of();

    Rig(Map<Setting<?>, String> settings) throws Exception {
        licenses = new LicenseServerRig();
        license = licenses.license(LicenseServerRig.PLENTY);
        site = Pages.addTo(new Site(licenses.config(settings)));
        running = Container.current().start(site.application());
        http = new Http(running.port(), license.key());
        // Undertow starts a filter with the first request.
        http.metered("/plain");
    }

    UsageTracker tracker() {
        return site.tracker();
    }

    int port() {
        return running.port();
    }

    /** From here on the served requests are counted. */
    void begin() {
        before = sessions();
        site.held.clear();
        site.thrown.set(null);
    }

    /** Requests counted since {@link #begin}. */
    int served() {
        Set<String> since = sessions();
        since.removeAll(before);
        return since.size();
    }

    private Set<String> sessions() {
        return tracker().sessions().stream().map(SessionInfo::id).collect(Collectors.toCollection(HashSet::new));
    }

    int inFlight() {
        return tracker().stats().requestsInFlight();
    }

    /** So many requests were counted, and none of them runs any more. */
    void assertServed(int times) {
        assertQuiet();
        assertThat(served()).as("times that requests were counted").isEqualTo(times);
    }

    void assertQuiet() {
        Patience.await(() -> inFlight() == 0 && runningSessions().isEmpty());
        assertThat(inFlight()).as("requests in flight").isZero();
        assertThat(runningSessions()).isEmpty();
    }

    private List<SessionInfo> runningSessions() {
        return tracker().sessions().stream()
                .filter(session -> session.inFlight() != 0)
                .toList();
    }

    /** Ends the session of an answer; its time is in the ledger then. */
    void settle(HttpResponse<?> answer) {
        settle(session(answer));
    }

    void settle(String session) {
        assertThat(tracker().endSession(session)).isTrue();
        assertThat(Patience.await(() -> !sessions().contains(session))).isTrue();
    }

    static String session(HttpResponse<?> answer) {
        return answer.headers().firstValue("X-Session-ID").orElseThrow();
    }

    /** What the ledger charged a session, in milliseconds. */
    long chargedMillis(String session) {
        assertThat(Patience.await(() -> licenses.sessions(license).stream()
                        .anyMatch(entry -> entry.session().equals(session))))
                .as("the ledger knows the session")
                .isTrue();
        return licenses.sessions(license).stream()
                .filter(entry -> entry.session().equals(session))
                .findFirst()
                .orElseThrow()
                .chargedMillis();
    }

    /**
     * The host's answer is the same behind the filter, which adds its two headers. Of a container's own page about an
     * exception only the status is compared: it shows the stack, and with Jetty comes from one of two places.
     */
    static void assertUnchanged(HttpResponse<String> metered, HttpResponse<String> free) {
        assertThat(metered.statusCode()).isEqualTo(free.statusCode());
        if (free.statusCode() < 500) {
            assertThat(metered.body().replace(Site.METERED, Site.FREE)).isEqualTo(free.body());
            assertThat(headers(metered)).isEqualTo(headers(free));
        }
    }

    private static List<String> headers(HttpResponse<?> answer) {
        Set<String> lines = new TreeSet<>();
        answer.headers().map().forEach((name, values) -> {
            if (!NOT_THE_HOSTS.contains(name)) {
                lines.add(name + ": " + values);
            }
        });
        return List.copyOf(lines);
    }

    @Override
    public void close() {
        try {
            running.close();
        } finally {
            licenses.close();
        }
    }
}
