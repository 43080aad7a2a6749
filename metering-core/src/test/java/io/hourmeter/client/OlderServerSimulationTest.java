package io.hourmeter.client;

import static io.hourmeter.client.MockServerTest.KEY;
import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.Hours;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.UsageBatch;
import io.hourmeter.UsageBatch.Item;
import io.hourmeter.client.FakeOlderServer.Account;
import io.hourmeter.client.FakeOlderServer.Fault;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random use of a license at an older server that loses every third deduction or its answer. What is lost is not sent
 * again, so that the customer pays for everything but what the server never executed.
 */
class OlderServerSimulationTest {

    private static final long GAP = 60_000;
    private static final int SEEDS = 25;

    /** Binary floating point and ten decimal places, over a few hundred deductions. */
    private static final double NOISE_MILLIS = 0.01;

    private final FakeClock clock = new FakeClock();

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsDeductedIsWhatWasUsedLessWhatWasLost(boolean sparse) throws IOException {
        for (long seed = 0; seed < SEEDS; seed++) {
            try (FakeOlderServer server = new FakeOlderServer();
                    LicenseClient client =
                            HttpLicenseClient.builder(server.url()).buildOlder(clock)) {
                server.sparse = sparse;
                Account account = server.add(KEY, 1_000);
                long expected = new Run(server, client, account, new SplittableRandom(seed), seed).go();

                assertThat((account.used + server.lostHours) * Hours.MILLIS_PER_HOUR)
                        .as("seed %d", seed)
                        .isBetween(expected - NOISE_MILLIS, expected + NOISE_MILLIS);
            }
        }
    }

    private final class Run {

        private final FakeOlderServer server;
        private final LicenseClient client;
        private final Account account;
        private final SplittableRandom random;
        private final long seed;
        private long expected;
        private long lastEnd = Long.MIN_VALUE;

        private Run(FakeOlderServer server, LicenseClient client, Account account, SplittableRandom random, long seed) {
            this.server = server;
            this.client = client;
            this.account = account;
            this.random = random;
            this.seed = seed;
        }

        private long go() {
            for (int lease = 0; lease < 6; lease++) {
                use("lease-" + lease);
                pass(random.nextLong(2 * GAP));
            }
            return expected;
        }

        private void use(String lease) {
            long start = clock.millis();
            while (send(lease, start, null, false) != State.OK) {
                pass(random.nextLong(3_000));
            }
            long used = 0;
            for (int report = random.nextInt(5); report > 0; report--) {
                pass(random.nextLong(20_000));
                used = clock.millis() - start;
                count(start, used);
                send(lease, start, used, false);
            }
            pass(random.nextLong(20_000));
            used = clock.millis() - start;
            count(start, used);
            int tries = 0;
            while (send(lease, start, used, true) != State.CLOSED) {
                assertThat(++tries).as("seed %d", seed).isLessThan(50);
                pass(random.nextLong(3_000));
            }
        }

        /** The same rule in other words: activity, and pauses up to the gap, each moment once. */
        private void count(long start, long used) {
            boolean bridged = lastEnd != Long.MIN_VALUE && start - lastEnd <= GAP;
            long from = bridged || lastEnd > start ? lastEnd : start;
            expected += Math.max(0, start + used - from);
            lastEnd = Math.max(lastEnd, start + used);
        }

        private State send(String lease, long start, @Nullable Long used, boolean done) {
            server.faults.clear();
            if (random.nextInt(3) == 0) {
                server.faults.add(Fault.values()[random.nextInt(Fault.HELD_BACK.ordinal())]);
            }
            Item item = new Item(lease, KEY.sha256(), KEY, "", "s", clock.millis() - start, used, done, 1, false, true);
            try {
                return client.sync(new UsageBatch("node", GAP, 900_000, 0, List.of(item)))
                        .items()
                        .get(0)
                        .state();
            } catch (LicenseServerUnavailableException e) {
                return State.BUSY;
            } finally {
                assertThat(account.used * Hours.MILLIS_PER_HOUR)
                        .as("seed %d: never more than was used", seed)
                        .isLessThanOrEqualTo(expected + NOISE_MILLIS);
            }
        }

        private void pass(long millis) {
            clock.advance(Duration.ofMillis(millis));
        }
    }
}
