package io.hourmeter.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hourmeter.config.SettingsFile.Entry;
import io.hourmeter.config.SettingsFile.Form;
import java.io.IOException;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsFileTest {

    private static String env(String line) {
        return only(SettingsFile.parse(line, Form.ENV, "f"));
    }

    private static String properties(String line) {
        return only(SettingsFile.parse(line, Form.PROPERTIES, "f"));
    }

    private static String only(List<Entry> entries) {
        assertThat(entries).hasSize(1);
        return entries.get(0).name() + "|" + entries.get(0).value();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '\u0001',
            value = {
                "A=b;A|b",
                "A=;A|",
                "A = b ;A|b",
                "A=b # c;A|b",
                "A=b\t# c;A|b",
                "A=b #c;A|b",
                "A=b#c;A|b#c",
                "A=#b;A|#b",
                "A= # b;A|",
                "A=0.2  # 1 hour = $5;A|0.2",
                "A=b=c;A|b=c",
                "A=\"b # c\" # d;A|b # c",
                "A='b # c' # d;A|b # c",
                "A=\"b\"# d;A|b",
                "A=\"\";A|",
                "A='';A|",
                "A=\"it's\";A|it's",
                "A='say \"x\"';A|say \"x\"",
                "A=it's;A|it's",
            })
    void bothFormsAgree(String line, String expected) {
        assertThat(env(line)).isEqualTo(expected);
        assertThat(properties(line)).isEqualTo(expected);
    }

    @Test
    void envFormHasExportAndPlainBackslashes() {
        assertThat(env("export A=b")).isEqualTo("A|b");
        assertThat(env("  export   A = b")).isEqualTo("A|b");
        assertThat(env("A=C:\\temp\\new")).isEqualTo("A|C:\\temp\\new");
        assertThat(env("A='C:\\temp'")).isEqualTo("A|C:\\temp");
        assertThat(env("A=\"say \\\"x\\\" \\\\ \\n\"")).isEqualTo("A|say \"x\" \\ \\n");
        assertThat(env("A=b\\")).isEqualTo("A|b\\");
        assertThat(env("A=${B} $C `d`")).isEqualTo("A|${B} $C `d`");
    }

    @Test
    void propertiesFormIsJavas() {
        assertThat(properties("a.b:c")).isEqualTo("a.b|c");
        assertThat(properties("a.b c")).isEqualTo("a.b|c");
        assertThat(properties("a.b : c")).isEqualTo("a.b|c");
        assertThat(properties("! comment\na=b")).isEqualTo("a|b");
        assertThat(properties("a=x, \\\n   y, \\\r\n   z")).isEqualTo("a|x, y, z");
        assertThat(properties("a=C:\\\\temp")).isEqualTo("a|C:\\temp");
        assertThat(properties("a=\\u00e4\\t.")).isEqualTo("a|\u00e4\t.");
        assertThat(properties("a=b \\# c")).isEqualTo("a|b # c");
        assertThat(properties("a\\=b=c")).isEqualTo("a=b|c");
    }

    @Test
    void linesAreCountedWhereTheyBegin() {
        assertThat(SettingsFile.parse("\n# x\na=1, \\\n 2\n\nb=3\rc=4\r\nd=5", Form.PROPERTIES, "f"))
                .containsExactly(
                        new Entry("a", "1, 2", 3),
                        new Entry("b", "3", 6),
                        new Entry("c", "4", 7),
                        new Entry("d", "5", 8));
    }

    @ParameterizedTest
    @EnumSource
    void lineWithoutValueIsRefusedUnshown(Form form) {
        assertThatThrownBy(() -> SettingsFile.parse("\nsk_live_secret\n", form, "/x/f"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("/x/f line 2 is not KEY=value");
    }

    @ParameterizedTest
    @ValueSource(strings = {"A=\"b", "A='b", "A=\"b\\\"", "A=\"b\"c", "A='b' c"})
    void brokenQuotesAreRefusedUnshown(String line) {
        for (Form form : Form.values()) {
            assertThatThrownBy(() -> SettingsFile.parse(line, form, "f"))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageStartingWith("f line 1: the value of A ");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a=\\u12", "a=\\u00g0", "a=\\u"})
    void brokenEscapesAreRefused(String line) {
        assertThatThrownBy(() -> SettingsFile.parse(line, Form.PROPERTIES, "f"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("hexadecimal");
    }

    @ParameterizedTest
    @CsvSource({
        ".env, ENV",
        "app.env, ENV",
        "env, ENV",
        ".env.local, ENV",
        "prod.env.txt, ENV",
        "metering.properties, PROPERTIES",
        "environment.properties, PROPERTIES",
        "x.conf, PROPERTIES",
    })
    void nameTellsTheForm(String name, Form form) {
        assertThat(SettingsFile.formOf(name)).isEqualTo(form);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '\u0001',
            value = {
                "0.2  # 1 hour = $5;0.2",
                "\"0.2\";0.2",
                "'0.2' # x;0.2",
                "  x  ;x",
                "'tis;'tis",
                "\"a\" b;\"a\" b",
                "'a;'a",
            })
    void looseValueTakesOffWhatIsSurelyNotMeant(String raw, String expected) {
        assertThat(SettingsFile.looseValue(raw)).isEqualTo(expected);
    }

    @Test
    void escapeStandsForItsSign() {
        String escapes = "\\t \\n \\r \\f \\u20ac \\u20AC \\\\ \\= \\: \\# \\! \\\" \\'";
        String signs = "\t \n \r \f \u20ac \u20ac \\ = : # ! \" '";
        String[] each = escapes.split(" ", -1);
        for (int i = 0; i < each.length; i++) {
            char sign = signs.charAt(2 * i);
            assertThat(properties("a=x" + each[i] + "y")).as(each[i]).isEqualTo("a|x" + sign + "y");
        }
        assertThat(properties("a=x\\ y")).isEqualTo("a|x y");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "usage.journal=C:\\hourmeter",
                "license.server.database=jdbc:sqlite:C:\\data\\licenses.db",
                "usage.journal=C:\\users\\x",
                "usage.journal=C:\\0",
                "usage.journal=\\\\server\\share",
                "usage.journal=C:\\\u00e4",
                "usage.\\journal=C:/x",
                "payment.product.name=5 \\$",
            })
    void escapeThatIsNoneIsRefusedWithHowToWriteIt(String line) {
        assertThatThrownBy(() -> SettingsFile.parse("# x\n" + line, Form.PROPERTIES, "f"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith("f line 2: the value of ")
                .hasMessageEndingWith("; a backslash is written twice, and in a path a / will do");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\nlicense.server.url=http://x",
                "\n  LICENSE_SERVER_URL = http://x",
                "\r\nlicense.server.ulr: http://x",
                "\n",
                "\n\nlicense.server.url=http://x",
                "\n# comment\nlicense.server.url=http://x",
                "\n! comment",
                "",
            })
    void backslashThatWouldSwallowWhatIsBelowItIsRefused(String below) {
        assertThatThrownBy(() -> SettingsFile.parse("\nusage.journal=C:/hourmeter\\" + below, Form.PROPERTIES, "f"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("f line 2 ends with a backslash, which would make the line below it a part of the value; a"
                        + " backslash is written twice, and in a path a / will do");
    }

    @Test
    void listGoesOnOverLinesThatAreNoSettings() {
        assertThat(properties("payment.packages=small:5:25, \\\n  medium:10:45, \\\n\tlarge=20=80"))
                .isEqualTo("payment.packages|small:5:25, medium:10:45, large=20=80");
    }

    @ParameterizedTest
    @ValueSource(strings = {"A=\"C:\\data\\licenses.db\"", "A='C:\\data\\licenses.db'"})
    void backslashInQuotesIsABackslash(String line) {
        assertThat(properties(line)).isEqualTo("A|C:\\data\\licenses.db");
    }

    private static final String OTHER_PROGRAMS = """
            # an application's own
            SECRET_KEY=k'x "y
            DATABASE_URL="postgres://u:p@h/d" # main
            export PATH_PREFIX
            source ./other.env
            DEBUG
            PRIVATE_KEY="-----BEGIN KEY-----
            MIIEpAIBAAKCAQEA7==
            -----END KEY-----"
            GREETING='tis
            JSON={"a": "b"}
            OPEN="never closed
            STRIPE_API_KEY=abc
            STRIPE_SECRET_KEY=sk_test_1
            LAST=it's
            export USAGE_LEASE=20m
            TWICE=1
            TWICE=2
            """;

    @Test
    void otherProgramsLinesInAnEnvFileAreLeftAlone() {
        SettingsFile file = SettingsFile.read(OTHER_PROGRAMS, Form.ENV, "f");
        assertThat(file.entries())
                .containsExactly(new Entry("STRIPE_SECRET_KEY", "sk_test_1", 14), new Entry("USAGE_LEASE", "20m", 16));
        assertThat(file.leftAlone())
                .contains("SECRET_KEY", "DATABASE_URL", "PRIVATE_KEY", "GREETING", "STRIPE_API_KEY", "LAST", "TWICE")
                .noneMatch(name -> name.contains("MII"));
    }

    @Test
    void settingIsFoundBehindEveryOpenQuoteOfOtherPrograms() {
        for (String open :
                List.of("A='", "A=\"", "A='x\n'", "A=\"x\ny\"", "A='x\nB='y'", "A=\"\\\"", "A=\"\\\\\"", "\"", "'")) {
            assertThat(SettingsFile.read(open + "\nUSAGE_LEASE=20m\nZ='\n", Form.ENV, "f")
                            .entries())
                    .as(open)
                    .extracting(Entry::name)
                    .containsExactly("USAGE_LEASE");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"STRIPE_SECRET_KEY", "stripe.secret.key sk_test_1", "STRIPE_SECRET_KEY: sk_test_1"})
    void lineOfOursThatIsNoSettingIsRefusedUnshown(String line) {
        assertThatThrownBy(() -> SettingsFile.read(line, Form.ENV, "f"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("f line 1 is not KEY=value");
    }

    /** What Java writes, we read as Java does. */
    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23, 24})
    void propertiesWrittenByJavaAreReadBack(long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 500; i++) {
            Properties written = new Properties();
            for (int j = random.nextInt(8); j > 0; j--) {
                written.setProperty("k" + random.nextInt(100) + text(random), text(random));
            }
            StringWriter out = new StringWriter();
            written.store(out, null);
            Map<String, String> read = SettingsFile.parse(out.toString(), Form.PROPERTIES, "f").stream()
                    .collect(Collectors.toMap(Entry::name, Entry::value));
            assertThat(read).as("seed %d: %s", seed, out).isEqualTo(written);
        }
    }

    /** No quote at the beginning, no blank at either end: there the two readers differ on purpose. */
    private static String text(SplittableRandom random) {
        String alphabet = "aZ9.:=#!\\ \t-_'\"\u00e4\u20ac/";
        StringBuilder text = new StringBuilder("x");
        for (int i = random.nextInt(12); i > 0; i--) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return text.append('x').toString();
    }

    @ParameterizedTest
    @ValueSource(longs = {31, 32, 33, 34})
    void randomFileIsReadOrRefusedInOneLine(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        String alphabet = "aA=:#! \t\n\r\\\"'u0.\uFEFF\u00e4\uD83D";
        for (int i = 0; i < 5_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int j = random.nextInt(60); j > 0; j--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            for (Form form : Form.values()) {
                try {
                    SettingsFile.parse(text.toString(), form, "f").forEach(entry -> {
                        assertThat(entry.name()).isNotEmpty();
                        assertThat(entry.line()).isPositive();
                    });
                } catch (ConfigurationException refused) {
                    assertThat(refused.getMessage().lines()).as("seed %d", seed).hasSize(1);
                }
            }
        }
    }
}
