package io.hourmeter.config;

import io.hourmeter.internal.LicenseKeyText;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What of a text may be shown in a log or an error. Looks at the text and not only at its key, because a secret is often
 * given under the wrong key, or under a misspelt one.
 */
final class Masking {

    /** What an empty secret reads. */
    static final String NOT_SET = "not set";

    /** A line of a log stays a line, and whoever misread a file as a value does not fill the log with it. */
    private static final int LONGEST_SHOWN = 120;

    /** The part of Stripe's keys that tells kind and mode, which is all that helps to find a mix-up. */
    private static final Pattern STRIPE = Pattern.compile("((?:sk|rk|pk)_(?:test_|live_)?|whsec_).*", Pattern.DOTALL);

    /** A password in an address, {@code //user:password@host}. */
    private static final Pattern USER_INFO = Pattern.compile("//[^/?#]*@");

    /** A password among the parameters of a JDBC address. */
    private static final Pattern PASSWORD =
            Pattern.compile("(?i)((?:password|passwd|pwd|token|secret)[a-z]*=)[^&;\\s]*");

    /** Names under which people keep secrets. */
    private static final Pattern SECRET_NAME = Pattern.compile("secret|token|key|passw|pwd|credential");

    private Masking() {}

    /** A value as it may be shown for a setting. */
    static String value(Setting<?> setting, String text) {
        return setting.secret() ? secret(text) : plain(text);
    }

    /** The value of a key that is not known, and may be a misspelt secret. */
    static String unknown(String name, Setting<?> nearest, String text) {
        boolean secret = nearest.secret()
                || SECRET_NAME.matcher(name.toLowerCase(Locale.ROOT)).find();
        return secret ? secret(text) : plain(text);
    }

    /** A secret: its public prefix, or only that it is there. */
    static String secret(String text) {
        if (text.isBlank()) {
            return NOT_SET;
        }
        Matcher stripe = STRIPE.matcher(text.strip());
        return stripe.matches() ? stripe.group(1) + "…" : "set";
    }

    /** A text that is no secret by its key: one line, bounded, and without what looks like a secret all the same. */
    static String plain(String text) {
        if (STRIPE.matcher(text.strip()).matches()) {
            return secret(text);
        }
        String shown = USER_INFO.matcher(text).replaceAll("//…@");
        shown = PASSWORD.matcher(shown).replaceAll("$1…");
        shown = LicenseKeyText.mask(shown);
        StringBuilder line = new StringBuilder();
        shown.codePoints()
                .limit(LONGEST_SHOWN)
                .map(point -> Character.isISOControl(point) ? '\uFFFD' : point)
                .forEach(line::appendCodePoint);
        if (shown.codePointCount(0, shown.length()) > LONGEST_SHOWN) {
            line.append('…');
        }
        return line.toString();
    }
}
