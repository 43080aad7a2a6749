package io.hourmeter.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.Customer;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseKey;
import io.hourmeter.NewLicense;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.UsageBatch;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Very many nodes on one license. */
class HotLicenseTest {

    private static final int NODES = 200;
    private static final int AT_ONCE = 32;

    private static LicenseKey license(LicenseClient client) {
        return client.create(NewLicense.of(new Customer("ann@example.com", "", "Ann"), Duration.ofHours(10)), null)
                .key();
    }

    private static UsageBatch message(
            String node, LicenseKey key, String lease, Long usedMillis, boolean done, int seq) {
        return new UsageBatch(
                node,
                300_000,
                900_000,
                600_000,
                List.of(new UsageBatch.Item(
                        lease, key.sha256(), key, "", "session", 60_000, usedMillis, done, seq, false, true)));
    }

    private static State sent(LicenseClient client, UsageBatch message) {
        return client.sync(message).items().get(0).state();
    }

    @Test
    void twoHundredNodesAtOnceAreServedAndPayOnceAndNobodyElseIsHeldUp(@TempDir Path folder) throws Exception {
        MeteringConfig config = MeteringConfig.builder()
                .set(Settings.LICENSE_SERVER_DATABASE, "jdbc:sqlite:" + folder.resolve("licenses.db"))
                .set(Settings.SERVER_TIMEOUT, "30s")
                .build();
        ExecutorService pool = Executors.newFixedThreadPool(AT_ONCE);
        try (LicenseClient client = EmbeddedLicenseClient.open(config)) {
            LicenseKey hot = license(client);
            LicenseKey other = license(client);
            List<Future<State>> closes = new ArrayList<>();
            for (int i = 0; i < NODES; i++) {
                String node = "node-" + i;
                closes.add(pool.submit(() -> {
                    String lease = UUID.randomUUID().toString();
                    assertThat(sent(client, message(node, hot, lease, null, false, 1)))
                            .isEqualTo(State.OK);
                    assertThat(sent(client, message(node, hot, lease, 30_000L, false, 2)))
                            .isEqualTo(State.OK);
                    return sent(client, message(node, hot, lease, 60_000L, true, 3));
                }));
            }
            String lease = UUID.randomUUID().toString();
            assertThat(sent(client, message("other", other, lease, null, false, 1)))
                    .isEqualTo(State.OK);
            assertThat(sent(client, message("other", other, lease, 60_000L, true, 2)))
                    .isEqualTo(State.CLOSED);
            for (Future<State> close : closes) {
                assertThat(close.get()).isEqualTo(State.CLOSED);
            }
            // They began within the time that this took, and each was active for a minute: one minute and that, not
            // 200.
            assertThat(client.hoursRemaining(hot).usedMillis()).isBetween(60_000L, 5 * 60_000L);
            assertThat(client.hoursRemaining(hot).heldMillis()).isZero();
            assertThat(client.hoursRemaining(other).usedMillis()).isEqualTo(60_000);
        } finally {
            pool.shutdownNow();
        }
    }
}
