package io.hourmeter.stripe.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class PaymentMetricsTest {

    private static final Path DOCUMENT = Path.of("../docs/metrics.md");

    /** Meter, kind, unit. */
    private static final Pattern ROW = Pattern.compile(
            "^\\| `(hourmeter\\.payments\\.[a-z.]+)` \\| (gauge|counter) \\| ([a-z]+) \\|", Pattern.MULTILINE);

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    @Test
    void whatIsRefusedIsCounted() throws Exception {
        MeteringConfig config = MeteringConfig.builder()
                .set(Settings.STRIPE_SECRET_KEY, "sk_test_51abc")
                .set(Settings.STRIPE_API_BASE, "http://127.0.0.1:1")
                .set(Settings.PAYMENT_SIGNUP, "on")
                .build();
        try (PaymentsSite site = new PaymentsSite(config, new FakeLicenseClient())) {
            new PaymentMetrics(site.servlet()).bindTo(registry);
            site.get("/payments/success?session_id=cs_test_1");
            for (int i = 0; i < SignUp.MOST_PER_ADDRESS + 2; i++) {
                site.send("POST", "/payments/licenses", BodyPublishers.ofString("{\"email\":\"a@example.com\"}"));
            }
            assertThat(counter("hourmeter.payments.returns.unsigned")).isEqualTo(1);
            assertThat(counter("hourmeter.payments.signups.refused")).isEqualTo(2);
            assertThat(counter("hourmeter.payments.stripe.refused")).isZero();
            assertThat(registry.get("hourmeter.payments.bodies").gauge().value())
                    .isZero();
        }
    }

    private double counter(String name) {
        return registry.get(name).functionCounter().count();
    }

    @Test
    void documentListsEveryMeterWithItsUnit() throws Exception {
        new PaymentMetrics(new PaymentsServlet()).bindTo(registry);
        Set<List<String>> documented = new HashSet<>();
        Matcher row = ROW.matcher(Files.readString(DOCUMENT));
        while (row.find()) {
            documented.add(List.of(row.group(1), row.group(2), row.group(3)));
        }
        assertThat(documented)
                .isEqualTo(registry.getMeters().stream()
                        .map(Meter::getId)
                        .map(id -> List.of(
                                id.getName(),
                                id.getType().name().toLowerCase(Locale.ROOT),
                                Objects.requireNonNullElse(id.getBaseUnit(), "")))
                        .collect(Collectors.toSet()));
    }
}
