package io.hourmeter.stripe;

import com.stripe.model.checkout.Session;
import io.hourmeter.Hours;
import io.hourmeter.LicenseId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What was agreed when a checkout was created, as it travels in Stripe's metadata: this, and neither the URL nor today's
 * price list, decides what is credited. Holds the id of the license, never a key.
 *
 * @param id our own id of the purchase
 * @param license who gets the hours
 * @param millis the hours
 * @param amount what they cost before taxes, in the smallest unit
 * @param currency three lower-case letters
 * @param packageId empty for custom hours
 * @param title for the history
 * @param site public address of the application that sold it; empty when it did not know
 */
record Purchase(
        String id,
        LicenseId license,
        long millis,
        long amount,
        String currency,
        String packageId,
        String title,
        String site) {

    /** Marks a session as ours: other products may share the account. */
    static final String MARKER = "hourmeter";

    private static final String VERSION = "1";
    private static final String ID = "hourmeter_purchase";
    private static final String LICENSE = "hourmeter_license";
    private static final String MILLIS = "hourmeter_millis";
    private static final String AMOUNT = "hourmeter_amount";
    private static final String CURRENCY = "hourmeter_currency";
    private static final String PACKAGE = "hourmeter_package";
    private static final String TITLE = "hourmeter_title";
    private static final String SITE = "hourmeter_site";

    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,16}");

    static Purchase of(String id, LicenseId license, Quote quote, String site) {
        String packageId = quote.packageId() == null ? "" : quote.packageId();
        return new Purchase(
                id, license, quote.millis(), quote.amount(), quote.currency(), packageId, quote.title(), site);
    }

    /** The metadata of session and payment. Values are at most 500 characters, as Stripe wants it. */
    Map<String, String> metadata() {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put(MARKER, VERSION);
        metadata.put(ID, id);
        metadata.put(LICENSE, license.value());
        metadata.put(MILLIS, Long.toString(millis));
        metadata.put(AMOUNT, Long.toString(amount));
        metadata.put(CURRENCY, currency);
        if (!packageId.isEmpty()) {
            metadata.put(PACKAGE, packageId);
        }
        metadata.put(TITLE, title);
        if (!site.isEmpty()) {
            metadata.put(SITE, site);
        }
        return metadata;
    }

    /** Whether a session was made by Hourmeter at all, be it by another version or another installation. */
    static boolean isOurs(Session session) {
        return session.getMetadata() != null && session.getMetadata().containsKey(MARKER);
    }

    /** Whether a session was made for a purchase of ours. */
    static boolean isOf(Session session, String id) {
        return isOurs(session) && id.equals(session.getMetadata().get(ID));
    }

    /** Whether a session of ours is in the form of this version. */
    static boolean isOfThisVersion(Session session) {
        return VERSION.equals(session.getMetadata().get(MARKER));
    }

    /** What a session of ours sells; null when its metadata is not what we wrote. */
    static @Nullable Purchase of(Session session) {
        Map<String, String> metadata = session.getMetadata();
        String license = metadata.getOrDefault(LICENSE, "");
        String millis = metadata.getOrDefault(MILLIS, "");
        String amount = metadata.getOrDefault(AMOUNT, "");
        if (!isOfThisVersion(session)
                || !LicenseId.isId(license)
                || !NUMBER.matcher(millis).matches()
                || !NUMBER.matcher(amount).matches()) {
            return null;
        }
        long hours = Long.parseLong(millis);
        if (hours < 1 || hours > Hours.MAX_MILLIS) {
            return null;
        }
        return new Purchase(
                metadata.getOrDefault(ID, ""),
                new LicenseId(license),
                hours,
                Long.parseLong(amount),
                metadata.getOrDefault(CURRENCY, ""),
                metadata.getOrDefault(PACKAGE, ""),
                metadata.getOrDefault(TITLE, ""),
                metadata.getOrDefault(SITE, ""));
    }

    /**
     * Whether another installation sold it, which has the same Stripe account. Where either does not know its address
     * nothing is said, and it counts as this one: what is paid here must not be let go.
     */
    boolean soldElsewhere(String here) {
        return !here.isEmpty() && !site.isEmpty() && !site.equals(here);
    }

    /** The idempotency key of the credit: one session is at most one payment, and every way to a credit knows its id. */
    static String creditKey(String sessionId) {
        return "stripe:" + sessionId;
    }
}
