package io.hourmeter.server.http;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hourmeter.wire.Json;
import io.hourmeter.wire.JsonLimits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Semaphore;
import java.util.regex.Pattern;

/**
 * Reads a body as one JSON object, whatever its Content-Type says: older clients send forms' type. Strict, so that
 * nothing is understood in two ways: one object, no duplicate members, UTF-8 only, bounded depth.
 */
final class JsonBody {

    /**
     * Our deepest message has three levels, more is an attack on the stack; our longest member has 14 characters; a number
     * may have more digits than any that is accepted, few enough to be parsed in no time.
     */
    private static final JsonLimits LIMITS = new JsonLimits(16, 200, 1000);

    /** What stands behind the object is refused with a sentence of its own. */
    private static final ObjectReader JSON =
            Json.MAPPER.reader().without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    /** Names that may be repeated in an error text: ours look like this, and a secret does not. */
    private static final Pattern PLAIN_NAME = Pattern.compile("[a-z_0-9]{1,40}");

    /** A tree takes up to thirty times the memory of its text, so that of a long one is made by few threads at once. */
    private static final int LONG_TEXT = 8 * 1024;

    private static final int LONG_AT_ONCE = 2;
    private static final Semaphore LONG_TURNS = new Semaphore(LONG_AT_ONCE);

    private static final String BEYOND_LIMITS = ": it is nested too deeply, or a name or number is too long";

    private JsonBody() {}

    /**
     * Reads a body.
     *
     * @param inputs the members that may stand in it
     * @throws ProblemException 400 with the place of the fault, without repeating the body
     */
    static JsonFields parse(byte[] body, KnownInputs inputs) {
        if (body.length <= LONG_TEXT) {
            return parseNow(body, inputs);
        }
        LONG_TURNS.acquireUninterruptibly();
        try {
            return parseNow(body, inputs);
        } finally {
            LONG_TURNS.release();
        }
    }

    private static JsonFields parseNow(byte[] body, KnownInputs inputs) {
        String text = decode(body);
        if (text.isBlank()) {
            throw ProblemException.invalid("the body is empty, expected a JSON object");
        }
        try (JsonParser first = JSON.createParser(text);
                JsonParser second = JSON.createParser(text)) {
            check(first);
            return read(second, inputs);
        } catch (IOException e) {
            throw ProblemException.invalid("the body cannot be read as JSON");
        }
    }

    private static void check(JsonParser parser) {
        try {
            if (!LIMITS.allow(parser)) {
                throw ProblemException.invalid("the body is not valid JSON" + place(parser) + BEYOND_LIMITS);
            }
        } catch (IOException e) {
            throw ProblemException.invalid("the body is not valid JSON" + place(parser) + reason(e));
        }
    }

    private static JsonFields read(JsonParser parser, KnownInputs inputs) {
        try {
            if (!(JSON.readTree(parser) instanceof ObjectNode object)) {
                throw ProblemException.invalid("the body must be a JSON object like {\"hours\": 0.5}");
            }
            if (parser.nextToken() != null) {
                throw ProblemException.invalid("the body has something after the JSON object" + place(parser));
            }
            return new JsonFields(object, inputs);
        } catch (IOException | ArithmeticException | NumberFormatException e) {
            throw ProblemException.invalid("the body is not valid JSON" + place(parser) + reason(e));
        }
    }

    private static String decode(byte[] body) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw ProblemException.invalid("the body is not valid UTF-8");
        }
    }

    @SuppressWarnings("deprecation") // currentLocation is not in Jackson 2.12
    private static String place(JsonParser parser) {
        StringBuilder place = new StringBuilder();
        for (JsonStreamContext context = parser.getParsingContext(); context != null; context = context.getParent()) {
            String name = context.getCurrentName();
            if (name != null && PLAIN_NAME.matcher(name).matches()) {
                place.append(" at ").append(name);
                break;
            }
        }
        JsonLocation location = parser.getCurrentLocation();
        return place.append(" (line ")
                .append(location.getLineNr())
                .append(", column ")
                .append(location.getColumnNr())
                .append(')')
                .toString();
    }

    /** Jackson's messages quote the input, which may hold a key; so the two that matter are told in our own words. */
    private static String reason(Exception e) {
        String message = String.valueOf(e.getMessage());
        if (message.startsWith("Duplicate")) {
            return ": a member appears twice";
        }
        if (message.contains("exceeds the maximum")) {
            return BEYOND_LIMITS;
        }
        return "";
    }
}
