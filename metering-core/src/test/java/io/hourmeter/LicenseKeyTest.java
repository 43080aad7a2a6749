package io.hourmeter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hourmeter.internal.LicenseKeyText;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;

class LicenseKeyTest {

    private static final String KEY = "RL-0123ABCD-EFGH4567-JKMN89PQ";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "RL-0123ABCD-EFGH4567-JKMN89PQ",
                "  RL-0123ABCD-EFGH4567-JKMN89PQ\t",
                "rl-0123abcd-efgh4567-jkmn89pq",
                "RL-O123ABCD-EFGH4567-JKMN89PQ",
                "RL-0I23ABCD-EFGH4567-JKMN89PQ",
                "RL-0l23ABCD-EFGH4567-JKMN89PQ"
            })
    void everySpellingIsTheSameKey(String spelling) {
        LicenseKey key = LicenseKey.of(spelling);
        assertThat(key).isEqualTo(LicenseKey.of(KEY)).hasSameHashCodeAs(LicenseKey.of(KEY));
        assertThat(key.sha256()).isEqualTo(LicenseKey.of(KEY).sha256());
        assertThat(key.canonical()).isEqualTo(KEY);
    }

    /** What comes with a key from a mail, a document, a chat, a page or a script. */
    static Stream<String> pasted() {
        Stream<String> unseen = Stream.of("\u200b-", "-\u00ad", "\u2060-\ufeff").map(dash -> KEY.replace("-", dash));
        return Stream.concat(pastedVisibly(), unseen);
    }

    static Stream<String> pastedVisibly() {
        Stream<String> around = Stream.of(
                "\u00a0KEY\u00a0",
                "\u2003KEY\u3000",
                "\u200bKEY\u200b",
                "\ufeffKEY",
                "\u202aKEY\u202c",
                "\"KEY\"",
                "'KEY'",
                "`KEY`",
                "\u201cKEY\u201d",
                "\u201eKEY\u201c",
                "\u2018KEY\u2019",
                "\u00abKEY\u00bb",
                "\u2039KEY\u203a",
                "\u00ab\u00a0KEY\u00a0\u00bb",
                "Bearer KEY",
                "bearer   KEY",
                "Bearer\u00a0KEY",
                "\"Bearer KEY\"",
                "Bearer \u201cKEY\u201d",
                " \ufeff\u201c\u200bKEY\u200b\u201d ");
        Stream<String> dashes = Stream.of(
                        "\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2015", "\u2212", "\ufe58", "\ufe63",
                        "\uff0d")
                .map(dash -> KEY.replace("-", dash));
        Stream<String> both = Stream.of("\u201c" + KEY.replace("-", "\u2013") + "\u201d\u00a0");
        Stream<String> windows = Stream.of(KEY.replace("-", "\u0096"), KEY.replace("-", "\u0097"), "\u0093KEY\u0094");
        return Stream.of(around, dashes, both, windows).flatMap(texts -> texts).map(text -> text.replace("KEY", KEY));
    }

    @ParameterizedTest
    @MethodSource("pasted")
    void whatPastingAddsIsForgiven(String text) {
        LicenseKey key = LicenseKey.of(text);

        assertThat(key.text()).isEqualTo(KEY);
        assertThat(key.sha256()).isEqualTo(LicenseKey.of(KEY).sha256());
    }

    @ParameterizedTest
    @MethodSource("pasted")
    void andSoIsTheSameAsUtf8ReadAsLatin1(String text) {
        String latin = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);

        assertThat(LicenseKey.of(latin).text()).isEqualTo(KEY);
    }

    @ParameterizedTest
    @MethodSource("pastedVisibly")
    void suchAKeyIsMaskedInTextsToo(String text) {
        String latin = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);

        assertThat(LicenseKeyText.mask(text)).contains("RL-0123\u2026").doesNotContain("ABCD");
        assertThat(LicenseKeyText.mask(latin)).contains("RL-0123\u2026").doesNotContain("ABCD");
    }

    @Test
    void prefixKeepsItsLetters() {
        assertThat(LicenseKey.of("LIO-00000000-00000000-00000000").canonical())
                .isEqualTo("LIO-00000000-00000000-00000000");
    }

    @Test
    void hashIsTheOneOnTheWire() {
        // printf %s RL-00000000-00000000-00000000 | sha256sum
        assertThat(LicenseKey.of("RL-00000000-00000000-00000000").sha256())
                .isEqualTo("37f4c47e0bc56f3a048b4d12c4afbfd7cf822083980d6130cff5f7372460322f");
    }

    @Test
    void suppliedSpellingIsKeptForOlderServers() {
        assertThat(LicenseKey.of(" rl-O123abcd-efgh4567-jkmn89pq ").text()).isEqualTo("rl-O123abcd-efgh4567-jkmn89pq");
    }

    @ParameterizedTest
    @NullAndEmptySource
    @ValueSource(
            strings = {
                "RL",
                "R-01234567-01234567-01234567",
                "ABCDEFGHI-01234567-01234567-01234567",
                "RL-0123456-01234567-01234567",
                "RL-01234567-01234567-012345678",
                "RL-01234567-01234567",
                "RL_01234567_01234567_01234567",
                "RL-01234567-01234567-0123456\u0000",
                "RL-01234567-01234567-0123456\n1",
                "RL-01234567-01234567-0123456\u0661",
                "\uff32L-01234567-01234567-01234567",
                "RL-01234567-01234567-0123456\u017f",
                "RL-01234567-\u00a001234567-01234567",
                "RL--01234567-01234567-01234567",
                "RL\u2026 01234567-01234567-01234567",
                "Basic RL-01234567-01234567-01234567",
                "Bearer Bearer RL-01234567-01234567-01234567",
                "RL-01234567-01234567-01234567 RL-01234567-01234567-01234567",
                "RL-01234567-01234567-01234567,"
            })
    void otherShapesAreNoKeys(String text) {
        assertThat(LicenseKey.parse(text)).isEmpty();
    }

    @Test
    void longTextIsNotInspected() {
        assertThat(LicenseKey.parse(" ".repeat(1_000_000) + KEY)).isEmpty();
    }

    @Test
    void errorDoesNotRepeatTheText() {
        assertThatThrownBy(() -> LicenseKey.of("RL-SECRET"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("SECRET");
    }

    @Test
    void textFormIsMasked() {
        assertThat(LicenseKey.of(KEY)).hasToString("RL-0123…");
        assertThat(LicenseKey.of(KEY).masked()).isEqualTo("RL-0123…");
    }

    @Test
    void turkishCaseRulesDoNotMatter() {
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag("tr-TR"));
            assertThat(LicenseKey.of("rl-i123abcd-efgh4567-jkmn89pq"))
                    .isEqualTo(LicenseKey.of("RL-1123ABCD-EFGH4567-JKMN89PQ"));
        } finally {
            Locale.setDefault(before);
        }
    }
}
