package io.hourmeter.client;

import static com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.UsageBatch;
import io.hourmeter.UsageBatch.Item;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A server that answers what a test tells it to, and a client of it whose clock stands still. */
abstract class MockServerTest {

    static final LicenseKey KEY = LicenseKey.of("rl-0123abcd-efgh4567-jkmn89pq");
    static final LicenseId ID = new LicenseId("lic_0123456789ab");
    static final String TOKEN = "token-0123456789";

    static final String BALANCE = """
            "hours_remaining":7.5,"purchased_hours":10,"used_hours":2.5,"held_hours":0.25,"as_of":"2026-03-01T10:00:00Z"
            """.strip();
    static final String LICENSE = """
            {"id":"lic_0123456789ab","key":"RL-0123…","type":"standard","status":"active",
             "created":"2026-01-01T00:00:00Z","expires":null,%s}""".formatted(BALANCE);

    /** One for all tests of the process: starting it takes longer than most of them. */
    static final WireMockServer server =
            new WireMockServer(wireMockConfig().dynamicPort().bindAddress("127.0.0.1"));

    final FakeClock clock = new FakeClock();
    HttpLicenseClient client;

    @BeforeEach
    final void start() {
        if (!server.isRunning()) {
            server.start();
        }
        server.resetAll();
        client = client(TOKEN, Duration.ofSeconds(10));
    }

    @AfterEach
    final void stop() {
        client.close();
    }

    HttpLicenseClient client(@Nullable String token, Duration timeout) {
        return HttpLicenseClient.builder(server.baseUrl())
                .token(token)
                .timeout(timeout)
                .build(clock);
    }

    void stubLookup() {
        server.stubFor(WireMock.post("/api/licenses/lookup").willReturn(ok("{\"license\":" + LICENSE + "}")));
    }

    List<LoggedRequest> requests() {
        return server.findAll(anyRequestedFor(anyUrl()));
    }

    static ResponseDefinitionBuilder ok(String body) {
        return json(200, body);
    }

    static ResponseDefinitionBuilder json(int status, String body) {
        return WireMock.jsonResponse(body, status);
    }

    static ResponseDefinitionBuilder problem(int status, String code) {
        return json(
                        status,
                        "{\"status\":%d,\"detail\":\"because\",\"code\":\"%s\",\"success\":false}"
                                .formatted(status, code))
                .withHeader("Content-Type", "application/problem+json");
    }

    static UsageBatch batch(Item... items) {
        return new UsageBatch("node-1", 300_000, 900_000, 600_000, List.of(items));
    }

    static Item open(String lease) {
        return item(lease, 0, null, false);
    }

    static Item item(String lease, long ageMillis, @Nullable Long usedMillis, boolean done) {
        return new Item(lease, KEY.sha256(), KEY, "", "session-1", ageMillis, usedMillis, done, 1, false, true);
    }
}
