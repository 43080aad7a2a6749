package io.hourmeter.wire;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.math.BigDecimal;

/**
 * How deep a document may be nested and how long its names and numbers may be, so that what a stranger sends costs
 * neither stack nor time. A document is to be gone through before a tree is made of it. Jackson has such limits of its own
 * only since 2.15, and an application may bring an older one.
 *
 * @param depth objects and arrays within each other
 * @param name characters of a member's name
 * @param number characters of a number
 */
public record JsonLimits(int depth, int name, int number) {

    /**
     * Goes through a document to its end; builds nothing and does not recurse.
     *
     * @param parser at the beginning of the document
     * @return false when it is beyond the limits; the parser then stands at the place
     * @throws IOException if this is not JSON; the parser then stands at the place
     */
    public boolean allow(JsonParser parser) throws IOException {
        int open = 0;
        for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
            if (token.isStructStart()) {
                open++;
            } else if (token.isStructEnd()) {
                open--;
            }
            if (open > depth || isTooLong(token, parser) || isBeyondDecimals(token, parser)) {
                return false;
            }
        }
        return true;
    }

    private boolean isTooLong(JsonToken token, JsonParser parser) throws IOException {
        return (token == JsonToken.FIELD_NAME && parser.getTextLength() > name)
                || (token.isNumeric() && parser.getTextLength() > number);
    }

    /** An exponent that no decimal number has; some Jacksons fail at it and some read it as infinite. */
    private static boolean isBeyondDecimals(JsonToken token, JsonParser parser) throws IOException {
        if (token != JsonToken.VALUE_NUMBER_FLOAT) {
            return false;
        }
        try {
            new BigDecimal(parser.getText());
            return false;
        } catch (NumberFormatException e) {
            return true;
        }
    }
}
