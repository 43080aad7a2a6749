package io.hourmeter.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.hourmeter.Billing;
import io.hourmeter.LicenseClient;
import io.hourmeter.UsageAnswers;
import io.hourmeter.internal.DurationBounds;
import io.hourmeter.internal.UsageBounds;
import io.hourmeter.usage.UsageTracker;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class MeteringConfigTest {

    /** The block that customers of the older system have in their environment. */
    private static final String OLDER_BLOCK = """
            # Stripe Configuration
            STRIPE_SECRET_KEY=sk_test_...
            STRIPE_PUBLISHABLE_KEY=pk_test_...
            STRIPE_WEBHOOK_SECRET=whsec_...

            # Pricing
            HOURS_PER_DOLLAR=0.2  # 1 hour = $5
            PAYMENT_CURRENCY=usd

            # License Server
            LICENSE_SERVER_URL=http://localhost:5001

            # Usage Tracking
            USAGE_CHECK_INTERVAL=300  # 5 minutes
            """;

    @TempDir
    Path folder;

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text, StandardCharsets.UTF_8);
    }

    private static void assertOlderBlock(MeteringConfig config) {
        assertThat(config.get(Settings.HOURS_PER_DOLLAR)).isEqualByComparingTo("0.2");
        assertThat(config.get(Settings.PAYMENT_CURRENCY)).isEqualTo("usd");
        assertThat(config.get(Settings.SERVER_URL)).isEqualTo("http://localhost:5001");
        assertThat(config.get(Settings.CHECK_INTERVAL)).isEqualTo(Duration.ofMinutes(5));
        assertThat(config.get(Settings.STRIPE_SECRET_KEY)).isEqualTo("sk_test_...");
        assertThat(config.get(Settings.STRIPE_WEBHOOK_SECRET)).containsExactly("whsec_...");
    }

    @Test
    void builderAloneReadsNothingAndHasTheDefaults() {
        MeteringConfig config = MeteringConfig.builder().build();

        for (Setting<?> setting : Settings.all()) {
            assertThat(config.get(setting)).isEqualTo(setting.parse(setting.defaultText()));
            assertThat(config.source(setting)).isEqualTo("default");
            assertThat(config.isSet(setting)).isFalse();
        }
        assertThat(config.warnings()).isEmpty();
    }

    @Test
    void eachSourceOverridesTheNextOne() throws IOException {
        Path file = write("x.properties", "usage.check.interval=12\n");
        MeteringConfigBuilder builder = MeteringConfig.builder().byDefault(Settings.CHECK_INTERVAL, "11");
        assertInterval(builder, 11, "default of this program");
        assertInterval(builder.file(file), 12, file + " line 1");
        assertInterval(
                builder.environment(Map.of("USAGE_CHECK_INTERVAL", "13")),
                13,
                "environment variable USAGE_CHECK_INTERVAL");
        assertInterval(builder.initParams(Map.of("usage.check.interval", "14")), 14, "init-param usage.check.interval");
        assertInterval(builder.set(Settings.CHECK_INTERVAL, "15"), 15, "builder");
    }

    private static void assertInterval(MeteringConfigBuilder builder, int seconds, String source) {
        MeteringConfig config = builder.build();
        assertThat(config.get(Settings.CHECK_INTERVAL)).isEqualTo(Duration.ofSeconds(seconds));
        assertThat(config.source(Settings.CHECK_INTERVAL)).isEqualTo(source);
        assertThat(config.isSet(Settings.CHECK_INTERVAL)).isTrue();
    }

    @Test
    void olderBlockWorksAsEnvFile() throws IOException {
        Path file = write(".env", OLDER_BLOCK);
        assertOlderBlock(MeteringConfig.builder().file(file).build());
        assertOlderBlock(MeteringConfig.builder()
                .environment(Map.of("METERING_CONFIG", file.toString()))
                .build());
    }

    @Test
    void olderBlockWorksInPropertiesFile() throws IOException {
        write("metering.properties", OLDER_BLOCK);
        assertOlderBlock(MeteringConfig.builder().workingFolder(folder).build());
    }

    @Test
    void olderBlockWorksFromEnvironmentWithItsComments() {
        Map<String, String> environment = new LinkedHashMap<>();
        OLDER_BLOCK
                .lines()
                .filter(line -> line.contains("=") && !line.startsWith("#"))
                .forEach(line -> {
                    int end = line.indexOf('=');
                    environment.put(line.substring(0, end), line.substring(end + 1));
                });
        assertOlderBlock(MeteringConfig.builder().environment(environment).build());
    }

    @Test
    void dottedKeysWorkInEnvFile() throws IOException {
        Path file = write("app.env", "export usage.billing='session' # each tab\nUSAGE_MINIMUM=\"1m\"\n");
        MeteringConfig config = MeteringConfig.builder().file(file).build();
        assertThat(config.get(Settings.BILLING)).isEqualTo(Billing.SESSION);
        assertThat(config.get(Settings.MINIMUM)).isEqualTo(Duration.ofMinutes(1));
    }

    @Test
    void configVariableComesBeforeWorkingFolderComesBeforeClassPath() throws IOException {
        Path classes = Files.createDirectory(folder.resolve("classes"));
        Files.writeString(classes.resolve("metering.properties"), "license.header=FromClassPath");
        Path other = write("other.properties", "license.header=FromVariable");
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {classes.toUri().toURL()}, null)) {
            MeteringConfigBuilder builder =
                    MeteringConfig.builder().workingFolder(folder).classLoader(loader);
            assertThat(builder.build().get(Settings.LICENSE_HEADER)).isEqualTo("FromClassPath");
            assertThat(builder.build().source(Settings.LICENSE_HEADER))
                    .isEqualTo("metering.properties on the class path line 1");

            write("metering.properties", "license.header=FromFolder");
            assertThat(builder.build().get(Settings.LICENSE_HEADER)).isEqualTo("FromFolder");

            builder.environment(Map.of("METERING_CONFIG", "other.properties"));
            assertThat(builder.build().get(Settings.LICENSE_HEADER)).isEqualTo("FromVariable");

            builder.environment(Map.of("METERING_CONFIG", other.toString() + "  # the real one"));
            assertThat(builder.build().get(Settings.LICENSE_HEADER)).isEqualTo("FromVariable");

            builder.environment(Map.of("METERING_CONFIG", ""));
            assertThat(builder.build().get(Settings.LICENSE_HEADER)).isEqualTo("FromFolder");
        }
    }

    @Test
    void noFileAnywhereIsSaid() {
        MeteringConfig config = MeteringConfig.builder().workingFolder(folder).build();
        assertThat(config.warnings()).isEmpty(); // it is a way to run that is documented
        assertThat(logged(config)).anyMatch(line -> line.startsWith("INFO No settings file: neither METERING_CONFIG"));
    }

    /** Level and text of what {@link MeteringConfig#log} writes. */
    private static List<String> logged(MeteringConfig config) {
        Logger logger = (Logger) LoggerFactory.getLogger(MeteringConfig.class);
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        Level before = logger.getLevel();
        logger.setLevel(Level.DEBUG);
        logger.setAdditive(false);
        logger.addAppender(log);
        log.start();
        try {
            config.log();
        } finally {
            logger.detachAppender(log);
            logger.setAdditive(true);
            logger.setLevel(before);
        }
        return log.list.stream()
                .map(event -> event.getLevel() + " " + event.getFormattedMessage())
                .toList();
    }

    @Test
    void effectiveSettingsAreLoggedALineEach() {
        List<String> lines = logged(MeteringConfig.builder()
                .set(Settings.CHECK_INTERVAL, "60")
                .set(Settings.STRIPE_SECRET_KEY, "sk_test_abcdefgh")
                .build());
        assertThat(lines)
                .contains(
                        "INFO Setting usage.check.interval = 60 (builder)",
                        "INFO Setting stripe.secret.key = sk_test_… (builder)",
                        "DEBUG Setting usage.idle.timeout = 300 (default)",
                        "INFO The other " + (Settings.all().size() - 2)
                                + " settings are at their defaults, which docs/settings.md and"
                                + " metering.properties.template list, and this logger at DEBUG")
                .allMatch(line -> line.length() < 200);
        assertThat(lines.stream().filter(line -> line.startsWith("DEBUG")))
                .hasSize(Settings.all().size() - 2);
    }

    @Test
    void anApplicationSaysThatItIsNotTheOneWhichOwes() {
        MeteringConfigBuilder owing = MeteringConfig.builder().set(Settings.OUTAGE_UNCOLLECTED, "owe");
        assertThat(logged(owing.build()))
                .contains("INFO outage.uncollected=owe (builder) has no effect in this program: the license server at"
                        + " license.server.url reads it, and has to have it in its own settings");
        assertThat(logged(owing.set(Settings.SERVER_KIND, "older").build()))
                .anyMatch(line -> line.endsWith("an older license server forgives what it cannot collect"));
        owing.set(Settings.SERVER_KIND, "hourmeter");
        for (MeteringConfig reads : List.of(
                owing.programs(Set.of(Program.LICENSE_SERVER)).build(),
                owing.programs(Set.of(Program.APPLICATION))
                        .set(Settings.SERVER_URL, "embedded")
                        .build())) {
            assertThat(logged(reads)).noneMatch(line -> line.contains("has no effect"));
        }
    }

    @Test
    void otherProgramsLinesInAnEnvFileAreLeftAlone() throws IOException {
        Path file = write(".env", "SECRET_KEY=abc\n" + OLDER_BLOCK + "DATABASE_URL='x\ny'\n");
        MeteringConfig config = MeteringConfig.builder().file(file).build();
        assertOlderBlock(config);
        assertThat(logged(config))
                .contains("INFO Settings file " + file + ": left to other programs are SECRET_KEY, DATABASE_URL");
    }

    @Test
    void namesOfOtherProgramsAreBounded() throws IOException {
        StringBuilder many = new StringBuilder();
        for (int i = 0; i < 50; i++) {
            many.append("OTHER_").append(i).append("=1\n");
        }
        assertThat(logged(MeteringConfig.builder()
                        .file(write("x.env", many.toString()))
                        .build()))
                .anyMatch(line -> line.endsWith("OTHER_18, OTHER_19 and 30 more"));
    }

    @Test
    void nearMissInAnEnvFileStopsTheStart() throws IOException {
        Path file = write(".env", "SECRET_KEY=abc\nSTRIPE_SECRET_KYE=sk_test_abcdefgh\n");
        assertStops(
                MeteringConfig.builder().file(file),
                "Unknown setting STRIPE_SECRET_KYE=sk_test_… (" + file + " line 2)",
                "the nearest known key is STRIPE_SECRET_KEY");
    }

    @Test
    void unknownKeyInAPropertiesFileStopsTheStartHoweverFarItIs() throws IOException {
        assertStops(
                MeteringConfig.builder().file(write("x.properties", "secret.key=abc\n")),
                "Unknown setting secret.key=set");
    }

    @Test
    void pathOfWindowsInAPropertiesFileStopsTheStart() throws IOException {
        for (String line : List.of(
                "license.server.database=jdbc:sqlite:C:\\data\\licenses.db",
                "usage.journal=C:\\hourmeter",
                "usage.journal=C:\\temp",
                "usage.journal=C:\\new",
                "usage.journal=C:\\hourmeter\\\nlicense.server.url=http://x")) {
            assertStops(MeteringConfig.builder().file(write("x.properties", line)), "a backslash is written twice");
        }
        Path right =
                write("y.properties", "usage.journal=C:\\\\hourmeter\nlicense.server.database=jdbc:sqlite:C:/x.db\n");
        MeteringConfig config = MeteringConfig.builder().file(right).build();
        assertThat(config.get(Settings.JOURNAL)).isEqualTo("C:\\hourmeter");
        assertThat(config.get(Settings.LICENSE_SERVER_DATABASE)).isEqualTo("jdbc:sqlite:C:/x.db");
    }

    @Test
    void settingsOfAProgramsOwnPlaceAreNamedAfterIt() {
        assertThat(MeteringConfig.builder()
                        .settings("argument", Map.of("usage.lease", "20m"))
                        .build()
                        .source(Settings.LEASE))
                .isEqualTo("argument usage.lease");
        assertStops(
                MeteringConfig.builder().settings("argument", Map.of("lease", "20m")),
                "Unknown setting lease=20m (argument lease)");
    }

    @Test
    void sharedPlaceMayHaveKeysOfOthersButNoneThatIsNearlyOurs() {
        Map<String, String> others = Map.of("spring.application.name", "x", "server.port", "1", "usage.lease", "20m");
        MeteringConfig config = MeteringConfig.builder()
                .sharedSettings("Spring property", others)
                .build();
        assertThat(config.lease()).isEqualTo(Duration.ofMinutes(20));
        assertThat(config.source(Settings.LEASE)).isEqualTo("Spring property usage.lease");
        assertStops(
                MeteringConfig.builder().sharedSettings("Spring property", Map.of("license.server.ulr", "http://x")),
                "Unknown setting license.server.ulr=http://x (Spring property license.server.ulr)",
                "the nearest known key is license.server.url");
    }

    @Test
    void postgresIsRefusedWhileThereIsNone() {
        assertStops(
                MeteringConfig.builder().environment(Map.of("LICENSE_SERVER_DATABASE", "jdbc:postgresql://h/d")),
                "this version has SQLite only",
                "allowed is jdbc:sqlite: and a file");
    }

    @Test
    void namedFileThatIsNotThereStopsTheStart() {
        assertThatThrownBy(() -> MeteringConfig.builder()
                        .workingFolder(folder)
                        .environment(Map.of("METERING_CONFIG", "gone.env"))
                        .build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("Settings file gone.env (named by METERING_CONFIG) cannot be read: there is no such file");
    }

    @Test
    void folderLargeFileAndOtherEncodingStopTheStart() throws IOException {
        assertStops(MeteringConfig.builder().file(folder), "cannot be read");
        Path large = folder.resolve("large.properties");
        Files.writeString(large, "#".repeat((1 << 20) + 1));
        assertStops(MeteringConfig.builder().file(large), "larger than 1 MiB");
        Path latin = folder.resolve("latin.properties");
        Files.write(latin, "payment.product.name=Zug\u00e4nge".getBytes(StandardCharsets.ISO_8859_1));
        assertStops(MeteringConfig.builder().file(latin), "is not UTF-8");
    }

    private static void assertStops(MeteringConfigBuilder builder, String... parts) {
        assertThatThrownBy(builder::build)
                .isInstanceOf(ConfigurationException.class)
                .satisfies(e -> {
                    assertThat(e.getMessage()).contains(parts);
                    assertThat(e.getMessage().lines()).hasSize(1);
                });
    }

    @ParameterizedTest
    @CsvSource({
        "HOURS_PER_DOLAR, HOURS_PER_DOLLAR",
        "USAGE_CHECK_INTERVALL, USAGE_CHECK_INTERVAL",
        "LICENCE_SERVER_URL, LICENSE_SERVER_URL",
        "usage.check.intervall, usage.check.interval",
        "usage.chekc.interval, usage.check.interval",
        "usage_idle_timeout, usage.idle.timeout",
        "Payment.Currency, payment.currency",
        "PAYMENT-PAGE, PAYMENT_PAGE",
    })
    void misspeltKeyInFileNamesTheRightOne(String misspelt, String right) throws IOException {
        for (String name : List.of("x.env", "x.properties")) {
            Path file = write(name, "\n" + misspelt + "=7\n");
            assertThatThrownBy(() -> MeteringConfig.builder().file(file).build())
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessage("Unknown setting " + misspelt + "=7 (" + file
                            + " line 2); allowed are the keys of the settings page; the nearest known key is "
                            + right);
        }
    }

    @Test
    void misspeltInitParamNamesTheRightOne() {
        assertThatThrownBy(() -> MeteringConfig.builder()
                        .initParams(Map.of("license.requird", "false"))
                        .build())
                .hasMessage(
                        "Unknown setting license.requird=false (init-param license.requird); allowed are the keys of"
                                + " the settings page; the nearest known key is license.required");
        assertStops(MeteringConfig.builder().initParams(Map.of("LICENSE_REQUIRED", "false")), "license.required");
    }

    @Test
    void unknownEnvironmentVariablesAreNobodysBusiness() {
        MeteringConfig config = MeteringConfig.builder()
                .environment(Map.of("PATH", "/bin", "USAGE_CHECK_INTERVALL", "x", "usage.check.interval", "x"))
                .build();
        assertThat(config.isSet(Settings.CHECK_INTERVAL)).isFalse();
    }

    @Test
    void sameKeyTwiceInOneFileStopsTheStart() throws IOException {
        Path file = write("x.env", "USAGE_LEASE=20m\n# then\nusage.lease=30m\n");
        assertThatThrownBy(() -> MeteringConfig.builder().file(file).build())
                .hasMessage("usage.lease=30m (" + file + " line 3) stands there a second time, after " + file
                        + " line 1; allowed is one line for usage.lease or USAGE_LEASE");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.5", "", "x", "-5", "0", "999ms", "\u0663", "9999999999999999999", "5 m", "1.5s", "400d"})
    void badValueNamesKeyValueSourceAndWhatIsAllowed(String value) {
        assertThatThrownBy(() -> MeteringConfig.builder()
                        .environment(Map.of("USAGE_CHECK_INTERVAL", value))
                        .build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith("usage.check.interval=" + value
                        + " (environment variable USAGE_CHECK_INTERVAL) is not allowed (")
                .hasMessageEndingWith("); allowed is a duration of at least 1s, at most 12h");
    }

    @Test
    void builderFailsInTheSetter() {
        MeteringConfigBuilder builder = MeteringConfig.builder();
        assertThatThrownBy(() -> builder.set(Settings.BILLING, "both"))
                .hasMessage("usage.billing=both (builder) is not allowed (is neither); allowed is license or session");
        assertThatThrownBy(() -> builder.byDefault(Settings.WEBAPP_PORT, "x"))
                .isInstanceOf(ConfigurationException.class);
    }

    @Test
    void badSecretIsNotShown() {
        assertThatThrownBy(() -> MeteringConfig.builder()
                        .environment(Map.of("STRIPE_SECRET_KEY", "pk_live_51Habcdefgh"))
                        .build())
                .hasMessage("stripe.secret.key=pk_live_… (environment variable STRIPE_SECRET_KEY) is not allowed"
                        + " (begins otherwise); allowed is a key that begins with sk_ or rk_, or empty");
        assertThatThrownBy(() -> MeteringConfig.builder()
                        .initParams(Map.of("stripe.secretkey", "hunter2"))
                        .build())
                .hasMessageContaining("stripe.secretkey=set (")
                .hasMessageNotContaining("hunter2");
        assertThatThrownBy(() -> MeteringConfig.builder()
                        .set(Settings.SERVER_URL, "http://me:hunter2@host:5001")
                        .build())
                .hasMessageNotContaining("hunter2");
    }

    @Test
    void describeNamesEverySettingAndNoSecret() {
        MeteringConfig config = MeteringConfig.builder()
                .set(Settings.STRIPE_SECRET_KEY, "rk_live_51Habcdefgh")
                .set(Settings.STRIPE_PUBLISHABLE_KEY, "pk_live_51Habcdefgh")
                .set(Settings.STRIPE_WEBHOOK_SECRET, "whsec_abcdefgh, whsec_ijklmnop")
                .set(Settings.SERVER_TOKEN, "abcdefgh")
                .set(Settings.ADMIN_TOKENS, "abcdefgh,ijklmnop")
                .set(Settings.LICENSE_SERVER_DATABASE, "jdbc:sqlite://u:abcdefgh@h/d?user=x&password=ijklmnop")
                .build();
        assertThat(config.describe())
                .hasSameSizeAs(Settings.all())
                .contains(
                        "stripe.secret.key = rk_live_… (builder)",
                        "stripe.publishable.key = pk_live_… (builder)",
                        "stripe.webhook.secret = whsec_… (builder)",
                        "license.server.token = set (builder)",
                        "license.server.tokens.admin = set (builder)",
                        "license.server.tokens.usage = not set (default)",
                        "license.server.database = jdbc:sqlite://…@h/d?user=x&password=… (builder)",
                        "usage.check.interval = 300 (default)");
        assertThat(String.join("\n", config.describe()))
                .doesNotContain("abcdefgh")
                .doesNotContain("ijklmnop");
    }

    @Test
    void otherProgramsSettingsAreKnownAndNotChecked() throws IOException {
        Path file = write("x.properties", "webapp.port=none\nlicense.server.port=none\nusage.lease=1h\n");
        MeteringConfig config = MeteringConfig.builder()
                .file(file)
                .programs(Set.of(Program.APPLICATION))
                .build();
        assertThat(config.lease()).isEqualTo(Duration.ofHours(1));
        assertThatThrownBy(() -> config.get(Settings.WEBAPP_PORT))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith("webapp.port=none (" + file + " line 1)");
        assertStops(MeteringConfig.builder().file(file), "license.server.port=none");

        Path lease = write("y.properties", "usage.lease=1s\nlicense.server.port=5002\n");
        assertThat(MeteringConfig.builder()
                        .file(lease)
                        .programs(Set.of(Program.LICENSE_SERVER))
                        .build()
                        .get(Settings.LICENSE_SERVER_PORT))
                .isEqualTo(5002);
    }

    @Test
    void embeddedApplicationIsALicenseServerToo() {
        assertStops(
                MeteringConfig.builder()
                        .programs(Set.of(Program.APPLICATION))
                        .environment(Map.of("LICENSE_SERVER_URL", "embedded", "LICENSE_ZONE", "Mars/Base")),
                "license.zone=Mars/Base");
    }

    @Test
    void clustersServiceLinkIsNoPort() {
        MeteringConfig config = MeteringConfig.builder()
                .environment(Map.of("LICENSE_SERVER_PORT", "tcp://10.0.0.7:5001"))
                .build();
        assertThat(config.get(Settings.LICENSE_SERVER_PORT)).isEqualTo(5001);
        assertThat(config.warnings()).singleElement().asString().contains("LICENSE_SERVER_PORT is ignored");
    }

    @Test
    void emptySwitchesOff() throws IOException {
        Path file = write("x.env", "LICENSE_HEADER=\nFILTER_EXCLUDE=\nPAYMENT_PACKAGES= # none\n");
        MeteringConfig config = MeteringConfig.builder().file(file).build();
        assertThat(config.get(Settings.LICENSE_HEADER)).isEmpty();
        assertThat(config.get(Settings.FILTER_EXCLUDE)).isEmpty();
        assertThat(config.get(Settings.PAYMENT_PACKAGES)).isEmpty();
    }

    @Test
    void byteOrderMarkAndCarriageReturnsAreTolerated() throws IOException {
        Path file =
                write("x.properties", "\uFEFFusage.lease=20m\r\npayment.product.name=Zug\u00e4nge # \u00fc\r\n\r\n");
        MeteringConfig config = MeteringConfig.builder().file(file).build();
        assertThat(config.get(Settings.PAYMENT_PRODUCT_NAME)).isEqualTo("Zug\u00e4nge");
        assertThat(config.lease()).isEqualTo(Duration.ofMinutes(20));
    }

    @Test
    void defaultPackagesAreTheFourOfTheShop() {
        assertThat(MeteringConfig.builder().build().get(Settings.PAYMENT_PACKAGES))
                .containsExactly(
                        new PackageOffer("small", new BigDecimal("5"), new BigDecimal("25"), "5 Hours Pack"),
                        new PackageOffer("medium", new BigDecimal("10"), new BigDecimal("45"), "10 Hours Pack"),
                        new PackageOffer("large", new BigDecimal("20"), new BigDecimal("80"), "20 Hours Pack"),
                        new PackageOffer("xlarge", new BigDecimal("50"), new BigDecimal("180"), "50 Hours Pack"));
    }

    @Test
    void paymentTokenIsTheFiltersUnlessSet() {
        MeteringConfigBuilder builder = MeteringConfig.builder().set(Settings.SERVER_TOKEN, "u");
        assertThat(builder.build().paymentToken()).isEqualTo("u");
        assertThat(builder.set(Settings.PAYMENT_TOKEN, "c").build().paymentToken())
                .isEqualTo("c");
    }

    @Test
    void journalIsInTheContainersFolderUnlessNamedOrOff() {
        MeteringConfigBuilder builder = MeteringConfig.builder();
        assertThat(builder.build().journal(null)).isEqualTo(Path.of("data/hourmeter-journal"));
        assertThat(builder.build().journal(folder)).isEqualTo(folder.resolve("hourmeter-journal"));
        assertThat(builder.set(Settings.JOURNAL, "/var/lib/x").build().journal(folder))
                .isEqualTo(Path.of("/var/lib/x"));
        assertThat(builder.set(Settings.JOURNAL, "none").build().journal(folder))
                .isNull();
    }

    @Test
    void trackerTakesEveryValueThatTheSettingsAllow() {
        LicenseClient client = (LicenseClient) Proxy.newProxyInstance(
                MeteringConfigTest.class.getClassLoader(),
                new Class<?>[] {LicenseClient.class},
                (proxy, method, arguments) -> method.getName().equals("sync") ? new UsageAnswers(List.of()) : null);
        MeteringConfig config = MeteringConfig.builder()
                .set(Settings.CHECK_INTERVAL, "12h")
                .set(Settings.IDLE_TIMEOUT, "0")
                .set(Settings.MINIMUM, "24h")
                .set(Settings.BILLING, "session")
                .set(Settings.REQUEST_LIMIT, "365d")
                .set(Settings.SERVER_TIMEOUT, "5m")
                .set(Settings.JOURNAL_INTERVAL, "24h")
                .set(Settings.OUTAGE_POLICY, "deny")
                .set(Settings.OUTAGE_GRACE, "24h")
                .build();
        try (UsageTracker tracker = UsageTracker.builder(client, config)
                .journal(config.journal(folder))
                .build()) {
            assertThat(tracker.sessions()).isEmpty();
            assertThat(folder.resolve("hourmeter-journal")).isDirectory();
        }
        MeteringConfig other = MeteringConfig.builder()
                .set(Settings.CHECK_INTERVAL, "1s")
                .set(Settings.LEASE, "10s")
                .set(Settings.IDLE_TIMEOUT, "24h")
                .set(Settings.REQUEST_LIMIT, "1ms")
                .set(Settings.SERVER_TIMEOUT, "1ms")
                .set(Settings.JOURNAL, "none")
                .build();
        try (UsageTracker tracker = UsageTracker.builder(client, other).build()) {
            assertThat(tracker.sessions()).isEmpty();
        }
    }

    /** Bounds and defaults of the builder are those of the settings: one millisecond more or less is refused by both. */
    @Test
    void trackerAndSettingsHaveTheSameBounds() {
        assertThat(UsageBounds.CHECK_INTERVAL)
                .isEqualTo(bounds(Duration.ofSeconds(1), Duration.ofHours(12), Duration.ofMinutes(5)));
        assertThat(UsageBounds.LEASE)
                .isEqualTo(bounds(Duration.ofSeconds(10), Duration.ofHours(24), Duration.ofMinutes(15)));
        assertThat(UsageBounds.JOURNAL_INTERVAL.least()).isEqualTo(Duration.ofSeconds(1));
        assertThat(UsageBounds.IDLE_TIMEOUT.allow(Duration.ZERO)).isTrue();
        LicenseClient client = null;
        Map<Setting<?>, BiConsumer<UsageTracker.Builder, Duration>> setters = Map.of(
                Settings.CHECK_INTERVAL, UsageTracker.Builder::checkInterval,
                Settings.IDLE_TIMEOUT, UsageTracker.Builder::idleTimeout,
                Settings.MINIMUM, UsageTracker.Builder::minimum,
                Settings.LEASE, UsageTracker.Builder::lease,
                Settings.REQUEST_LIMIT, UsageTracker.Builder::requestLimit,
                Settings.SERVER_TIMEOUT, UsageTracker.Builder::timeout,
                Settings.JOURNAL_INTERVAL, UsageTracker.Builder::journalInterval,
                Settings.OUTAGE_GRACE, UsageTracker.Builder::outageGrace);
        long[] tries = {
            0, 1, 999, 1_000, 9_999, 10_000, 300_000, 300_001, 43_200_000, 43_200_001, 86_400_000, 86_400_001
        };
        setters.forEach((setting, setter) -> {
            for (long millis : tries) {
                boolean read = passes(() -> setting.parse(millis + "ms"));
                boolean set = passes(() -> setter.accept(UsageTracker.builder(client), Duration.ofMillis(millis)));
                assertThat(set).as("%s=%dms", setting, millis).isEqualTo(read);
            }
        });
    }

    private static DurationBounds bounds(Duration least, Duration most, Duration usual) {
        return new DurationBounds(least, most, usual, false);
    }

    private static boolean passes(Runnable call) {
        try {
            call.run();
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    @Test
    void toBuilderKeepsWhatIsNotSetAnew() {
        MeteringConfig config = MeteringConfig.builder()
                .initParams(Map.of("usage.minimum", "7s", "webapp.port", "81"))
                .build();

        MeteringConfig changed =
                config.toBuilder().set(Settings.WEBAPP_PORT, "82").build();

        assertThat(changed.get(Settings.MINIMUM)).isEqualTo(Duration.ofSeconds(7));
        assertThat(changed.source(Settings.MINIMUM)).isEqualTo(config.source(Settings.MINIMUM));
        assertThat(changed.get(Settings.WEBAPP_PORT)).isEqualTo(82);
        assertThat(config.get(Settings.WEBAPP_PORT)).isEqualTo(81);
    }
}
