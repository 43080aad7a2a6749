package io.hourmeter.wire;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonMappingException;

/** A member of a document that is not what it should be. Its message says what it should be. */
final class WrongMemberException extends JsonMappingException {

    private static final long serialVersionUID = 1L;

    WrongMemberException(JsonParser json, String expected) {
        super(json, expected);
    }
}
