package io.hourmeter.server.http;

import io.hourmeter.wire.Limits;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Fields;

/** The query parameters of one request, each read with its bounds; an empty one counts as absent. */
final class Query {

    private final Fields fields;

    private Query(Fields fields) {
        this.fields = fields;
    }

    static Query of(Request request) {
        try {
            return new Query(Request.extractQueryParameters(request));
        } catch (RuntimeException e) {
            // Jetty has several exceptions for a bad percent sign or bad UTF-8; all mean the same to the caller.
            throw ProblemException.invalid("the query of the URL is not correctly percent-encoded UTF-8");
        }
    }

    Iterable<String> names() {
        return fields.getNames();
    }

    Optional<String> text(String name, int maxLength) {
        List<String> values = fields.getValuesOrEmpty(name);
        if (values.size() > 1) {
            throw ProblemException.invalid(name + " is given " + values.size() + " times, once is allowed");
        }
        if (values.isEmpty() || values.get(0).isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(Limits.text(name, values.get(0), maxLength));
    }

    Optional<Instant> instant(String name) {
        return text(name, TimeParser.MAX_INSTANT).map(text -> TimeParser.instant(name, text));
    }

    int whole(String name, int min, int max, int otherwise) {
        return text(name, 20).map(text -> whole(name, min, max, text)).orElse(otherwise);
    }

    private static int whole(String name, int min, int max, String text) {
        // At most nine digits, so that parsing cannot overflow.
        boolean digits = text.length() <= 9 && text.chars().allMatch(c -> c >= '0' && c <= '9');
        int value = digits ? Integer.parseInt(text) : -1;
        if (value < min || value > max) {
            throw ProblemException.invalid(name + " must be a whole number from " + min + " to " + max);
        }
        return value;
    }
}
