package io.hourmeter.stripe.web;

import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Query parameters as strangers send them: what the container cannot read is the client's fault, not ours. */
final class Parameters {

    private Parameters() {}

    /**
     * The first value of a parameter.
     *
     * @return null when it is not there or blank
     * @throws Refusal 400 when the query cannot be read
     */
    static @Nullable String first(HttpServletRequest request, String name) {
        List<String> values = all(request, name);
        return values.isEmpty() || values.get(0).isBlank()
                ? null
                : values.get(0).strip();
    }

    /** All values of a parameter, blank ones included. */
    static List<String> all(HttpServletRequest request, String name) {
        try {
            String[] values = request.getParameterValues(name);
            return values == null ? List.of() : List.of(values);
        } catch (RuntimeException e) {
            // A broken escape, too many parameters: what the containers throw differs.
            throw Refusal.invalid("the query cannot be read");
        }
    }
}
