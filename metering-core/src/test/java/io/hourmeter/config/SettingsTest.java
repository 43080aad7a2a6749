package io.hourmeter.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SettingsTest {

    static Iterable<Setting<?>> all() {
        return Settings.all();
    }

    @ParameterizedTest
    @MethodSource("all")
    void everyDefaultIsAllowed(Setting<?> setting) {
        assertThat(setting.parse(setting.defaultText())).isNotNull();
    }

    @ParameterizedTest
    @MethodSource("all")
    void everySettingIsFoundByBothNames(Setting<?> setting) {
        assertThat(Settings.byKey(setting.key())).isSameAs(setting);
        assertThat(Settings.byEitherName(setting.environmentKey())).isSameAs(setting);
        assertThat(Settings.byKey(setting.environmentKey())).isNull();
    }

    @ParameterizedTest
    @MethodSource("all")
    void everySettingSaysWhatItMeansAndWhatIsAllowed(Setting<?> setting) {
        assertThat(setting.description()).endsWith(".");
        assertThat(setting.allowed()).isNotBlank();
    }

    @ParameterizedTest
    @MethodSource("all")
    void emptyIsAllowedWhereItSaysSo(Setting<?> setting) {
        boolean accepted = true;
        try {
            setting.parse("");
        } catch (IllegalArgumentException refused) {
            accepted = false;
        }
        assertThat(setting.allowed().endsWith(" empty")).isEqualTo(accepted);
    }

    @Test
    void noKeyStandsTwice() {
        Set<String> keys = new HashSet<>();
        for (Setting<?> setting : Settings.all()) {
            assertThat(keys.add(setting.key())).as(setting.key()).isTrue();
            assertThat(keys.add(setting.environmentKey())).as(setting.key()).isTrue();
        }
    }

    @Test
    void everySecretHasNoDefault() {
        assertThat(Settings.all())
                .filteredOn(Setting::secret)
                .hasSize(8)
                .allSatisfy(setting -> assertThat(setting.defaultText()).isEmpty());
    }

    @Test
    void everyConstantIsInTheList() throws IllegalAccessException {
        Set<Object> constants = new HashSet<>();
        for (var field : Settings.class.getFields()) {
            constants.add(field.get(null));
        }
        assertThat(constants).containsExactlyInAnyOrderElementsOf(Settings.all());
    }
}
