package io.hourmeter.client;

import static io.hourmeter.client.MockServerTest.KEY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hourmeter.ErrorCode;
import io.hourmeter.Hours;
import io.hourmeter.LicenseClient;
import io.hourmeter.client.FakeOlderServer.Account;
import io.hourmeter.client.FakeOlderServer.Fault;
import io.hourmeter.internal.Ticker;
import io.hourmeter.usage.Admission;
import io.hourmeter.usage.Granted;
import io.hourmeter.usage.Refused;
import io.hourmeter.usage.UsageTracker;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A real tracker on a real clock against a server of the older kind. */
class OlderServerTrackerTest {

    private FakeOlderServer server;
    private LicenseClient client;
    private UsageTracker tracker;

    @BeforeEach
    void start() throws IOException {
        server = new FakeOlderServer();
        client = HttpLicenseClient.builder(server.url()).buildOlder(Ticker.system());
        tracker = UsageTracker.builder(client)
                .checkInterval(Duration.ofSeconds(1))
                .idleTimeout(Duration.ofSeconds(2))
                .lease(Duration.ofSeconds(10))
                .build();
    }

    @AfterEach
    void stop() {
        tracker.close();
        client.close();
        server.close();
    }

    private static void await(long start, long millis) {
        while (System.nanoTime() - start < TimeUnit.MILLISECONDS.toNanos(millis)) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static double usedMillis(Account account) {
        return account.used * Hours.MILLIS_PER_HOUR;
    }

    @Test
    void whatIsDeductedIsTheUse() {
        Account account = server.add(KEY, 1);
        server.faults.add(Fault.ANSWER_LOST);
        long start = System.nanoTime();
        Admission admission = tracker.admit(KEY.text());
        assertThat(admission).isInstanceOf(Granted.class);
        await(start, 1_500);
        ((Granted) admission).close();
        long used = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        tracker.close();

        assertThat(usedMillis(account)).isBetween(used - 300.0, used + 1.0);
        assertThat(server.count("/usage")).isGreaterThanOrEqualTo(2);
    }

    @Test
    void theLastMillisecondIsServedAndThenNoMore() {
        Account account = server.add(KEY, 1_500.0 / Hours.MILLIS_PER_HOUR);
        long start = System.nanoTime();
        ErrorCode refusal = null;
        while (refusal == null && System.nanoTime() - start < TimeUnit.SECONDS.toNanos(10)) {
            Admission admission = tracker.admit(KEY.text());
            if (admission instanceof Granted granted) {
                granted.close();
            } else {
                refusal = ((Refused) admission).reason();
            }
            await(System.nanoTime(), 50);
        }
        long served = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);

        assertThat(refusal).isEqualTo(ErrorCode.HOURS_EXHAUSTED);
        assertThat(served).isBetween(1_400L, 4_000L);
        assertThat(usedMillis(account)).isCloseTo(1_500, within(0.01));
    }
}
