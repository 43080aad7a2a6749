package io.hourmeter.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** How all of Hourmeter reads and writes JSON. Thread-safe. */
public final class Json {

    /**
     * Strict, so that nothing is understood in two ways: one document without anything behind it, and no member twice.
     * Decimal numbers are exact, and written without an exponent. Not to be configured any further.
     */
    public static final ObjectMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    // Names come from strangers; a cache of them would grow.
                    .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                    .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                    .build())
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(JsonGenerator.Feature.WRITE_BIGDECIMAL_AS_PLAIN)
            .build();

    private Json() {}

    /**
     * Reads an object that somebody else wrote.
     *
     * @param body any bytes
     * @param limits of the document
     * @return null when it is no object, or beyond the limits
     */
    public static @Nullable ObjectNode object(byte[] body, JsonLimits limits) {
        try (JsonParser parser = MAPPER.createParser(body)) {
            return limits.allow(parser) && MAPPER.readTree(body) instanceof ObjectNode object ? object : null;
        } catch (IOException | ArithmeticException | NumberFormatException e) {
            // What the parser says would repeat a part of the body.
            return null;
        }
    }
}
