package io.hourmeter.stripe.web;

import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Query parameters as strangers send them: what the container cannot read is the client's fault, not ours. */
final class Parameters {

    private static final String FORM = "form";

    private Parameters() {}

    /**
     * The first value of a parameter.
     *
     * @return null when it is not there or blank
     * @throws Refusal 400 when the query cannot be read, or there is a form
     */
    static @Nullable String first(HttpServletRequest request, String name) {
        List<String> values = all(request, name);
        return values.isEmpty() || values.get(0).isBlank()
                ? null
                : values.get(0).strip();
    }

    /** All values of a parameter, blank ones included. */
    static List<String> all(HttpServletRequest request, String name) {
        requireNoForm(request);
        try {
            String[] values = request.getParameterValues(name);
            return values == null ? List.of() : List.of(values);
        } catch (RuntimeException e) {
            // A broken escape, too many parameters: what the containers throw differs.
            throw Refusal.invalid("the query cannot be read");
        }
    }

    /** Some containers wait for a form, on the thread of the request, when a parameter of the query is read. */
    private static void requireNoForm(HttpServletRequest request) {
        String type = request.getContentType();
        if (type != null && type.toLowerCase(Locale.ROOT).contains(FORM) && RestOfBody.hasBody(request)) {
            throw Refusal.invalid("no form is taken here, only a query");
        }
    }
}
