package io.hourmeter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.server.ledger.Ledger;
import io.hourmeter.wire.Limits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code docs/api.md} has every call with all that it takes; that its lines answer as it says is tried elsewhere. */
class DocumentedCallsTest {

    private static String page;
    private static List<Route> routes;

    @BeforeAll
    static void read(@TempDir Path folder) throws IOException {
        page = Files.readString(Path.of("../docs/api.md"));
        MeteringConfig config = MeteringConfig.builder()
                .set(Settings.LICENSE_SERVER_DATABASE, "jdbc:sqlite:" + folder.resolve("licenses.db"))
                .build();
        try (Ledger ledger = Ledger.open(config)) {
            routes = LicenseHttpServer.routes(ledger, List.of());
        }
    }

    @Test
    void everyCallStandsOnThePageWithItsScope() {
        for (Route route : routes) {
            String call = "`" + route.method() + " " + route.template() + "`";
            assertThat(page).contains(call);
            String about = page.substring(page.indexOf(call));
            String paragraph = about.substring(0, about.indexOf("\n\n"));
            assertThat(paragraph)
                    .as(call)
                    .contains(
                            switch (route.needs()) {
                                case ANYBODY -> "needs nothing";
                                case LICENSE_KEY -> "key is enough";
                                // Creation needs more where it comes with hours.
                                case CREDIT -> "`credit`";
                                case USAGE, ADMIN ->
                                    "scope `" + route.needs().name().toLowerCase(Locale.ROOT) + "`";
                            });
        }
    }

    @Test
    void everyMemberAndParameterStandsOnThePage() {
        routes.stream()
                .flatMap(
                        route -> Stream.concat(route.inputs().members().stream(), route.inputs().parameters().stream()))
                .forEach(name -> assertThat(page).containsPattern("[`\"]" + name + "[`\"]"));
    }

    @Test
    void theLimitsAreThoseThatAreChecked() {
        assertThat(page)
                .contains(
                        "| `email` | | " + Limits.EMAIL + " characters",
                        "| `company`, `name` | | " + Limits.NAME + " characters |",
                        "| `type` | 1 | " + Limits.TYPE + " characters |",
                        "| `reference`, `object` | | " + Limits.REFERENCE + " characters |",
                        "| `description`, `reason` | | " + Limits.DESCRIPTION + " characters |",
                        "| `duration_days` | 1 | " + Limits.VALIDITY_DAYS + " |",
                        "| `grace` | 0 | " + Limits.GRACE.toDays() + " days |",
                        "| `part`, `whole` | 0, 1 | " + String.format(Locale.ROOT, "%,d", Limits.AMOUNT) + " |",
                        "1 to " + Limits.IDEMPOTENCY_KEY + " visible ASCII characters",
                        "| a body | | " + BodyReader.MAX_BODY / 1024 / 1024 + " MiB, without a token "
                                + BodyReader.MAX_STRANGERS_BODY / 1024 + " KiB; more is read up to "
                                + BodyReader.MAX_DISCARDED / 1024 / 1024 + " MiB");
    }
}
