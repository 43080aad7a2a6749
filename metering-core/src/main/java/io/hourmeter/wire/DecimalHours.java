package io.hourmeter.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import io.hourmeter.Hours;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/**
 * Time as it stands on the wire: a decimal number of hours, written with at most ten places, read as whole milliseconds,
 * half up. Older servers write it as binary floating point prints it.
 *
 * @param millis may be negative
 */
@JsonSerialize(using = DecimalHours.Writer.class)
@JsonDeserialize(using = DecimalHours.Reader.class)
public record DecimalHours(long millis) {

    /** Far above any balance that can be bought, far below what overflows as milliseconds. */
    private static final BigDecimal MOST_HOURS = BigDecimal.valueOf(1_000_000_000_000L);

    private static final BigDecimal MILLIS_PER_HOUR = BigDecimal.valueOf(Hours.MILLIS_PER_HOUR);

    /**
     * Hours that are left out when there are none.
     *
     * @param millis any
     * @return null unless above 0
     */
    public static @Nullable DecimalHours above0(long millis) {
        return millis > 0 ? new DecimalHours(millis) : null;
    }

    /** Writes hours. */
    static final class Writer extends StdSerializer<DecimalHours> {

        private static final long serialVersionUID = 1L;

        Writer() {
            super(DecimalHours.class);
        }

        @Override
        public void serialize(DecimalHours hours, JsonGenerator json, SerializerProvider provider) throws IOException {
            json.writeNumber(Hours.ofMillis(hours.millis()));
        }
    }

    /** Reads hours. */
    static final class Reader extends StdDeserializer<DecimalHours> {

        private static final long serialVersionUID = 1L;

        Reader() {
            super(DecimalHours.class);
        }

        @Override
        public DecimalHours deserialize(JsonParser json, DeserializationContext context) throws IOException {
            BigDecimal hours = null;
            if (json.currentToken().isNumeric()) {
                try {
                    hours = json.getDecimalValue();
                } catch (NumberFormatException e) {
                    // Until 2.14 Jackson makes a number infinite that is beyond the range of double.
                    hours = null;
                }
            }
            if (hours == null || hours.abs().compareTo(MOST_HOURS) > 0) {
                throw new WrongMemberException(json, "a number of hours");
            }
            // An exponent far below zero must not be scaled: it would be written out digit by digit.
            boolean tiny = hours.precision() - hours.scale() < -10;
            return new DecimalHours(
                    tiny
                            ? 0
                            : hours.multiply(MILLIS_PER_HOUR)
                                    .setScale(0, RoundingMode.HALF_UP)
                                    .longValueExact());
        }
    }
}
