package io.hourmeter.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ParsersTest {

    /** Texts that are allowed, and texts that are not, per setting. */
    private static final Map<Setting<?>, List<List<String>>> CASES = Map.ofEntries(
            accepts(
                    Settings.SERVER_URL,
                    "embedded",
                    "http://localhost:5001",
                    "https://h",
                    "HTTP://h/x/",
                    "http://[::1]:5001",
                    "http://license_server:5001",
                    "http://license.example.com/base"),
            accepts(Settings.SERVER_TOKEN, "", "abc", "a+/=._~-"),
            accepts(Settings.SERVER_TIMEOUT, "1ms", "2s", "5m"),
            accepts(Settings.CHECK_INTERVAL, "1", "1s", "1000ms", "PT5M", "12h"),
            accepts(Settings.IDLE_TIMEOUT, "0", "0s", "1s", "1h"),
            accepts(Settings.MINIMUM, "0", "1ms", "1h"),
            accepts(Settings.BILLING, "license", "session", "SESSION", "License"),
            accepts(Settings.LEASE, "", "10s", "10000ms", "1d", "PT24H"),
            accepts(Settings.JOURNAL, "", "none", "/var/lib/x y", "journal"),
            accepts(Settings.JOURNAL_INTERVAL, "1s", "5s"),
            accepts(Settings.OUTAGE_POLICY, "allow", "deny", "DENY"),
            accepts(Settings.OUTAGE_GRACE, "0", "10m", "24h"),
            accepts(Settings.LICENSE_REQUIRED, "true", "false", "on", "off", "TRUE"),
            accepts(Settings.LICENSE_HEADER, "", "X-License-Key", "key"),
            accepts(Settings.LICENSE_PARAMETER, "", "license_key", "key[0]"),
            accepts(Settings.PROXY_TRUSTED, "", "127.0.0.1", "10.0.0.0/8, ::1, 2001:db8::/32", "0.0.0.0/0"),
            accepts(Settings.FILTER_EXCLUDE, "", "/health", "/static/*, *.css", "/*", "/"),
            accepts(Settings.PAYMENT_PAGE, "/payments/", "/", "/a?b=c#d", "https://pay.example.com/x/"),
            accepts(Settings.PAYMENT_RETURN_URL, "", "/", "/app?x=1#y", "https://example.com/app?x=1"),
            accepts(Settings.STRIPE_SECRET_KEY, "", "sk_test_a", "rk_live_a", "sk_a"),
            accepts(Settings.STRIPE_PUBLISHABLE_KEY, "", "pk_test_a"),
            accepts(Settings.STRIPE_WEBHOOK_SECRET, "", "whsec_a", "whsec_a , whsec_b"),
            accepts(Settings.STRIPE_API_BASE, "", "http://127.0.0.1:1/x"),
            accepts(Settings.HOURS_PER_DOLLAR, "0.2", "1", ".5", "1000000", "0.00002"),
            accepts(Settings.PAYMENT_CURRENCY, "usd", "USD", "Jpy"),
            accepts(Settings.PAYMENT_PACKAGES, "", "a:1:2", "a:0.5:2.50:Half an hour: now", "a:1:1, b:1:1"),
            accepts(Settings.PAYMENT_MINIMUM_HOURS, "0.0000002", "0.5"),
            accepts(Settings.PAYMENT_PRODUCT_NAME, "Access", "Zug\u00e4nge \uD83D\uDE00"),
            accepts(Settings.PAYMENT_SIGNUP, "on", "off", "true", "false"),
            accepts(Settings.LICENSE_SERVER_PORT, "0", "5001", "65535"),
            accepts(Settings.LICENSE_SERVER_HOST, "127.0.0.1", "::1", "0.0.0.0", "my_host.example"),
            accepts(Settings.LICENSE_SERVER_DATABASE, "jdbc:sqlite:x.db", "jdbc:sqlite:C:/data/x.db"),
            accepts(Settings.LICENSE_KEY_PREFIX, "RL", "ab", "12345678"),
            accepts(Settings.LICENSE_DURATION_DAYS, "", "1", "36500"),
            accepts(Settings.LICENSE_ZONE, "UTC", "Europe/Berlin", "+02:00"),
            accepts(Settings.WEBAPP_STRIPE, "live", "stand-in"));

    private static final Map<Setting<?>, List<List<String>>> REFUSED = Map.ofEntries(
            accepts(
                    Settings.SERVER_URL,
                    "",
                    "localhost:5001",
                    "ftp://h",
                    "http://",
                    "http:///x",
                    "http://u:p@h",
                    "http://h?x=1",
                    "http://h#x",
                    "http://h:99999",
                    "http://h:x",
                    "Embedded",
                    "http://h h",
                    "//h",
                    "javascript:alert(1)"),
            accepts(Settings.SERVER_TOKEN, "a b", "\u00e4", "a\tb"),
            accepts(Settings.SERVER_TIMEOUT, "0", "301s", ""),
            accepts(Settings.CHECK_INTERVAL, "0", "999ms", "43201s", "", "-1", "1e3", "1,5", "five", "5min", "5M"),
            accepts(Settings.IDLE_TIMEOUT, "999ms", "1ms", "25h"),
            accepts(Settings.MINIMUM, "25h", "366d", "PT-1S", "P1Y", "PT0.0001S", "999999999999999999d"),
            accepts(Settings.BILLING, "", "both", "l\u0131cense"),
            accepts(Settings.LEASE, "9999ms", "0", "86400001ms", "2d"),
            accepts(Settings.JOURNAL, "a\u0000b", "a\nb"),
            accepts(Settings.JOURNAL_INTERVAL, "0", "500ms", "25h"),
            accepts(Settings.OUTAGE_POLICY, "", "grace"),
            accepts(Settings.OUTAGE_GRACE, "25h", ""),
            accepts(Settings.LICENSE_REQUIRED, "", "yes", "1", "tru"),
            accepts(Settings.LICENSE_HEADER, "X License", "X:Y", "\u00e4"),
            accepts(Settings.LICENSE_PARAMETER, "a b"),
            accepts(Settings.PROXY_TRUSTED, "localhost", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.1,", "proxy.example.com"),
            accepts(Settings.FILTER_EXCLUDE, "health", "/a,,/b", "/a*", "/a/*/b", "*", "*.", "*.*", "/a b", ","),
            accepts(
                    Settings.PAYMENT_PAGE,
                    "",
                    "payments",
                    "//evil.example",
                    "/\\evil.example",
                    "/a b",
                    "/a\\b",
                    "javascript:x"),
            accepts(
                    Settings.PAYMENT_RETURN_URL,
                    "//evil.example",
                    "/\\evil",
                    "javascript:alert(1)",
                    "app",
                    "data:text/html,x"),
            accepts(Settings.STRIPE_SECRET_KEY, "pk_test_a", "whsec_a", "x", "sk_ a", "SK_test_a"),
            accepts(Settings.STRIPE_PUBLISHABLE_KEY, "sk_test_a", "rk_test_a"),
            accepts(Settings.STRIPE_WEBHOOK_SECRET, "a,,b", ",", "a b"),
            accepts(Settings.STRIPE_API_BASE, "stripe", "file:///x"),
            accepts(
                    Settings.HOURS_PER_DOLLAR,
                    "",
                    "0",
                    "0.0",
                    "-1",
                    "1e3",
                    "1,5",
                    "NaN",
                    "Infinity",
                    "1000001",
                    "\u0661",
                    "1.",
                    "+1"),
            accepts(Settings.PAYMENT_CURRENCY, "", "us", "usdc", "u$d", "\u00fcsd"),
            accepts(
                    Settings.PAYMENT_PACKAGES,
                    "a",
                    "a:1",
                    "a:0:1",
                    "a:1:0",
                    "a:1:-1",
                    ":1:1",
                    "a:1:1,a:2:2",
                    "a:1:1,",
                    "a:x:1",
                    "a:1:1.0001",
                    "a b:1:1",
                    "a:1:1:",
                    "a:0.0000001:1",
                    "a:1:1:" + "x".repeat(81)),
            accepts(Settings.PAYMENT_MINIMUM_HOURS, "0", "0.0000001", "1000000.1"),
            accepts(Settings.PAYMENT_PRODUCT_NAME, "", "x".repeat(81), "a\u0007"),
            accepts(Settings.PAYMENT_SIGNUP, "", "maybe"),
            accepts(Settings.LICENSE_SERVER_PORT, "", "-1", "65536", "x", "5001.0", "\u0665"),
            accepts(Settings.LICENSE_SERVER_HOST, "", "a b", "http://h"),
            accepts(
                    Settings.LICENSE_SERVER_DATABASE,
                    "",
                    "jdbc:h2:mem:",
                    "jdbc:sqlite:",
                    "jdbc:postgresql:d",
                    "jdbc:postgresql://h/d",
                    "x.db"),
            accepts(Settings.LICENSE_KEY_PREFIX, "", "R", "123456789", "R-L", "\u0130X"),
            accepts(Settings.LICENSE_DURATION_DAYS, "0", "-1", "1.5", "36501", "none"),
            accepts(Settings.LICENSE_ZONE, "", "Mars/Base"),
            accepts(Settings.WEBAPP_STRIPE, "", "test", "Live"));

    private static Map.Entry<Setting<?>, List<List<String>>> accepts(Setting<?> setting, String... texts) {
        return Map.entry(setting, List.of(List.of(texts)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"en-US", "ar-EG", "ar-EG-u-nu-arab", "tr-TR", "fa-IR", "th-TH-u-nu-thai"})
    void tableHoldsInEveryLocale(String tag) {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag(tag));
        try {
            CASES.forEach((setting, texts) -> texts.get(0)
                    .forEach(text -> assertThat(setting.parse(text))
                            .as("%s=%s", setting, text)
                            .isNotNull()));
            REFUSED.forEach((setting, texts) -> texts.get(0)
                    .forEach(text -> assertThatThrownBy(() -> setting.parse(text))
                            .as("%s=%s", setting, text)
                            .isInstanceOf(IllegalArgumentException.class)));
            assertThat(Settings.BILLING.environmentKey()).isEqualTo("USAGE_BILLING");
            assertThat(Settings.LICENSE_KEY_PREFIX.parse("il")).isEqualTo("IL");
            assertThat(Settings.OUTAGE_POLICY.parse("DENY")).isNotNull();
            assertThat(MeteringConfig.builder()
                            .environment(Map.of("HOURS_PER_DOLLAR", "0.2  # 1 hour = $5"))
                            .build()
                            .describe())
                    .contains("hours.per.dollar = 0.2 (environment variable HOURS_PER_DOLLAR)");
        } finally {
            Locale.setDefault(before);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "http://h/, http://h",
        "https://h:1/base//, https://h:1/base",
        "embedded, embedded",
    })
    void serverUrlLosesItsLastSlash(String text, String expected) {
        assertThat(Settings.SERVER_URL.parse(text)).isEqualTo(expected);
    }

    @Test
    void paymentPageKeepsItsLastSlash() {
        assertThat(Settings.PAYMENT_PAGE.parse("/payments/")).isEqualTo("/payments/");
        assertThat(Settings.PAYMENT_PAGE.parse("https://h/pay/")).isEqualTo("https://h/pay/");
        assertThat(Settings.PAYMENT_PAGE.parse("https://h/pay")).isEqualTo("https://h/pay");
    }

    @Test
    void oneHourIsSingular() {
        assertThat(Settings.PAYMENT_PACKAGES.parse("a:1.0:5, b:1.5:7, c:100:400"))
                .extracting(PackageOffer::name)
                .containsExactly("1 Hour Pack", "1.5 Hours Pack", "100 Hours Pack");
    }

    /** Whatever a text is, a parser accepts it or refuses it; it never fails otherwise, and never repeats it. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void randomTextIsAcceptedOrRefused(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        String alphabet = "aZ09 .:,;/\\*#'\"%@?&=-_+PTHMSdhms\u00e4\u0661\u0130\uD83D\uDE00\u0000\n[]{}~$";
        for (int i = 0; i < 2_000; i++) {
            StringBuilder text = new StringBuilder();
            int length = random.nextInt(30);
            for (int j = 0; j < length; j++) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            for (Setting<?> setting : Settings.all()) {
                try {
                    assertThat((Object) setting.parse(text.toString())).isNotNull();
                } catch (IllegalArgumentException refused) {
                    assertThat(refused.getMessage()).as("seed %d", seed).isNotBlank();
                }
            }
        }
    }
}
