package io.hourmeter.usage;

import static io.hourmeter.usage.node.VirtualNode.HOUR;
import static io.hourmeter.usage.node.VirtualNode.MINUTE;
import static io.hourmeter.usage.node.VirtualNode.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.Balance;
import io.hourmeter.Billing;
import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseId;
import io.hourmeter.usage.journal.Journal;
import io.hourmeter.usage.journal.JournalKeeper;
import io.hourmeter.usage.node.ActiveSession;
import io.hourmeter.usage.node.HotSessions;
import io.hourmeter.usage.node.LeaseRecord;
import io.hourmeter.usage.node.ModelServer;
import io.hourmeter.usage.node.NodeCore;
import io.hourmeter.usage.node.NodeHub;
import io.hourmeter.usage.node.NodeSettings;
import io.hourmeter.usage.node.TrackerEvent;
import io.hourmeter.usage.node.VirtualNode;
import io.hourmeter.usage.node.VirtualTicker;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The engine with workers that do everything at once, in virtual time. */
class EngineTest {

    private static final String KEY = "RL-0123ABCD-EFGH4567-JKMN89PQ";

    private final VirtualTicker ticker = new VirtualTicker();
    private final ModelServer server = new ModelServer(ticker::millis);
    private final ModelServer.Account account = server.sell(KEY, 100 * HOUR);
    private final List<TrackerEvent> told = new ArrayList<>();
    private final NodeSettings settings = VirtualNode.settings();
    private final NodeHub hub = new NodeHub(settings.gapMillis(), Optional.of(() -> {}));
    private final HotSessions hot = new HotSessions(Billing.LICENSE);
    private final UsageContext context = new UsageContext(ticker);
    private boolean threadsLeft = true;
    private final Workers inline = new Workers() {
        @Override
        public boolean aside(Runnable task) {
            if (threadsLeft) {
                task.run();
            }
            return threadsLeft;
        }

        @Override
        public void tell(TrackerEvent event) {
            told.add(event);
        }
    };
    private final Engine engine = new Engine(
            settings,
            server,
            context,
            new NodeCore(settings, hub, hot, "node", new SplittableRandom(1)),
            inline,
            UsageTracker.limitedLog(ticker));
    private final Written journal = new Written();
    private final JournalKeeper keeper =
            new JournalKeeper(journal, 5 * SECOND, ticker, UsageTracker.limitedLog(ticker));

    private Admission admit(String key) {
        long now = ticker.nanos();
        ActiveSession running = hot.admit(key, null, now);
        return running != null ? Usage.begin(running, now, context) : engine.admit(key, null, null, now);
    }

    private void advance(long millis) {
        ticker.advanceTo(ticker.nanos() + TimeUnit.MILLISECONDS.toNanos(millis));
        engine.tick();
        while (engine.sendOne()) {}
    }

    @Test
    void aBalanceReadAfterAReportIsExact() {
        Usage use = (Usage) admit(KEY);
        advance(42 * SECOND);
        engine.report(account.key);
        assertThat(server.hoursRemaining(account.key).usedMillis()).isEqualTo(42 * SECOND);
        advance(2 * SECOND);
        engine.report(account.id);
        assertThat(server.hoursRemaining(account.key).usedMillis()).isEqualTo(44 * SECOND);
        use.close();
    }

    @Test
    void reportsOfTheSameSecondAreNotRepeated() {
        admit(KEY);
        advance(10 * SECOND);
        engine.report(account.key);
        int before = server.received.size();
        engine.report(account.key);
        engine.report(new LicenseId("lic_99999999"));
        assertThat(server.received).hasSize(before);
    }

    @Test
    void aReportNeitherThrowsNorWaitsForALostServer() {
        admit(KEY);
        advance(10 * SECOND);
        server.unreachable = true;
        engine.report(account.key);
        advance(SECOND);
        int[] attempts = {0};
        engine.report(account.key);
        server.onAttempt = () -> attempts[0]++;
        engine.report(account.key);
        assertThat(attempts[0]).isZero();
    }

    @Test
    void aCreditUnRefusesAtOnceByKeyAndById() {
        for (boolean byId : List.of(false, true)) {
            account.purchased = server.charged(account);
            assertThat(((Refused) admit(KEY)).reason()).isEqualTo(ErrorCode.HOURS_EXHAUSTED);
            account.purchased += HOUR;
            engine.credited(byId ? account.id : account.key);
            Usage use = (Usage) admit(KEY);
            advance(SECOND);
            use.close();
            engine.endSession(use.sessionId());
            advance(SECOND);
        }
        assertThat(told.stream().filter(event -> event.kind() == TrackerEvent.Kind.CREDITED))
                .hasSize(2);
    }

    @Test
    void aCreditWithItsBalanceUnRefusesWithoutAnotherCall() {
        account.purchased = 0;
        assertThat(((Refused) admit(KEY)).reason()).isEqualTo(ErrorCode.HOURS_EXHAUSTED);
        advance(SECOND);
        account.purchased = HOUR;
        int asked = server.asked;
        int received = server.received.size();

        engine.credited(account.id, balance(HOUR, 0));

        assertThat(server.asked).isEqualTo(asked);
        assertThat(server.received).hasSize(received);
        assertThat(credits()).containsExactly(HOUR);
        assertThat(admit(KEY)).isInstanceOf(Usage.class);
        assertThat(server.asked).isEqualTo(asked);
    }

    @Test
    void anOldBalanceDoesNotOverrideANewerOne() {
        account.purchased = HOUR;
        Balance old = balance(HOUR, 0);
        engine.credited(account.key, old);
        Usage use = (Usage) admit(KEY);
        for (int minute = 0; minute < 20; minute++) {
            advance(MINUTE);
        }
        engine.report(account.key);
        assertThat(use.remainingMillis()).isEqualTo(40 * MINUTE);

        // Somebody tells of the same payment once more, and is answered what the first was answered.
        engine.credited(account.key, old);

        assertThat(use.remainingMillis()).isEqualTo(40 * MINUTE);
        assertThat(credits()).containsExactly(HOUR, 40 * MINUTE);
        use.close();
    }

    private Balance balance(long purchased, long used) {
        return new Balance(purchased, used, 0, Instant.ofEpochMilli(ticker.wallMillis()));
    }

    private List<Long> credits() {
        return told.stream()
                .filter(event -> event.kind() == TrackerEvent.Kind.CREDITED)
                .map(TrackerEvent::millis)
                .toList();
    }

    @Test
    void aCreditRenewsTheFinalLeaseAtOnce() {
        account.purchased = MINUTE;
        Usage use = (Usage) admit(KEY);
        advance(10 * SECOND);
        account.purchased = HOUR;
        engine.credited(account.key);
        while (engine.sendOne()) {}
        advance(2 * MINUTE);
        assertThat(admit(KEY)).isInstanceOf(Usage.class);
        use.close();
    }

    @Test
    void anExhaustedAnswerFromBeforeTheCreditIsNotRemembered() {
        account.purchased = 0;
        server.onAttempt = () -> {
            // The credit is booked and passed on while the answer is on its way.
            server.onAttempt = () -> {};
            engine.credited(account.key);
        };
        assertThat(((Refused) admit(KEY)).reason()).isEqualTo(ErrorCode.HOURS_EXHAUSTED);
        account.purchased = HOUR;
        assertThat(admit(KEY)).isInstanceOf(Usage.class);
    }

    @Test
    void lowBalancesAreToldOncePerCrossingAndAgainAfterACredit() {
        account.purchased = HOUR + 30 * SECOND;
        Usage use = (Usage) admit(KEY);
        advance(20 * SECOND);
        assertThat(lows()).isEmpty();
        for (int i = 0; i < 20; i++) {
            advance(SECOND);
        }
        assertThat(lows()).hasSize(1);
        for (int i = 0; i < 3_200; i++) {
            advance(SECOND);
        }
        assertThat(lows()).hasSize(2);
        use.close();
        account.purchased += 10 * HOUR;
        engine.credited(account.key);
        advance(SECOND);
        assertThat(lows()).hasSize(2);
    }

    private List<TrackerEvent> lows() {
        return told.stream()
                .filter(event -> event.kind() == TrackerEvent.Kind.HOURS_LOW)
                .toList();
    }

    @Test
    void withoutAThreadAPendingLeaseIsRefusedAndLeavesNothing() {
        threadsLeft = false;
        assertThat(((Refused) admit(KEY)).reason()).isEqualTo(ErrorCode.LICENSE_SERVER_UNAVAILABLE);
        threadsLeft = true;
        assertThat(admit(KEY)).isInstanceOf(Usage.class);
    }

    @Test
    void theKeeperWritesEachIntervalAndAtOnceAfterARest() {
        Usage use = (Usage) admit(KEY);
        keeper.keep(engine);
        assertThat(journal.records).hasSize(1);
        use.close();
        advance(5 * SECOND);
        keeper.keep(engine);
        advance(4 * SECOND);
        admit(KEY);
        keeper.keep(engine);
        assertThat(journal.records.values().iterator().next().usedMillis()).isEqualTo(9 * SECOND);
        engine.shutDown();
        while (engine.sendOne()) {}
        advance(5 * SECOND);
        keeper.keep(engine);
        assertThat(journal.records).isEmpty();
    }

    @Test
    void aJournalThatTakesNoAppendIsWrittenAnew() {
        keeper.keep(engine);
        journal.noAppend = true;
        admit(KEY);
        advance(SECOND);
        keeper.keep(engine);
        assertThat(journal.records).hasSize(1);
    }

    // After a crash and an upgrade of the server, what an older server had deducted was charged again.
    @Test
    void whatAnOlderServerGrantedIsNotInTheJournal() {
        server.older = true;
        Usage use = (Usage) admit(KEY);
        advance(5 * SECOND);
        keeper.keep(engine);
        use.close();
        advance(5 * SECOND);
        keeper.keep(engine);
        advance(SECOND);
        admit(KEY);
        keeper.keep(engine);
        assertThat(journal.records).isEmpty();
    }

    // A lease that began while the server was away was not taken for one that an older server settles.
    @Test
    void whatAnOlderServerHasDeductedAfterAnOutageIsNotInTheJournal() {
        server.older = true;
        ((Usage) admit(KEY)).close();
        advance(10 * MINUTE);
        server.unreachable = true;
        Usage use = (Usage) admit(KEY);
        advance(5 * SECOND);
        keeper.keep(engine);
        assertThat(journal.records).hasSize(1);
        server.unreachable = false;
        advance(MINUTE);
        keeper.keep(engine);
        assertThat(server.charged(account)).isPositive();
        assertThat(journal.records).isEmpty();
        use.close();
    }

    @Test
    void onlyWhatAServerGrantedAfterItsUpgradeIsInTheJournal() {
        server.older = true;
        Usage use = (Usage) admit(KEY);
        server.older = false;
        advance(6 * MINUTE);
        keeper.keep(engine);
        assertThat(journal.records).isEmpty();
        use.close();
        advance(10 * MINUTE);
        admit(KEY);
        keeper.keep(engine);
        assertThat(journal.records).hasSize(1);
    }

    @Test
    void aFullDiskChangesNothing() {
        journal.full = true;
        admit(KEY);
        keeper.keep(engine);
        assertThat(admit(KEY)).isInstanceOf(Usage.class);
        journal.full = false;
        advance(5 * SECOND);
        keeper.keep(engine);
        assertThat(journal.records).hasSize(1);
    }

    /** A journal in memory. */
    private static final class Written implements Journal {
        final Map<UUID, LeaseRecord> records = new LinkedHashMap<>();
        boolean full;
        boolean noAppend;

        @Override
        public void checkpoint(List<LeaseRecord> all) throws IOException {
            failIf(full);
            records.clear();
            all.forEach(one -> records.put(one.lease(), one));
        }

        @Override
        public void append(List<LeaseRecord> some) throws IOException {
            failIf(full || noAppend);
            some.forEach(one -> records.put(one.lease(), one));
        }

        private static void failIf(boolean trouble) throws IOException {
            if (trouble) {
                throw new IOException("No space left on device");
            }
        }
    }
}
