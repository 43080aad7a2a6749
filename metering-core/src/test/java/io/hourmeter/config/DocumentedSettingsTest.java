package io.hourmeter.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.config.SettingsFile.Entry;
import io.hourmeter.config.SettingsFile.Form;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The templates and the settings page say what the list says. */
class DocumentedSettingsTest {

    private static final Path ROOT = Path.of("..");

    private static String read(String file) throws IOException {
        return Files.readString(ROOT.resolve(file));
    }

    private static Map<String, String> defaults(Function<Setting<?>, String> name) {
        return Settings.all().stream().collect(Collectors.toMap(name, Setting::defaultText));
    }

    /** Takes the # off every line that is a setting. */
    private static String switchedOn(String template) {
        return template.replaceAll("(?m)^#(?=[A-Za-z._]+=)", "");
    }

    private static Map<String, String> entries(String text, Form form) {
        Map<String, String> entries = new LinkedHashMap<>();
        for (Entry entry : SettingsFile.parse(text, form, "template")) {
            assertThat(entries.put(entry.name(), entry.value()))
                    .as(entry.name())
                    .isNull();
        }
        return entries;
    }

    @Test
    void propertiesTemplateHasEveryKeyWithItsDefault() throws IOException {
        String template = read("metering.properties.template");
        assertThat(entries(template, Form.PROPERTIES)).isEmpty();
        assertThat(entries(switchedOn(template), Form.PROPERTIES)).isEqualTo(defaults(Setting::key));
    }

    @Test
    void envTemplateHasEveryNameWithItsDefault() throws IOException {
        String template = read("env.template");
        assertThat(entries(template, Form.ENV))
                .containsOnlyKeys(
                        "STRIPE_SECRET_KEY",
                        "STRIPE_PUBLISHABLE_KEY",
                        "STRIPE_WEBHOOK_SECRET",
                        "HOURS_PER_DOLLAR",
                        "PAYMENT_CURRENCY",
                        "LICENSE_SERVER_URL",
                        "USAGE_CHECK_INTERVAL");
        assertThat(entries(switchedOn(template), Form.ENV)).isEqualTo(defaults(Setting::environmentKey));
    }

    @ParameterizedTest
    @CsvSource({"metering.properties.template, metering.properties", "env.template, .env"})
    void templateStartsAsItIsAndWithEveryLineSwitchedOn(String template, String name, @TempDir Path folder)
            throws IOException {
        MeteringConfig none = MeteringConfig.builder().build();
        for (String text : List.of(read(template), switchedOn(read(template)))) {
            Path file = Files.writeString(folder.resolve(name), text);
            MeteringConfig config = MeteringConfig.builder().file(file).build();
            for (Setting<?> setting : Settings.all()) {
                assertThat(config.get(setting)).as(setting.key()).isEqualTo(none.get(setting));
            }
            assertThat(config.warnings()).isEmpty();
        }
    }

    @Test
    void everySettingStandsInBothTemplatesWithItsMeaning() throws IOException {
        for (String file : List.of("metering.properties.template", "env.template")) {
            String words = read(file).replaceAll("\n# ", " ");
            for (Setting<?> setting : Settings.all()) {
                boolean olderBlock =
                        file.equals("env.template") && read(file).contains("\n" + setting.environmentKey() + "=");
                if (!olderBlock) {
                    assertThat(words)
                            .as(file)
                            .contains(" " + setting.description() + " Allowed: " + setting.allowed() + ".\n");
                }
            }
        }
    }

    @Test
    void settingsPageHasTheWholeList() throws IOException {
        List<String> rows = read("docs/settings.md")
                .lines()
                .filter(line -> line.matches("\\| `[a-z.]+` \\| `[A-Z_]+` \\|.*"))
                .toList();
        assertThat(rows)
                .containsExactlyElementsOf(
                        Settings.all().stream().map(DocumentedSettingsTest::row).toList());
    }

    private static String row(Setting<?> setting) {
        String program = setting.programs().stream()
                .sorted()
                .map(each -> each.name().toLowerCase(Locale.ROOT).replace('_', ' '))
                .collect(Collectors.joining(", "));
        String defaultText = setting.defaultText().isEmpty() ? "" : "`" + setting.defaultText() + "`";
        return String.join(
                " | ",
                "| `" + setting.key() + "`",
                "`" + setting.environmentKey() + "`",
                defaultText,
                setting.allowed(),
                setting.description(),
                program + " |");
    }
}
