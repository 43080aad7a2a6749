package io.hourmeter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
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
                "RL-01234567-01234567-0123456\u017f"
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
