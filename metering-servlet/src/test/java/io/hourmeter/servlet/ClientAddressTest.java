package io.hourmeter.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.config.Settings;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tracker learns whose request it judges, so that openings can be shared between addresses. */
class ClientAddressTest {

    private static void ask(Web web, String forwardedFor) {
        Web.send(web.keyed("/api/x").header("X-Forwarded-For", forwardedFor));
    }

    @ParameterizedTest
    @CsvSource({"'', 127.0.0.1", "127.0.0.1, 198.51.100.9", "'127.0.0.1, 198.51.100.0/24', 192.0.2.7"})
    void addressIsThatOfTheConnectionOrWhatTrustedProxiesTell(String trusted, String address) throws Exception {
        try (Web web = Web.metered(Map.of(Settings.PROXY_TRUSTED, trusted))) {
            web.start();
            ask(web, "192.0.2.7, 198.51.100.9");
            assertThat(web.tracker.addresses).containsExactly(address);
        }
    }

    @Test
    void networkIsForTheTrackerToFind() throws Exception {
        try (Web web = Web.metered(Map.of(Settings.PROXY_TRUSTED, "127.0.0.1"))) {
            web.start();
            ask(web, "2001:db8::1");
            assertThat(web.tracker.addresses).containsExactly("2001:db8:0:0:0:0:0:1");
        }
    }
}
