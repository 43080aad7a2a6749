package io.hourmeter.stripe.web;

import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The license that the application's own login names, by its key or its id, so that a customer who has logged in never
 * sees a key. The application says so by the same resolver as to the filter; here it is a {@link Function}, because the
 * payments work without the filter's jar. Thread-safe.
 */
final class LoginLicense {

    /** Context attribute: a {@code LicenseKeyResolver}, or any function from a request to an {@link Optional} text. */
    static final String RESOLVER = "io.hourmeter.LicenseKeyResolver";

    /** What the resolver said about a request; it is asked once. */
    private static final String ANSWER = LoginLicense.class.getName();

    private final ServletContext context;

    LoginLicense(ServletContext context) {
        this.context = context;
    }

    /**
     * The license of whoever has logged in. Only here may an id be one: it is no secret, and nobody is let in for sending
     * it.
     *
     * @param unknown thrown when what the application says is neither a key nor an id
     * @return empty when nobody has, or the application has no login of its own
     */
    Optional<LicenseRef> of(HttpServletRequest request, Supplier<Refusal> unknown) {
        String text = text(request);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                LicenseId.isId(text)
                        ? new LicenseId(text)
                        : LicenseKey.parse(text).orElseThrow(unknown));
    }

    /** Whether the application knows whose request it is. */
    boolean knows(HttpServletRequest request) {
        return !text(request).isEmpty();
    }

    /** The same as far as it was asked for already; never throws. */
    static boolean knew(HttpServletRequest request) {
        return request.getAttribute(ANSWER) instanceof Answer answer && !answer.text.isEmpty();
    }

    private String text(HttpServletRequest request) {
        if (request.getAttribute(ANSWER) instanceof Answer known) {
            return known.text;
        }
        Answer answer = new Answer(ask(request));
        request.setAttribute(ANSWER, answer);
        return answer.text;
    }

    private String ask(HttpServletRequest request) {
        // Asked for each time: an application may set it after this servlet was initialized.
        Object resolver = context.getAttribute(RESOLVER);
        if (resolver == null) {
            return "";
        }
        @SuppressWarnings("unchecked") // what the attribute is documented to hold
        Function<HttpServletRequest, Optional<String>> function =
                (Function<HttpServletRequest, Optional<String>>) resolver;
        return function.apply(request).map(String::strip).orElse("");
    }

    /** Not a record: whoever prints the attributes of a request prints no key. */
    private static final class Answer {

        private final String text;

        Answer(String text) {
            this.text = text;
        }
    }
}
