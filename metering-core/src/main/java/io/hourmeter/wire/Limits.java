package io.hourmeter.wire;

import io.hourmeter.Customer;
import io.hourmeter.ErrorCode;
import io.hourmeter.HistoryQuery;
import io.hourmeter.Hours;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.NewLicense;
import io.hourmeter.Reversal;
import io.hourmeter.UsageBatch;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The one list of what texts, amounts and times a license server takes. The ledger checks them, whichever way a call
 * reaches it; whoever reads or writes the wire before that uses the same numbers.
 *
 * <p>Lengths are counted in code points: what a person counts as one letter or emoji is not counted twice for the way in
 * which it is encoded. A check returns what it was given, cleaned where it says so, or throws
 * {@link LicenseRequestException} with {@link ErrorCode#INVALID_REQUEST}, which names the member and what is allowed. It
 * does not repeat a text, which may hold a key.
 */
public final class Limits {

    /** The longest address that mail can be sent to. */
    public static final int EMAIL = 254;

    /** Company and name: no known one is half as long. */
    public static final int NAME = 200;

    /** Type of a license: a word or two. */
    public static final int TYPE = 64;

    /** What caused an entry, and the object of a reversal: several times the longest id of Stripe. */
    public static final int REFERENCE = 255;

    /** Texts for people in a history: a paragraph, not a letter. */
    public static final int DESCRIPTION = 1000;

    /** Several times a UUID, and what other APIs allow. */
    public static final int IDEMPOTENCY_KEY = 255;

    /** Id of a node: nodes of ours send 36 characters. */
    public static final int NODE = 64;

    /** Id of a lease, a scope or a session: nodes of ours send at most 48 characters. */
    public static final int SESSION = 128;

    /** The longest pause that counts, in a node's message: far beyond any use, and no sum of times can overflow. */
    public static final Duration GAP = Duration.ofDays(365);

    /** The longest lease and the longest grace: more would let a silent node hold a balance, or serve, for days. */
    public static final Duration AHEAD = Duration.ofHours(24);

    /** What a list is searched for: at least a whole address. */
    public static final int SEARCH = EMAIL;

    /** Several times the longest cursor that a license server gives. */
    public static final int CURSOR = 200;

    /** No license is sold for longer than a century. */
    public static final int VALIDITY_DAYS = 36_500;

    /** How long the old key of a license may live beside a new one: a leaked key must end in a foreseeable time. */
    public static final Duration GRACE = Duration.ofDays(30);

    /** Money of one purchase in its currency's smallest unit: above any price, and far from overflow. */
    public static final long AMOUNT = 10_000_000_000_000L;

    /** Instants outside these are typing errors, and would not fit every column and calendar. */
    private static final Instant EARLIEST = Instant.EPOCH;

    /** The last that ISO-8601 writes with four digits. */
    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999Z");

    /** Blanks of every kind, and what is not seen at all: they come along when an address is pasted. */
    private static final Pattern EDGES = Pattern.compile("^[\\s\\p{Z}\\p{Cf}]+|[\\s\\p{Z}\\p{Cf}]+$");

    /** No more than a guard against swapped fields: whether an address exists only a mail can tell. */
    private static final Pattern ADDRESS = Pattern.compile("[^\\s\\p{Z}\\p{Cc}\\p{Cf}@]+@[^\\s\\p{Z}\\p{Cc}\\p{Cf}@]+");

    /** These two are part of how names of some languages, and many emoji, are written. */
    private static final int ZERO_WIDTH_NON_JOINER = 0x200C;

    private static final int ZERO_WIDTH_JOINER = 0x200D;

    private Limits() {}

    /**
     * A text for people; may be empty.
     *
     * @param name how the wire calls it
     * @param text without control characters and halves of surrogate pairs, which not every log, page and database keeps, and
     *     without characters that are not seen or turn the order of others, with which one text can pass for another
     * @param most code points
     * @return the text
     */
    public static String text(String name, String text, int most) {
        int length = text.codePointCount(0, text.length());
        if (length > most) {
            throw invalid(name + " must have at most " + most + " characters, has " + length);
        }
        if (text.codePoints().anyMatch(Limits::unprintable)) {
            throw invalid(
                    name + " must not contain control characters, invisible characters or broken surrogate pairs");
        }
        return text;
    }

    private static boolean unprintable(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL, Character.SURROGATE, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR ->
                true;
            case Character.FORMAT -> codePoint != ZERO_WIDTH_NON_JOINER && codePoint != ZERO_WIDTH_JOINER;
            default -> false;
        };
    }

    /**
     * A text for programs, of at least one character.
     *
     * @param name how the wire calls it
     * @param text visible ASCII characters
     * @param most characters
     * @return the text
     */
    public static String visibleAscii(String name, String text, int most) {
        if (!isVisibleAscii(text, most)) {
            throw invalid(name + " must have 1 to " + most + " visible ASCII characters");
        }
        return text;
    }

    /**
     * Whether {@link #visibleAscii} would take a text.
     *
     * @param text any
     * @param most characters
     * @return false also for an empty one
     */
    public static boolean isVisibleAscii(String text, int most) {
        return !text.isEmpty() && text.length() <= most && text.chars().allMatch(c -> c > ' ' && c < 0x7F);
    }

    /**
     * An idempotency key, which has to fit into a header.
     *
     * @param key null for none
     * @return the key
     */
    public static @Nullable String idempotencyKey(@Nullable String key) {
        return key == null ? null : visibleAscii("Idempotency-Key", key, IDEMPOTENCY_KEY);
    }

    /**
     * An e-mail address.
     *
     * @param email as somebody typed or pasted it
     * @return without what is not seen at its ends
     */
    public static String email(String email) {
        String address = EDGES.matcher(email).replaceAll("");
        text("email", address, EMAIL);
        if (!ADDRESS.matcher(address).matches()) {
            throw invalid("email must be an address like name@example.com");
        }
        return address;
    }

    /**
     * Who holds a license.
     *
     * @param customer as given
     * @return the same with a clean address
     */
    public static Customer customer(Customer customer) {
        return new Customer(
                email(customer.email()),
                text("company", customer.company(), NAME),
                text("name", customer.name(), NAME));
    }

    /**
     * What to create.
     *
     * @param license as given
     * @return the same with a clean address
     */
    public static NewLicense newLicense(NewLicense license) {
        if (text("type", license.type(), TYPE).isBlank()) {
            throw invalid("type must be a text of 1 to " + TYPE + " characters, or absent");
        }
        return new NewLicense(
                customer(license.customer()),
                initialHours(license.hours()),
                license.type(),
                validity(license.validFor()),
                instant("expires", license.expires()));
    }

    /**
     * Time to add or deduct.
     *
     * @param hours whole milliseconds, at least one
     * @return in milliseconds
     */
    public static long hours(Duration hours) {
        // The comparison comes first: what is larger may not fit into a long.
        boolean inRange = !hours.isNegative() && hours.compareTo(Duration.ofMillis(Hours.MAX_MILLIS)) <= 0;
        if (!inRange || !hours.equals(Duration.ofMillis(hours.toMillis()))) {
            throw invalid("hours must be whole milliseconds, from 1 ms to 1000000 hours, was " + hours);
        }
        return hours(hours.toMillis());
    }

    /**
     * Time to add or deduct.
     *
     * @param millis at least 1
     * @return the same
     */
    public static long hours(long millis) {
        if (millis < 1 || millis > Hours.MAX_MILLIS) {
            throw invalid("hours must be at least half a millisecond and at most 1000000, was " + Hours.format(millis));
        }
        return millis;
    }

    /**
     * Time to begin with, which may be none.
     *
     * @param hours whole milliseconds
     * @return the same
     */
    public static Duration initialHours(Duration hours) {
        return hours.isZero() ? hours : Duration.ofMillis(hours(hours));
    }

    /**
     * How long a license serves.
     *
     * @param validFor whole days, at least one; null for none
     * @return the same
     */
    public static @Nullable Duration validity(@Nullable Duration validFor) {
        if (validFor != null
                && (validFor.compareTo(Duration.ofDays(1)) < 0
                        || validFor.compareTo(Duration.ofDays(VALIDITY_DAYS)) > 0
                        || !validFor.equals(Duration.ofDays(validFor.toDays())))) {
            throw invalid("duration_days must be a whole number from 1 to " + VALIDITY_DAYS + ", was " + validFor);
        }
        return validFor;
    }

    /**
     * How long an old key lives beside its successor.
     *
     * @param grace 0 to {@link #GRACE}
     * @return the same
     */
    public static Duration grace(Duration grace) {
        if (grace.isNegative() || grace.compareTo(GRACE) > 0) {
            throw invalid(
                    "grace must be at least 0 and at most " + GRACE.toDays() + "d, was " + grace.toSeconds() + "s");
        }
        return grace;
    }

    /**
     * An instant that somebody chose.
     *
     * @param name how the wire calls it
     * @param instant between 1970 and 9999; null for none
     * @return the same in whole milliseconds, which is how a ledger keeps it
     */
    public static @Nullable Instant instant(String name, @Nullable Instant instant) {
        if (instant == null) {
            return null;
        }
        Instant whole = instant.truncatedTo(ChronoUnit.MILLIS);
        if (whole.isBefore(EARLIEST) || whole.isAfter(LATEST)) {
            throw invalid(name + " must lie between " + EARLIEST + " and " + LATEST);
        }
        return whole;
    }

    /**
     * What a node says of all leases of a message. Each lease is judged by itself.
     *
     * @param batch as given
     * @return the same
     */
    public static UsageBatch batch(UsageBatch batch) {
        visibleAscii("node", batch.node(), NODE);
        whole("gap_ms", batch.gapMillis(), 0, GAP.toMillis());
        whole("lease_ms", batch.leaseMillis(), 1, AHEAD.toMillis());
        whole("grace_ms", batch.graceMillis(), 0, AHEAD.toMillis());
        items(batch.items().size());
        return batch;
    }

    /**
     * How many leases one message has, so that it is one bounded transaction.
     *
     * @param count of its items
     */
    public static void items(int count) {
        if (count > UsageBatch.MAX_ITEMS) {
            throw invalid("items must have at most " + UsageBatch.MAX_ITEMS + " entries, has " + count);
        }
    }

    /**
     * Which part of a history to read; its limit and order it has checked itself.
     *
     * @param query as given
     * @return the same with instants of whole milliseconds
     */
    public static HistoryQuery history(HistoryQuery query) {
        return new HistoryQuery(
                query.type(), instant("from", query.from()), instant("to", query.to()), query.limit(), query.cursor());
    }

    /**
     * What a refund or dispute takes.
     *
     * @param reversal as given
     * @return the same
     */
    public static Reversal reversal(Reversal reversal) {
        visibleAscii("purchase", reversal.purchase(), IDEMPOTENCY_KEY);
        visibleAscii("object", reversal.object(), REFERENCE);
        whole("version", reversal.version(), 0, Long.MAX_VALUE);
        whole("part", reversal.part(), 0, AMOUNT);
        whole("whole", reversal.whole(), 1, AMOUNT);
        text("reason", reversal.reason(), DESCRIPTION);
        return reversal;
    }

    private static void whole(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw invalid(name + " must be a whole number from " + least + " to " + most + ", was " + value);
        }
    }

    private static LicenseRequestException invalid(String detail) {
        return new LicenseRequestException(ErrorCode.INVALID_REQUEST, detail);
    }
}
