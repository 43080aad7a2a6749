package io.hourmeter.client;

import io.hourmeter.internal.LicenseKeyText;
import java.util.regex.Pattern;

/** Makes text that a server sent fit for logs and error messages. */
final class Redaction {

    /** A sentence; more is a page that does not belong into a log line. */
    private static final int MAX_LENGTH = 300;

    private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}\\p{Cf}\\p{Zl}\\p{Zp}]+");

    private Redaction() {}

    /** One line, bounded, anything that looks like a license key masked. */
    static String clean(String text) {
        String head = text.length() > 2 * MAX_LENGTH ? text.substring(0, 2 * MAX_LENGTH) : text;
        String line = CONTROL.matcher(LicenseKeyText.mask(head)).replaceAll(" ").strip();
        return line.length() > MAX_LENGTH ? line.substring(0, MAX_LENGTH) + "…" : line;
    }
}
