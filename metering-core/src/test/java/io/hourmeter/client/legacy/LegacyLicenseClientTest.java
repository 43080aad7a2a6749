package io.hourmeter.client.legacy;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.Balance;
import io.hourmeter.ErrorCode;
import io.hourmeter.Hours;
import io.hourmeter.LicenseKey;
import io.hourmeter.UsageAnswers.Answer;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.UsageBatch;
import io.hourmeter.UsageBatch.Item;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What does not need a server: time that runs out, and what is forgotten when. */
class LegacyLicenseClientTest {

    private static final LicenseKey KEY = LicenseKey.of("RL-0123ABCD-EFGH4567-JKMN89PQ");
    private static final LicenseKey OTHER = LicenseKey.of("RL-AAAAAAAA-BBBBBBBB-CCCCCCCC");

    private final List<String> calls = new ArrayList<>();
    private long nanos;
    private boolean room = true;
    private boolean unknown;
    private final LegacyLicenseClient client =
            new LegacyLicenseClient("http://older", Calls::new, () -> nanos, () -> {});

    /** A server with ten hours for everybody. */
    private final class Calls implements OlderCalls {

        @Override
        public Result validate(LicenseKey key) {
            calls.add("validate " + key.masked());
            return balance();
        }

        @Override
        public Result hours(LicenseKey key) {
            calls.add("hours " + key.masked());
            return balance();
        }

        @Override
        public Result deduct(LicenseKey key, BigDecimal hours) {
            calls.add("deduct " + Hours.toMillis(hours) + " " + key.masked());
            return balance();
        }

        private Result balance() {
            if (unknown) {
                return new Result.Refused(ErrorCode.INVALID_LICENSE);
            }
            return new Result.Done(new Balance(10 * Hours.MILLIS_PER_HOUR, 0, 0, Instant.EPOCH), null);
        }

        @Override
        public long leftNanos() {
            return TimeUnit.SECONDS.toNanos(2);
        }

        @Override
        public boolean roomForMore() {
            // The second license of a message finds no time left where a test says so.
            return room || calls.isEmpty();
        }
    }

    private static Item item(LicenseKey key, String lease, long age, @Nullable Long used, boolean done) {
        return new Item(lease, key.sha256(), key, "", "session", age, used, done, 1, false, true);
    }

    private List<Answer> sync(Item... items) {
        return client.sync(new UsageBatch("node", 300_000, 900_000, 0, List.of(items)))
                .items();
    }

    private void pass(Duration time) {
        nanos += time.toNanos();
    }

    @Test
    void aLicenseForWhichThereIsNoTimeIsBusyAndNothingOfItIsSent() {
        room = false;
        assertThat(sync(item(KEY, "a", 5_000, 5_000L, true), item(OTHER, "b", 6_000, 6_000L, true)))
                .extracting(Answer::state)
                .containsExactly(State.CLOSED, State.BUSY);
        assertThat(calls).containsExactly("deduct 5000 RL-0123…");

        room = true;
        assertThat(sync(item(OTHER, "b", 6_500, 6_000L, true)))
                .extracting(Answer::state)
                .containsExactly(State.CLOSED);
        assertThat(calls).last().isEqualTo("deduct 6000 RL-AAAA…");
    }

    @Test
    void anEndThatIsReportedAgainADayLaterIsNotChargedAgain() {
        sync(item(KEY, "a", 60_000, 60_000L, true));
        pass(Duration.ofHours(24));

        assertThat(sync(item(KEY, "a", 60_000 + Duration.ofHours(24).toMillis(), 60_000L, true)))
                .extracting(Answer::state)
                .containsExactly(State.CLOSED);
        assertThat(calls).containsExactly("deduct 60000 RL-0123…");
    }

    @Test
    void theLeaseThatBeganFirstIsPaidFirstWhateverTheOrderInTheMessage() {
        sync(item(KEY, "b", 10_000, 10_000L, false), item(KEY, "a", 60_000, 52_000L, true));

        assertThat(calls).containsExactly("deduct 60000 RL-0123…");
    }

    @Test
    void keysThatNobodyHasLeaveNothingBehind() {
        unknown = true;
        assertThat(sync(item(KEY, "a", 0, null, false)))
                .extracting(Answer::state)
                .containsExactly(State.UNKNOWN);

        assertThat(client.scopesOf(KEY)).isZero();
    }

    @Test
    void aLicenseThatIsUsedForWeeksInManySessionsKeepsOnlyWhatItNeeds() {
        for (int day = 0; day < 60; day++) {
            for (int i = 0; i < 100; i++) {
                String session = "session-" + day + "-" + i;
                client.sync(new UsageBatch(
                        "node",
                        300_000,
                        900_000,
                        0,
                        List.of(new Item(
                                session, KEY.sha256(), KEY, session, session, 1_000, 1_000L, true, 1, false, true))));
            }
            pass(Duration.ofDays(1));
        }

        assertThat(client.scopesOf(KEY)).isBetween(100, 300);
        assertThat(calls).hasSize(6_000);
    }
}
