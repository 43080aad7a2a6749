package io.hourmeter.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How all of Hourmeter reads and writes JSON. Thread-safe. */
public final class Json {

    /**
     * Strict, so that nothing is understood in two ways: one document without anything behind it, and no member twice.
     * Decimal numbers are exact, and written without an exponent. Members that a record does not have are ignored: a newer
     * version may speak. Not to be configured any further.
     */
    public static final ObjectMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    // Names come from strangers; a cache of them would grow.
                    .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                    .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                    .build())
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(JsonGenerator.Feature.WRITE_BIGDECIMAL_AS_PLAIN)
            .addModule(JsonTypes.module())
            .build();

    private static final TypeReference<LinkedHashMap<String, Object>> MEMBERS = new TypeReference<>() {};

    /** Far more than any message of ours has; more is an attack on the stack. */
    private static final JsonLimits OF_ANSWERS = new JsonLimits(16, 1000, 1000);

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

    /**
     * Reads the answer of a license server, whatever its Content-Type says.
     *
     * @param body any bytes
     * @return null when it is no JSON object, or nested more deeply than any answer of ours
     */
    public static @Nullable JsonNode answer(byte[] body) {
        return object(body, OF_ANSWERS);
    }

    /**
     * Reads a message of a server.
     *
     * @param node an object with its members, or with those of several messages
     * @param type a record of this package
     * @param <T> the record
     * @return the message; what the server left out is null
     * @throws MalformedAnswerException if a member is not of the right type
     */
    public static <T> T read(JsonNode node, Class<T> type) {
        try {
            return MAPPER.treeToValue(node, type);
        } catch (JsonMappingException e) {
            List<JsonMappingException.Reference> path = e.getPath();
            String name = null;
            for (JsonMappingException.Reference reference : path) {
                name = reference.getFieldName() == null ? name : reference.getFieldName();
            }
            // What Jackson says of its own would repeat a part of the answer.
            String expected = e instanceof WrongMemberException ? e.getOriginalMessage() : "of the right type";
            throw new MalformedAnswerException(
                    (name == null ? "the answer" : "the answer's " + name) + " is not " + expected);
        } catch (JsonProcessingException e) {
            throw new MalformedAnswerException("the answer is not of the right type");
        }
    }

    /**
     * The members of one or several messages, in order, as those of one object.
     *
     * @param messages records of this package
     * @return a new map
     */
    public static Map<String, Object> members(Object... messages) {
        Map<String, Object> members = new LinkedHashMap<>();
        for (Object message : messages) {
            members.putAll(MAPPER.convertValue(message, MEMBERS));
        }
        return members;
    }

    /**
     * Writes one object.
     *
     * @param message a record of this package, or a map of strings, numbers, booleans, nulls, maps, lists and such records
     * @return JSON text; decimal numbers never in exponent notation
     */
    public static String text(Object message) {
        try {
            return MAPPER.writeValueAsString(message);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not representable as JSON: " + message.getClass(), e);
        }
    }
}
