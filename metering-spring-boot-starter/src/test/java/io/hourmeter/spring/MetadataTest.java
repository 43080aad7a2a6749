package io.hourmeter.spring;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.hourmeter.config.Program;
import io.hourmeter.config.Setting;
import io.hourmeter.config.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * What editors know of the settings is written from the settings. After a change of them, {@code mvn -pl
 * metering-spring-boot-starter test -Dtest=MetadataTest -Dmetadata.update=true} writes the file anew.
 */
class MetadataTest {

    private static final Path FILE = Path.of("src/main/resources/META-INF/spring-configuration-metadata.json");

    @Test
    void editorsKnowEverySettingThatIsRead() throws IOException {
        List<Map<String, Object>> properties = new ArrayList<>();
        for (StarterSettings.Own own : StarterSettings.Own.values()) {
            properties.add(property(own.key(), own.type().getName(), own.description(), own.defaultText()));
        }
        for (Setting<?> setting : Settings.all()) {
            if (!setting.programs().equals(Set.of(Program.EXAMPLE))) {
                properties.add(property(
                        setting.key(),
                        "java.lang.String",
                        setting.description() + " Allowed: " + setting.allowed() + ".",
                        setting.defaultText()));
            }
        }
        Map<String, Object> group = new LinkedHashMap<>();
        group.put("name", StarterSettings.PREFIX);
        group.put("description", "Sells access to this application by the hour.");
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("groups", List.of(group));
        metadata.put("properties", properties);
        String now = new ObjectMapper()
                        .configure(SerializationFeature.INDENT_OUTPUT, true)
                        .writeValueAsString(metadata)
                        .replace(System.lineSeparator(), "\n")
                + "\n";
        if (Boolean.getBoolean("metadata.update")) {
            Files.writeString(FILE, now);
        }

        assertThat(Files.readString(FILE))
                .as("against the settings; see this class")
                .isEqualTo(now);
    }

    private static Map<String, Object> property(String key, String type, String description, String defaultText) {
        Map<String, Object> property = new LinkedHashMap<>();
        property.put("name", StarterSettings.PREFIX + "." + key);
        property.put("type", type);
        property.put("description", description);
        if (!defaultText.isEmpty()) {
            property.put("defaultValue", defaultText);
        }
        return property;
    }
}
