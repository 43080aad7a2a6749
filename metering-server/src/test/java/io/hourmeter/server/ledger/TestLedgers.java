package io.hourmeter.server.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hourmeter.CreatedLicense;
import io.hourmeter.Customer;
import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.NewLicense;
import io.hourmeter.UsageAnswers.Answer;
import io.hourmeter.UsageBatch;
import io.hourmeter.UsageBatch.Item;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.internal.TimeSource;
import io.hourmeter.server.ledger.calls.WriteCall;
import io.hourmeter.server.ledger.store.LedgerStore;
import io.hourmeter.server.ledger.store.LoadRequest;
import io.hourmeter.server.ledger.store.StoreClock;
import io.hourmeter.server.ledger.store.StoreException;
import io.hourmeter.server.ledger.store.UnitOfWork;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;

/** Ledgers for tests, and what tests do to them over and over. */
public final class TestLedgers {

    public static final Customer CUSTOMER = new Customer("ann@example.com", "Example Ltd", "Ann");
    public static final Duration HOUR = Duration.ofHours(1);
    public static final long HOUR_MILLIS = HOUR.toMillis();
    public static final String ACTOR = "admin";

    /** A machine under load may take its time; no test waits for this to pass. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private TestLedgers() {}

    public static MeteringConfig config(Path folder) {
        return MeteringConfig.builder()
                .set(Settings.LICENSE_SERVER_DATABASE, url(folder))
                .build();
    }

    public static String url(Path folder) {
        return "jdbc:sqlite:" + folder.resolve("licenses.db");
    }

    /** A store without a ledger over it. */
    public static LedgerStore store(Path folder) {
        return LedgerDatabases.of(url(folder)).open(StoreClock.of(TimeSource.get()));
    }

    /** Carries out one call in a transaction of its own. */
    public static <T> T commit(LedgerStore store, WriteCall<T> call) throws StoreException {
        try (LedgerStore.Transaction transaction = store.begin()) {
            LoadRequest needs = new LoadRequest();
            call.declare(needs);
            UnitOfWork work = transaction.load(needs);
            T answer = call.decide(work);
            transaction.write(work);
            transaction.commit();
            return answer;
        }
    }

    public static Ledger open(Path folder, InstantSource clock) {
        return Ledger.open(config(folder), PATIENCE, clock);
    }

    /** The same, with what cannot be paid owed. */
    public static Ledger owing(Path folder, InstantSource clock) {
        MeteringConfig config = config(folder).toBuilder()
                .set(Settings.OUTAGE_UNCOLLECTED, "owe")
                .build();
        return Ledger.open(config, PATIENCE, clock);
    }

    /** Makes a file as the first version did, when Flyway kept its schema. */
    public static void firstVersion(Path file) throws IOException, SQLException {
        try (InputStream dump = Objects.requireNonNull(TestLedgers.class.getResourceAsStream("first-version.sql"));
                Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            statement.executeUpdate(new String(dump.readAllBytes(), StandardCharsets.UTF_8));
            statement.execute("PRAGMA journal_mode = wal");
        }
    }

    public static CreatedLicense create(Ledger ledger, Duration hours) {
        return ledger.create(NewLicense.of(CUSTOMER, hours), null, ACTOR);
    }

    public static void assertRefused(ErrorCode code, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        LicenseRequestException.class,
                        refusal -> assertThat(refusal.code()).isEqualTo(code));
    }

    public static void assertConsistent(Ledger ledger) {
        assertThat(differences(ledger)).isEmpty();
    }

    /** What an audit finds. */
    public static List<Difference> differences(Ledger ledger) {
        List<Difference> found = new ArrayList<>();
        assertThat(ledger.audit(found::add).differences()).isEqualTo(found.size());
        return found;
    }

    /** One message about a lease of license billing. */
    public static Item item(
            String lease, LicenseKey key, long ageMillis, @Nullable Long usedMillis, boolean done, long seq) {
        return new Item(lease, key.sha256(), null, "", "session", ageMillis, usedMillis, done, seq, false, true);
    }

    public static String lease() {
        return UUID.randomUUID().toString();
    }

    public static UsageBatch batch(Item... items) {
        return new UsageBatch("node", 300_000, 900_000, 600_000, List.of(items));
    }

    public static Answer sync(Ledger ledger, Item item) {
        return ledger.usage(batch(item)).items().get(0);
    }
}
