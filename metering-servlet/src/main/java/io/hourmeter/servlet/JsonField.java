package io.hourmeter.servlet;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Reads the texts of one top-level field of a JSON object, token by token: nothing is built, nothing recurses. */
final class JsonField {

    /**
     * The size of the body bounds all others. Field names are neither interned nor kept and no buffer stays with the
     * thread: names come from strangers, and threads outlive the application.
     */
    private static final JsonFactory JSON = unlimited().build();

    private JsonField() {}

    /** Jackson has limits since 2.15, which are below the size of a body; an older one neither has them nor can be told. */
    private static JsonFactoryBuilder unlimited() {
        JsonFactoryBuilder builder = new JsonFactoryBuilder()
                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                .disable(JsonFactory.Feature.USE_THREAD_LOCAL_FOR_BUFFER_RECYCLING);
        try {
            return Limits.lift(builder);
        } catch (LinkageError e) {
            return builder;
        }
    }

    /** A class of its own, so that nothing else is missed where Jackson does not have the limits. */
    private static final class Limits {

        static JsonFactoryBuilder lift(JsonFactoryBuilder builder) {
            return builder.streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(BodyPeek.MAX_BYTES)
                    .maxNameLength(BodyPeek.MAX_BYTES)
                    .maxNumberLength(BodyPeek.MAX_BYTES)
                    .build());
        }
    }

    /**
     * All texts of a field of the outermost object, in order.
     *
     * @param body a whole document in UTF-8, UTF-16 or UTF-32, with or without byte order mark
     * @param length how many bytes of it count
     * @param field name of the field
     * @return empty when there is none, when it is no text, and when the body is not JSON
     */
    static List<String> texts(byte[] body, int length, String field) {
        List<String> texts = new ArrayList<>(1);
        // Not the array itself: behind a byte order mark, Jackson before 2.13 would read on beyond the length.
        try (JsonParser parser = JSON.createParser(new ByteArrayInputStream(body, 0, length))) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return List.of();
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean wanted = parser.currentName().equals(field);
                if (parser.nextToken() == JsonToken.VALUE_STRING && wanted) {
                    texts.add(parser.getText());
                }
                parser.skipChildren();
            }
            // Anything behind the object but blanks makes the whole no JSON.
            return parser.nextToken() == null ? texts : List.of();
        } catch (IOException e) {
            return List.of();
        }
    }
}
