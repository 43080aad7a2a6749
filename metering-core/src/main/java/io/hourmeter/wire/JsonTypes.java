package io.hourmeter.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * How the types of messages are written and read. Nothing is turned into something else, which Jackson would do as it is
 * (a text into a number, a number into a text); and what that is differs between its versions.
 */
final class JsonTypes {

    private JsonTypes() {}

    static SimpleModule module() {
        return new SimpleModule()
                .addSerializer(Instant.class, new InstantWriter())
                .addSerializer(LocalDate.class, new DateWriter())
                .addDeserializer(Instant.class, new InstantReader())
                .addDeserializer(LocalDate.class, new DateReader())
                .addDeserializer(String.class, new TextReader())
                .addDeserializer(Long.class, new WholeReader());
    }

    /** ISO-8601 UTC with milliseconds. */
    private static final class InstantWriter extends StdSerializer<Instant> {

        private static final long serialVersionUID = 1L;

        InstantWriter() {
            super(Instant.class);
        }

        @Override
        public void serialize(Instant instant, JsonGenerator json, SerializerProvider provider) throws IOException {
            json.writeString(DateTimeFormatter.ISO_INSTANT.format(
                    instant.truncatedTo(ChronoUnit.MILLIS).atOffset(ZoneOffset.UTC)));
        }
    }

    private static final class DateWriter extends StdSerializer<LocalDate> {

        private static final long serialVersionUID = 1L;

        DateWriter() {
            super(LocalDate.class);
        }

        @Override
        public void serialize(LocalDate date, JsonGenerator json, SerializerProvider provider) throws IOException {
            json.writeString(date.toString());
        }
    }

    /** None where an older server wrote a local time, which names no instant. */
    private static final class InstantReader extends StdDeserializer<Instant> {

        private static final long serialVersionUID = 1L;

        InstantReader() {
            super(Instant.class);
        }

        @Override
        public @Nullable Instant deserialize(JsonParser json, DeserializationContext context) throws IOException {
            if (json.currentToken() != JsonToken.VALUE_STRING) {
                json.skipChildren();
                return null;
            }
            try {
                return Instant.parse(json.getText());
            } catch (DateTimeException e) {
                return null;
            }
        }
    }

    private static final class DateReader extends StdDeserializer<LocalDate> {

        private static final long serialVersionUID = 1L;

        DateReader() {
            super(LocalDate.class);
        }

        @Override
        public LocalDate deserialize(JsonParser json, DeserializationContext context) throws IOException {
            if (json.currentToken() == JsonToken.VALUE_STRING) {
                try {
                    return LocalDate.parse(json.getText());
                } catch (DateTimeException e) {
                    throw new WrongMemberException(json, "a date");
                }
            }
            throw new WrongMemberException(json, "a date");
        }
    }

    private static final class TextReader extends StdDeserializer<String> {

        private static final long serialVersionUID = 1L;

        TextReader() {
            super(String.class);
        }

        @Override
        public String deserialize(JsonParser json, DeserializationContext context) throws IOException {
            if (json.currentToken() != JsonToken.VALUE_STRING) {
                throw new WrongMemberException(json, "a text");
            }
            return json.getText();
        }
    }

    private static final class WholeReader extends StdDeserializer<Long> {

        private static final long serialVersionUID = 1L;

        WholeReader() {
            super(Long.class);
        }

        @Override
        public Long deserialize(JsonParser json, DeserializationContext context) throws IOException {
            if (json.currentToken() == JsonToken.VALUE_NUMBER_INT) {
                try {
                    return json.getLongValue();
                } catch (JsonProcessingException e) {
                    throw new WrongMemberException(json, "a whole number");
                }
            }
            throw new WrongMemberException(json, "a whole number");
        }
    }
}
