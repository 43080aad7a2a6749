package io.hourmeter.stripe;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Checks that a webhook comes from Stripe: HMAC-SHA-256 over time stamp and raw body. An own check, because the one of
 * Stripe's library formats the time in the default locale (and so refuses every event under Arabic digits), accepts any
 * future time, and throws unchecked exceptions on junk.
 *
 * <p>Thread-safe. Comparisons take the same time whatever they find.
 */
final class WebhookSignature {

    /** How far the time stamp may be off, both ways: long enough for a slow clock, too short to replay. */
    static final Duration TOLERANCE = Duration.ofMinutes(5);

    /** Room for many signatures; Stripe sends two at most, while a secret is rolled. */
    private static final int LONGEST_HEADER = 4096;

    private static final int MOST_SIGNATURES = 16;
    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,12}");
    private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");
    private static final String ALGORITHM = "HmacSHA256";

    private final List<SecretKeySpec> secrets;
    private final InstantSource clock;

    WebhookSignature(List<String> secrets, InstantSource clock) {
        this.secrets = secrets.stream()
                .map(secret -> new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), ALGORITHM))
                .toList();
        this.clock = clock;
    }

    /** Whether a header is of these minutes and has a signature, right or wrong. */
    boolean mayBeOne(@Nullable String header) {
        return parse(header) != null;
    }

    /** Whether the header signs exactly these bytes, with one of the secrets, now. */
    boolean signs(byte[] body, @Nullable String header) {
        Header parsed = parse(header);
        if (parsed == null) {
            return false;
        }
        boolean found = false;
        for (SecretKeySpec secret : secrets) {
            byte[] wanted = hmac(secret, parsed.time(), body);
            for (byte[] signature : parsed.signatures()) {
                found |= MessageDigest.isEqual(wanted, signature);
            }
        }
        return found;
    }

    private record Header(String time, List<byte[]> signatures) {}

    private @Nullable Header parse(@Nullable String header) {
        if (header == null || header.length() > LONGEST_HEADER) {
            return null;
        }
        @Nullable String time = null;
        List<byte[]> signatures = new ArrayList<>();
        for (String part : header.split(",", -1)) {
            String item = part.strip();
            if (item.startsWith("t=")) {
                if (time != null) {
                    return null;
                }
                time = item.substring(2);
            } else if (item.startsWith("v1=") && HEX.matcher(item.substring(3)).matches()) {
                signatures.add(HexFormat.of().parseHex(item, 3, item.length()));
            }
        }
        boolean some = !signatures.isEmpty() && signatures.size() <= MOST_SIGNATURES;
        return time != null && some && isNow(time) ? new Header(time, signatures) : null;
    }

    private boolean isNow(String time) {
        if (!SECONDS.matcher(time).matches()) {
            return false;
        }
        long off = Math.abs(clock.instant().getEpochSecond() - Long.parseLong(time));
        return off <= TOLERANCE.toSeconds();
    }

    private static byte[] hmac(SecretKeySpec secret, String time, byte[] body) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(secret);
            mac.update((time + ".").getBytes(StandardCharsets.US_ASCII));
            return mac.doFinal(body);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }
}
