package io.hourmeter.config;

import io.hourmeter.Billing;
import io.hourmeter.OutagePolicy;
import io.hourmeter.internal.DurationBounds;
import io.hourmeter.internal.LicenseKeyText;
import io.hourmeter.internal.TrustedProxies;
import io.hourmeter.internal.UsageBounds;
import io.hourmeter.wire.Limits;
import java.math.BigDecimal;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * How the text of a setting becomes a value. Each throws IllegalArgumentException when the text is not allowed; its message
 * says why where {@link Setting#allowed()} alone would not, and never repeats the text, which may be a secret.
 *
 * <p>Digits and letters are ASCII throughout, and case is folded by {@link Locale#ROOT}: a default locale changes nothing.
 */
final class Parsers {

    /** The most hours that the license server takes in one entry. */
    private static final BigDecimal MOST_HOURS = new BigDecimal("1000000");

    /** Above half a millisecond, which is the least that the license server takes. */
    private static final BigDecimal LEAST_HOURS = new BigDecimal("0.0000002");

    /** More cards than this are no choice any more; bounds the page and the answer of the packages call. */
    private static final int MOST_PACKAGES = 24;

    /** What fits on a receipt line of Stripe together with the hours. */
    private static final int LONGEST_NAME = 80;

    /** It goes along with each purchase, where Stripe takes 500 characters. */
    private static final int LONGEST_PUBLIC_URL = 400;

    private static final Pattern DECIMAL = Pattern.compile("[0-9]{1,9}(?:\\.[0-9]{1,10})?|\\.[0-9]{1,10}");
    private static final Pattern WHOLE = Pattern.compile("[0-9]{1,9}");
    /** RFC 9110, token. */
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}");
    /** What can stand in an Authorization header. */
    private static final Pattern VISIBLE = Pattern.compile("[\\x21-\\x7E]+");

    private static final Pattern PATH = Pattern.compile("/(?![/\\\\])[\\x21-\\x7E&&[^\\\\]]*");
    private static final Pattern AUTHORITY =
            Pattern.compile("(?:\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?");
    private static final Pattern PACKAGE_ID = Pattern.compile("[A-Za-z0-9_-]{1,40}");
    private static final Pattern CURRENCY = Pattern.compile("[A-Za-z]{3}");
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._:%-]{1,253}");

    private Parsers() {}

    static String serverUrl(String text) {
        return text.equals("embedded") ? text : url(text);
    }

    static String optionalUrl(String text) {
        return text.isEmpty() ? text : url(text);
    }

    static String publicUrl(String text) {
        require(text.length() <= LONGEST_PUBLIC_URL, "is longer than " + LONGEST_PUBLIC_URL);
        return optionalUrl(text);
    }

    /** An http or https address without a trailing slash, so that paths can be appended. */
    private static String url(String text) {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("not a URL", e);
        }
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        require(scheme.equals("http") || scheme.equals("https"), "begins with neither http:// nor https://");
        // Not URI.getHost(): it is null for names with an underscore, which container networks hand out.
        String authority = uri.getRawAuthority() == null ? "" : uri.getRawAuthority();
        require(authority.indexOf('@') < 0, "a password does not belong into a URL");
        var parts = AUTHORITY.matcher(authority);
        require(parts.matches(), "has no host");
        require(parts.group(1) == null || Integer.parseInt(parts.group(1)) <= 65_535, "has no such port");
        require(uri.getRawQuery() == null && uri.getRawFragment() == null, "has a query or a fragment");
        int end = text.length();
        while (text.charAt(end - 1) == '/') {
            end--;
        }
        return text.substring(0, end);
    }

    static String text(String text) {
        // C:\temp in a properties file has a tab.
        require(
                text.codePoints().noneMatch(Character::isISOControl),
                "has a control character" + SettingsFile.HOW_TO_WRITE);
        return text;
    }

    static String folder(String text) {
        try {
            return Path.of(text(text)).toString();
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("is no path", e);
        }
    }

    static String name(String text) {
        require(!text.isEmpty(), "is empty");
        require(text.codePointCount(0, text.length()) <= LONGEST_NAME, "is longer than " + LONGEST_NAME);
        return text(text);
    }

    static String token(String text) {
        require(text.isEmpty() || VISIBLE.matcher(text).matches(), "has a blank or a character beyond ASCII");
        return text;
    }

    static String parameterName(String text) {
        require(text.isEmpty() || VISIBLE.matcher(text).matches(), "has a blank or a character beyond ASCII");
        return text;
    }

    static Duration duration(String text) {
        return DurationText.parse(text);
    }

    static Optional<Duration> lease(String text) {
        return text.isEmpty() ? Optional.empty() : Optional.of(within(text, UsageBounds.LEASE));
    }

    static Duration within(String text, DurationBounds bounds) {
        Duration duration = duration(text);
        if (!bounds.allow(duration)) {
            throw new IllegalArgumentException(duration.compareTo(bounds.least()) < 0 ? "is too short" : "is too long");
        }
        return duration;
    }

    static ServerKind serverKind(String text) {
        return switch (lower(text)) {
            case "hourmeter" -> ServerKind.HOURMETER;
            case "older" -> ServerKind.OLDER;
            default -> throw new IllegalArgumentException("is neither");
        };
    }

    static Billing billing(String text) {
        return switch (lower(text)) {
            case "license" -> Billing.LICENSE;
            case "session" -> Billing.SESSION;
            default -> throw new IllegalArgumentException("is neither");
        };
    }

    static Preflight preflight(String text) {
        return switch (lower(text)) {
            case "pass" -> Preflight.PASS;
            case "answer" -> Preflight.ANSWER;
            case "refuse" -> Preflight.REFUSE;
            default -> throw new IllegalArgumentException("is none of them");
        };
    }

    static Overrun overrun(String text) {
        return switch (lower(text)) {
            case "finish" -> Overrun.FINISH;
            case "cut" -> Overrun.CUT;
            default -> throw new IllegalArgumentException("is neither");
        };
    }

    static Uncollected uncollected(String text) {
        return switch (lower(text)) {
            case "forgive" -> Uncollected.FORGIVE;
            case "owe" -> Uncollected.OWE;
            default -> throw new IllegalArgumentException("is neither");
        };
    }

    static OutagePolicy outagePolicy(String text) {
        return switch (lower(text)) {
            case "allow" -> OutagePolicy.ALLOW;
            case "deny" -> OutagePolicy.DENY;
            default -> throw new IllegalArgumentException("is neither");
        };
    }

    static Boolean flag(String text) {
        return switch (lower(text)) {
            case "true", "on" -> true;
            case "false", "off" -> false;
            default -> throw new IllegalArgumentException("is neither");
        };
    }

    static String headerName(String text) {
        require(text.isEmpty() || TOKEN.matcher(text).matches(), "has a character that no such name has");
        return text;
    }

    /** Patterns as a servlet mapping has them; a star elsewhere would be taken literally by every container. */
    static List<String> paths(String text) {
        List<String> paths = list(text);
        for (String path : paths) {
            require(VISIBLE.matcher(path).matches(), "has a blank or a character beyond ASCII");
            String fixed = path.startsWith("*.")
                    ? path.substring(2)
                    : path.endsWith("/*") ? path.substring(0, path.length() - 1) : path;
            require(path.startsWith("*.") || path.startsWith("/"), "has a pattern that begins with neither / nor *.");
            require(fixed.indexOf('*') < 0 && !fixed.isEmpty(), "has a star elsewhere than in /…/* or *.…");
        }
        return paths;
    }

    /** A path of this origin. Two slashes, or a slash and a backslash, would lead a browser to another host. */
    static String page(String text) {
        return text.startsWith("/") ? path(text) : url(text) + (text.endsWith("/") ? "/" : "");
    }

    static String returnUrl(String text) {
        if (text.isEmpty() || text.startsWith("/")) {
            return text.isEmpty() ? text : path(text);
        }
        int query = text.indexOf('?');
        url(query < 0 ? text : text.substring(0, query));
        require(VISIBLE.matcher(text).matches(), "has a blank or a character beyond ASCII");
        return text;
    }

    private static String path(String text) {
        require(PATH.matcher(text).matches(), "begins with more than one / or has a backslash or a blank");
        return text;
    }

    static String stripeSecretKey(String text) {
        return stripeKey(text, "sk_", "rk_");
    }

    static String stripePublishableKey(String text) {
        return stripeKey(text, "pk_");
    }

    private static String stripeKey(String text, String... prefixes) {
        if (!text.isEmpty()) {
            require(Arrays.stream(prefixes).anyMatch(text::startsWith), "begins otherwise");
            require(VISIBLE.matcher(text).matches(), "has a blank or a character beyond ASCII");
        }
        return text;
    }

    static List<String> secrets(String text) {
        List<String> secrets = list(text);
        for (String secret : secrets) {
            require(VISIBLE.matcher(secret).matches(), "has a blank or a character beyond ASCII");
        }
        return secrets;
    }

    static BigDecimal positiveDecimal(String text) {
        require(DECIMAL.matcher(text).matches(), "is not a plain decimal number");
        BigDecimal number = new BigDecimal(text);
        require(number.signum() > 0, "is 0");
        return number;
    }

    static BigDecimal ratio(String text) {
        BigDecimal ratio = positiveDecimal(text);
        require(ratio.compareTo(MOST_HOURS) <= 0, "is too much");
        return ratio;
    }

    static BigDecimal hours(String text) {
        BigDecimal hours = ratio(text);
        require(hours.compareTo(LEAST_HOURS) >= 0, "is less than a millisecond");
        return hours;
    }

    static String currency(String text) {
        require(CURRENCY.matcher(text).matches(), "is not three letters");
        return lower(text);
    }

    static List<PackageOffer> packages(String text) {
        List<PackageOffer> offers = list(text).stream().map(Parsers::offer).toList();
        require(offers.size() <= MOST_PACKAGES, "has more than " + MOST_PACKAGES + " packages");
        Set<String> ids = new HashSet<>();
        for (PackageOffer offer : offers) {
            require(ids.add(offer.id()), "has the id " + offer.id() + " twice");
        }
        return offers;
    }

    private static PackageOffer offer(String text) {
        String[] parts = text.split(":", 4);
        require(parts.length >= 3, "has a package that is not id:hours:price");
        String id = parts[0].strip();
        require(PACKAGE_ID.matcher(id).matches(), "has an id that is not 1 to 40 letters, digits, - or _");
        BigDecimal hours = hours(parts[1].strip());
        BigDecimal price = positiveDecimal(parts[2].strip());
        require(price.stripTrailingZeros().scale() <= 3, "has a price with more than three decimals");
        String name = parts.length == 4 ? parts[3].strip() : PackageOffer.defaultName(hours);
        return new PackageOffer(id, hours, price, name(name));
    }

    static Integer port(String text) {
        require(WHOLE.matcher(text).matches(), "is not a whole number");
        int port = Integer.parseInt(text);
        require(port <= 65_535, "is too much");
        return port;
    }

    static String host(String text) {
        require(HOST.matcher(text).matches(), "is no host name or address");
        return text;
    }

    static String database(String text) {
        require(!text.startsWith("jdbc:postgresql:"), "this version has SQLite only");
        require(text.startsWith("jdbc:sqlite:") && text.length() > "jdbc:sqlite:".length(), "begins otherwise");
        return text(text);
    }

    /** Checked here, read by whoever asks: no type of the internal package is part of the settings. */
    static List<String> networks(String text) {
        List<String> networks = list(text);
        TrustedProxies.of(networks);
        return networks;
    }

    static String keyPrefix(String text) {
        require(LicenseKeyText.isPrefix(text), "is something else");
        return text.toUpperCase(Locale.ROOT);
    }

    static Optional<Integer> days(String text) {
        if (text.isEmpty()) {
            return Optional.empty();
        }
        require(WHOLE.matcher(text).matches(), "is not a whole number");
        int days = Integer.parseInt(text);
        require(days > 0 && days <= Limits.VALIDITY_DAYS, "is out of range");
        return Optional.of(days);
    }

    static ZoneId zone(String text) {
        try {
            return ZoneId.of(text);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("is no zone", e);
        }
    }

    static String webappStripe(String text) {
        require(text.equals("live") || text.equals("stand-in"), "is neither");
        return text;
    }

    /** The parts of a comma list, blanks around them taken off; an empty part is a slip of the pen. */
    private static List<String> list(String text) {
        if (text.isEmpty()) {
            return List.of();
        }
        List<String> parts =
                Arrays.stream(text.split(",", -1)).map(String::strip).toList();
        require(parts.stream().noneMatch(String::isEmpty), "has an empty part between its commas");
        return parts;
    }

    private static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    private static void require(boolean allowed, String otherwise) {
        if (!allowed) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
