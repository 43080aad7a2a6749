package io.hourmeter.internal;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether a page of another site has its visitor's browser send a request (cross-site request forgery). Who sends
 * it can write any header himself; but a page cannot, and what the browser adds tells where the page is from. A program
 * that is no browser sends none of it and passes. Stateless.
 *
 * <p>{@code Origin} and {@code Sec-Fetch-*} are those of the Fetch standard; a browser that is too old for both sends a
 * {@code Referer}, and to a form's answer it wants {@code text/html}.
 */
public final class CrossSiteCheck {

    private static final List<String> FETCH_METADATA =
            List.of("Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest", "Sec-Fetch-User");

    private CrossSiteCheck() {}

    /** Why a request is refused. */
    public enum Finding {
        /** {@code Sec-Fetch-Site} says that the page is of another origin. */
        OTHER_SITE("the request comes from a page of another site (Sec-Fetch-Site)"),

        /** {@code Origin} is another one, or {@code null}. */
        OTHER_ORIGIN("the request comes from a page of another origin (Origin)"),

        /** {@code Referer} is a page of another origin. */
        OTHER_REFERER("the request comes from a page of another origin (Referer)"),

        /** A browser sends what a form of any site can send. */
        FORM("a browser sends the body of a form; the Content-Type must be application/json");

        private final String sentence;

        Finding(String sentence) {
            this.sentence = sentence;
        }

        /**
         * What is wrong, for whoever wrote the program that sends it.
         *
         * @return a sentence without a full stop
         */
        public String sentence() {
            return sentence;
        }
    }

    /**
     * Judges a request.
     *
     * @param header the values of a header by its name; null or empty when it is not there
     * @param own whether an origin, written like {@code https://example.com:8443} in lower case and without the usual port,
     *     is that of the application itself
     * @return why it is refused; empty when it may be served
     */
    public static Optional<Finding> judge(Function<String, @Nullable List<String>> header, Predicate<String> own) {
        for (String site : values(header, "Sec-Fetch-Site")) {
            if (!site.equalsIgnoreCase("same-origin") && !site.equalsIgnoreCase("none")) {
                return Optional.of(Finding.OTHER_SITE);
            }
        }
        for (String origin : values(header, "Origin")) {
            if (!isOwn(origin, own)) {
                return Optional.of(Finding.OTHER_ORIGIN);
            }
        }
        List<String> referers = values(header, "Referer");
        for (String referer : referers) {
            if (!isOwn(referer, own)) {
                return Optional.of(Finding.OTHER_REFERER);
            }
        }
        boolean browser = !referers.isEmpty()
                || FETCH_METADATA.stream()
                        .anyMatch(name -> !values(header, name).isEmpty())
                || values(header, "Accept").stream()
                        .anyMatch(accepted -> accepted.toLowerCase(Locale.ROOT).contains("text/html"));
        return browser && mayBeForm(header) ? Optional.of(Finding.FORM) : Optional.empty();
    }

    /** A page of another site can send any type but JSON without being asked for its permission first. */
    private static boolean mayBeForm(Function<String, @Nullable List<String>> header) {
        List<String> types = values(header, "Content-Type");
        if (!types.isEmpty()) {
            return !types.stream().allMatch(CrossSiteCheck::isJson);
        }
        return !values(header, "Transfer-Encoding").isEmpty()
                || values(header, "Content-Length").stream().anyMatch(length -> !length.equals("0"));
    }

    private static boolean isJson(String type) {
        return type.split(";", 2)[0].strip().equalsIgnoreCase("application/json");
    }

    private static boolean isOwn(String url, Predicate<String> own) {
        String origin = PublicUrl.originOf(url);
        return origin != null && own.test(origin);
    }

    private static List<String> values(Function<String, @Nullable List<String>> header, String name) {
        List<String> values = header.apply(name);
        return values == null ? List.of() : values.stream().map(String::strip).toList();
    }
}
