package io.hourmeter.stripe;

import io.hourmeter.Balance;
import io.hourmeter.CreatedLicense;
import io.hourmeter.Customer;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.NewLicense;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.MeteringConfigBuilder;
import io.hourmeter.config.Settings;
import io.hourmeter.server.EmbeddedLicenseClient;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A shop on a real ledger and a fake Stripe, with a clock that a test moves and pauses that take no time. Closes the
 * checkouts it has opened.
 */
final class Shop implements AutoCloseable {

    final FakeStripe stripe = new FakeStripe();
    final LicenseClient ledger;
    private volatile LicenseClient current;
    private volatile String database;
    private final List<StripeCheckout> checkouts = new CopyOnWriteArrayList<>();
    final List<LicenseId> told = new CopyOnWriteArrayList<>();
    final List<Duration> pauses = new CopyOnWriteArrayList<>();
    final AtomicLong now = new AtomicLong(FakeStripe.CREATED + 60);

    /** Runs once, in the middle of the next reversal. */
    volatile @Nullable Runnable beforeNextReversal;

    /** How the next calls of the license server end, by name; empty when all is well. */
    volatile Outage outage = Outage.NONE;

    /** A fault of the license server. */
    enum Outage {
        NONE,
        /** Not reached: nothing was done. */
        BEFORE,
        /** Done, and the answer was lost. */
        AFTER
    }

    Shop(Path folder) {
        stripe.clock = now::get;
        database = databaseIn(folder);
        current = open(database);
        ledger = (LicenseClient) Proxy.newProxyInstance(
                Shop.class.getClassLoader(), new Class<?>[] {LicenseClient.class}, (proxy, method, arguments) -> {
                    if (outage == Outage.BEFORE && !method.getName().equals("close")) {
                        throw new LicenseServerUnavailableException("not reached", null);
                    }
                    Runnable first = beforeNextReversal;
                    if (method.getName().equals("reverse") && first != null) {
                        beforeNextReversal = null;
                        first.run();
                    }
                    try {
                        Object answer = method.invoke(current, arguments);
                        if (outage == Outage.AFTER && !method.getName().equals("close")) {
                            throw new LicenseServerUnavailableException("answer lost", null);
                        }
                        return answer;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static String databaseIn(Path folder) {
        return "jdbc:sqlite:" + folder.resolve("licenses.db");
    }

    private static LicenseClient open(String database) {
        return EmbeddedLicenseClient.open(MeteringConfig.builder()
                .set(Settings.LICENSE_SERVER_DATABASE, database)
                .set(Settings.OUTAGE_UNCOLLECTED, "owe")
                .build());
    }

    /** The license server ends and is started in this folder, with the ledger that lies there, or a new one. */
    void restartLicenseServerIn(Path folder) {
        current.close();
        database = databaseIn(folder);
        current = open(database);
    }

    InstantSource clock() {
        return () -> Instant.ofEpochSecond(now.get());
    }

    StripeCheckout checkout() {
        return checkout(settings -> {});
    }

    StripeCheckout checkout(Consumer<MeteringConfigBuilder> settings) {
        MeteringConfigBuilder config = MeteringConfig.builder()
                .set(Settings.STRIPE_SECRET_KEY, "sk_test_51abc")
                .set(Settings.STRIPE_WEBHOOK_SECRET, FakeStripe.SECRET)
                .set(Settings.STRIPE_API_BASE, stripe.base());
        settings.accept(config);
        StripeCheckout checkout = StripeCheckout.builder(config.build(), ledger)
                .credited((license, balance) -> told.add(license))
                .clock(clock())
                .calls(new StripeCalls(pauses::add, System::nanoTime))
                .build();
        checkouts.add(checkout);
        return checkout;
    }

    CreatedLicense license() {
        return ledger.create(NewLicense.of(new Customer("a@example.com", "A", "Ann"), Duration.ZERO), null);
    }

    LicenseId licenseId() {
        LicenseId id = license().license().id();
        if (id == null) {
            throw new AssertionError("the ledger names its licenses");
        }
        return id;
    }

    /** Ten hours for 50.00. */
    static Quote tenHours(StripeCheckout checkout) {
        return checkout.prices().quote(BigDecimal.TEN, null);
    }

    Balance balance(LicenseId license) {
        Outage before = outage;
        outage = Outage.NONE;
        try {
            return ledger.hoursRemaining(license);
        } finally {
            outage = before;
        }
    }

    /** Every row of the ledger that a credit or a reversal could write. */
    List<String> dump() {
        List<String> rows = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection(database);
                Statement statement = connection.createStatement()) {
            for (String table : List.of("entry", "license")) {
                try (ResultSet result = statement.executeQuery("SELECT * FROM " + table)) {
                    while (result.next()) {
                        StringBuilder row = new StringBuilder(table);
                        for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                            row.append('|').append(result.getString(i));
                        }
                        rows.add(row.toString());
                    }
                }
            }
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
        return rows;
    }

    /** A signed webhook. */
    WebhookResult webhook(StripeCheckout checkout, Object event) {
        byte[] body = FakeStripe.json(event);
        return checkout.webhook(body, FakeStripe.signature(body, FakeStripe.SECRET, now.get()));
    }

    @Override
    public void close() {
        checkouts.forEach(StripeCheckout::close);
        stripe.close();
        outage = Outage.NONE;
        ledger.close();
    }
}
