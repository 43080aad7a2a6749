package io.hourmeter.test;

import io.hourmeter.CreatedLicense;
import io.hourmeter.Customer;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseId;
import io.hourmeter.NewLicense;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Program;
import io.hourmeter.server.LicenseServer;
import io.hourmeter.test.internal.TestClock;
import io.hourmeter.test.stripe.StripeStandIn;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * What a test of a metered application needs around it: a license server over HTTP with its real ledger, in a folder of its
 * own, clocks that stand still until they are moved, and a stand-in for Stripe.
 *
 * <pre>{@code
 * @RegisterExtension
 * static final HourmeterExtension hourmeter = HourmeterExtension.create();
 *
 * @Test
 * void runsOut() {
 *     CreatedLicense license = hourmeter.license(Duration.ofSeconds(90));
 *     assertThat(get("/api/report", license)).isEqualTo(200);
 *     hourmeter.advance(Duration.ofSeconds(30));
 *     hourmeter.assertRemaining(license, Duration.ofSeconds(60));
 * }
 * }</pre>
 *
 * <p>In a static field it starts once for the class, in an instance field for each test. The application under test gets
 * {@link #settings()} and must run in the same process, since the clocks are those of the process. One test at a time uses
 * it; two extensions at the same time share the clocks.
 */
public final class HourmeterExtension
        implements BeforeAllCallback, AfterAllCallback, BeforeEachCallback, AfterEachCallback {

    /** A lease begins and ends at whole milliseconds, and a long session has several. */
    private static final Duration TOLERANCE = Duration.ofMillis(10);

    private static final String SECRET_KEY = "sk_test_hourmeter";
    private static final String WEBHOOK_SECRET = "whsec_hourmeter";

    private final Map<String, String> changed = new LinkedHashMap<>();
    private boolean ofTheClass;
    private int customers;
    private @Nullable Started started;

    private HourmeterExtension() {}

    /** What runs while a test does. */
    private static final class Started {

        private final Path folder;
        private final StripeStandIn stripe;
        private final int port;
        private @Nullable LicenseServer server;

        Started(Path folder, StripeStandIn stripe, LicenseServer server) {
            this.folder = folder;
            this.stripe = stripe;
            this.server = server;
            this.port = server.port();
        }
    }

    /**
     * With the settings that are enough for most tests.
     *
     * @return for a field with {@code @RegisterExtension}
     */
    public static HourmeterExtension create() {
        return new HourmeterExtension();
    }

    /**
     * Adds a setting, of the license server or of the application.
     *
     * @param key as in a properties file
     * @param value in the same form
     * @return this
     */
    public HourmeterExtension with(String key, String value) {
        changed.put(key, value);
        return this;
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        ofTheClass = true;
        start();
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        if (!ofTheClass) {
            start();
        }
    }

    @Override
    public void afterEach(ExtensionContext context) {
        if (!ofTheClass) {
            stop();
        }
    }

    @Override
    public void afterAll(ExtensionContext context) {
        stop();
    }

    private void start() {
        TestClock.ofThisProcess().hold();
        try {
            started = launch();
        } catch (IOException e) {
            throw new UncheckedIOException("the test kit cannot start: " + e.getMessage(), e);
        } finally {
            if (started == null) {
                TestClock.ofThisProcess().release();
            }
        }
    }

    private Started launch() throws IOException {
        Path folder = Files.createTempDirectory("hourmeter-test-");
        StripeStandIn stripe = StripeStandIn.start(SECRET_KEY, WEBHOOK_SECRET);
        try {
            return new Started(folder, stripe, LicenseServer.start(serverConfig(folder, 0)));
        } catch (RuntimeException | Error e) {
            stripe.close();
            delete(folder);
            throw e;
        }
    }

    private void stop() {
        Started running = started;
        if (running == null) {
            return;
        }
        started = null;
        try {
            running.stripe.close();
            if (running.server != null) {
                running.server.close();
            }
            delete(running.folder);
        } finally {
            TestClock.ofThisProcess().release();
        }
    }

    private static void delete(Path folder) {
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path left, @Nullable IOException failure) throws IOException {
                    Files.delete(left);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            // The application under test may still write its journal there; the machine empties its temporary folder.
            folder.toFile().deleteOnExit();
        }
    }

    private Started running() {
        Started running = started;
        if (running == null) {
            throw new IllegalStateException("the extension runs only while a test does; is its field annotated?");
        }
        return running;
    }

    private MeteringConfig serverConfig(Path folder, int port) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("license.server.database", "jdbc:sqlite:" + folder.resolve("licenses.db"));
        settings.putAll(changed);
        settings.put("license.server.port", Integer.toString(port));
        return MeteringConfig.builder()
                .programs(Set.of(Program.LICENSE_SERVER))
                .settings("HourmeterExtension", settings)
                .build();
    }

    /**
     * What the application under test has to be configured with: the license server's address, the stand-in's address and
     * secrets, a folder for the crash journal, and what was added by {@link #with}.
     *
     * @return keys as in a properties file; a Spring Boot application puts {@code hourmeter.} before each
     */
    public Map<String, String> settings() {
        Started running = running();
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("license.server.url", "http://127.0.0.1:" + running.port);
        settings.put("usage.journal", running.folder.resolve("journal").toString());
        settings.put("stripe.api.base", running.stripe.baseUrl());
        settings.put("stripe.secret.key", running.stripe.secretKey());
        settings.put("stripe.webhook.secret", running.stripe.webhookSecret());
        settings.putAll(changed);
        return settings;
    }

    /**
     * The same settings, read.
     *
     * @return for {@code UsageTracker.open}
     */
    public MeteringConfig config() {
        return MeteringConfig.builder()
                .settings("HourmeterExtension", settings())
                .build();
    }

    /**
     * Creates a license of a new customer.
     *
     * @param time what it has
     * @return with its key
     */
    public CreatedLicense license(Duration time) {
        customers++;
        Customer customer = new Customer("customer-" + customers + "@example.com", "Example", "Customer " + customers);
        return client().create(NewLicense.of(customer, time), null);
    }

    /**
     * The license server as the seller sees it: adds hours, takes them back, tells the history.
     *
     * @return on the same ledger, without HTTP
     * @throws IllegalStateException while the license server is stopped
     */
    public LicenseClient client() {
        LicenseServer server = running().server;
        if (server == null) {
            throw new IllegalStateException("the license server is stopped");
        }
        return server.client();
    }

    /**
     * The stand-in for Stripe.
     *
     * @return tell it where webhooks go by {@link StripeStandIn#deliverTo}
     */
    public StripeStandIn stripe() {
        return running().stripe;
    }

    /**
     * Lets time pass: second after second, and after each one every tracker of this process has done what was due and has
     * its answer.
     *
     * @param duration how much, in whole milliseconds
     * @throws IllegalArgumentException if it is negative
     */
    public void advance(Duration duration) {
        running();
        TestClock.ofThisProcess().advance(duration);
    }

    /** Stops the license server: nobody answers at its address any more. What it has written stays. */
    public void stopLicenseServer() {
        Started running = running();
        LicenseServer server = running.server;
        if (server != null) {
            running.server = null;
            server.close();
        }
    }

    /** Starts the license server again, at the same address and on the same ledger. */
    public void startLicenseServer() {
        Started running = running();
        if (running.server == null) {
            running.server = LicenseServer.start(serverConfig(running.folder, running.port));
        }
    }

    /**
     * What a license has left, with all use until now.
     *
     * @param license from {@link #license}
     * @return not below zero
     */
    public Duration remaining(CreatedLicense license) {
        TestClock.ofThisProcess().report(license.key());
        LicenseId id = license.license().id();
        if (id != null) {
            // an application with a login of its own names the license by it
            TestClock.ofThisProcess().report(id);
        }
        return Duration.ofMillis(client().hoursRemaining(license.key()).remainingMillis());
    }

    /**
     * Checks what a license has left, to within 10 ms: a lease begins and ends at whole milliseconds, and a long session
     * has several.
     *
     * @param license from {@link #license}
     * @param expected what it should have
     * @throws AssertionError if it has more or less; the message names both
     */
    public void assertRemaining(CreatedLicense license, Duration expected) {
        Duration remaining = remaining(license);
        if (remaining.minus(expected).abs().compareTo(TOLERANCE) > 0) {
            throw new AssertionError(
                    "License " + license.key().masked() + " should have " + expected + " left and has " + remaining);
        }
    }
}
