package io.hourmeter.client;

import io.hourmeter.LicenseKey;
import java.util.regex.Pattern;

/** Makes text that a server sent fit for logs and error messages. */
final class Redaction {

    /** A sentence; more is a page that does not belong into a log line. */
    private static final int MAX_LENGTH = 300;

    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9]{2,8}(?:-[A-Za-z0-9]{8}){3}");
    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}+");

    private Redaction() {}

    /** One line, bounded, anything that looks like a license key masked. */
    static String clean(String text) {
        String head = text.length() > 2 * MAX_LENGTH ? text.substring(0, 2 * MAX_LENGTH) : text;
        String masked =
                KEY.matcher(head).replaceAll(key -> LicenseKey.of(key.group()).masked());
        String line = CONTROL.matcher(masked).replaceAll(" ").strip();
        return line.length() > MAX_LENGTH ? line.substring(0, MAX_LENGTH) + "…" : line;
    }
}
