package io.hourmeter.examples.webapp;

import io.hourmeter.ErrorCode;
import io.hourmeter.Problem;
import io.hourmeter.wire.Json;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.OptionalInt;

/** Reads numbers from requests and writes JSON. */
final class Replies {

    private Replies() {}

    static void json(HttpServletResponse response, Map<String, ?> members) throws IOException {
        write(response, "application/json", members);
    }

    private static void write(HttpServletResponse response, String mediaType, Map<String, ?> members)
            throws IOException {
        byte[] body = Json.text(members).getBytes(StandardCharsets.UTF_8);
        response.setContentType(mediaType);
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }

    /**
     * A whole number from the query.
     *
     * @return empty when 400 has been answered
     */
    static OptionalInt number(
            HttpServletRequest request, HttpServletResponse response, String name, int usual, int most)
            throws IOException {
        String text = request.getParameter(name);
        if (text == null) {
            return OptionalInt.of(usual);
        }
        try {
            int number = Integer.parseInt(text);
            if (number >= 0 && number <= most) {
                return OptionalInt.of(number);
            }
        } catch (NumberFormatException e) {
            // answered below, like a number out of range
        }
        String detail = name + " must be a whole number from 0 to " + most;
        response.setStatus(HttpServletResponse.SC_BAD_REQUEST);
        write(
                response,
                Problem.MEDIA_TYPE,
                Problem.of(ErrorCode.INVALID_REQUEST, detail).toMap());
        return OptionalInt.empty();
    }
}
