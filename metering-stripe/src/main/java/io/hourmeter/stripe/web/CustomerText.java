package io.hourmeter.stripe.web;

import io.hourmeter.Hours;

/**
 * Every sentence that a customer can read in an answer of {@code /payments/*}: the {@code message} of a problem, and what
 * stands on the way back from Stripe. No sentence is put together from an exception, so no address, setting, class or id
 * can get into one; what a customer cannot change is {@link #NOT_AVAILABLE}, and the log says why.
 */
enum CustomerText {

    /** Whatever went wrong inside. */
    NOT_AVAILABLE("This is not available now. Please try again later."),
    NOTHING_HERE("There is nothing at this address."),
    NOT_UNDERSTOOD("This request was not understood."),
    OTHER_SITE("This was asked by a page of another site. Open the page of this site and try again there."),

    KEY_MISSING("Enter your license key."),
    KEYS_DIFFER("Two license keys were sent that differ. Use one of them."),
    KEY_UNKNOWN("No license has this key. Check it for typing errors."),
    LICENSE_UNKNOWN("There is no license for your account."),
    LICENSE_INACTIVE("This license is not active."),
    LICENSE_EXPIRED("This license has expired."),
    LOOK_UP_LATER("This cannot be looked up at the moment. Nothing is lost. Please try again in a minute."),

    BUYING_OFF("Hours cannot be bought here at the moment."),
    BUYING_LATER("Nothing can be bought at the moment, and nothing was charged. Please try again in a minute."),
    ORDER_EMPTY("Choose a package or a number of hours."),
    PACKAGE_GONE("This package is not on offer any more. Load the page again to see what is."),
    HOURS_OUT_OF_RANGE("So many hours cannot be bought at once. Choose another number."),
    COSTS_TOO_LITTLE("These hours cost less than can be paid. Choose more."),
    COSTS_TOO_MUCH("These hours cost more than can be paid at once. Choose fewer."),

    SIGN_UP_OFF("New licenses are not given out here."),
    SIGN_UP_ADDRESS("Enter an e-mail address like name@example.com."),
    SIGN_UP_NAME("Name and company can have 200 characters each, and no control characters."),
    SIGN_UP_LATER("Many licenses were created from your network lately. Please try again later."),

    REMEMBER_OFF("This site does not remember keys."),

    CREDITED_TITLE("Thank you"),
    CREDITED("Your hours were added."),
    PENDING_TITLE("Your hours are on their way"),
    PENDING("Your bank has not confirmed the payment yet. The hours follow by themselves when it does."),
    HOURS_FOLLOW("Your payment has arrived. The hours follow by themselves within minutes."),
    NOT_PAID_TITLE("Not paid"),
    NOT_PAID("This purchase is not paid, and nothing was charged."),
    REFUSED_TITLE("This purchase needs a look"),
    REFUSED("No hours were added, because this is not what was ordered. The seller has been told."),
    UNKNOWN_TITLE("No such purchase"),
    UNKNOWN("This address shows no purchase. If you have paid, your hours are added by themselves, within minutes."),
    UNAVAILABLE_TITLE("One moment"),
    UNAVAILABLE(
            "It cannot be seen at the moment whether this is paid. Nothing is lost: the hours follow by themselves."),
    CANCELLED_TITLE("Nothing was bought"),
    CANCELLED("You turned back, and nothing was charged.");

    private static final long SECOND_MILLIS = 1_000;

    private final String text;

    CustomerText(String text) {
        this.text = text;
    }

    String text() {
        return text;
    }

    /** The sentence after a credit, with the new balance where it is known. */
    static String credited(long millis) {
        return hours(millis) + (millis == Hours.MILLIS_PER_HOUR ? " was added." : " were added.");
    }

    /** What went of it at once into time that was owed; nothing where that is less than a second. */
    static String collected(long millis) {
        return millis < SECOND_MILLIS
                ? ""
                : " " + time(millis) + " of that went into time that you had used before and that was not paid yet.";
    }

    static String newBalance(long millis) {
        return " Your balance is now " + time(millis) + ".";
    }

    /** As hours are sold: {@code 2.5 hours}; what is no quarter of an hour as time. */
    private static String hours(long millis) {
        if (millis % (Hours.MILLIS_PER_HOUR / 4) != 0) {
            return time(millis);
        }
        return Hours.format(millis) + (millis == Hours.MILLIS_PER_HOUR ? " hour" : " hours");
    }

    /** {@code 10 h 59 min}; seconds where there are no hours. */
    static String time(long millis) {
        long seconds = Math.abs(millis / SECOND_MILLIS);
        long minutes = seconds / 60;
        StringBuilder text = new StringBuilder(millis < 0 && seconds > 0 ? "−" : "");
        int begin = text.length();
        append(text, begin, minutes / 60, "h");
        append(text, begin, minutes % 60, "min");
        if (minutes < 60) {
            append(text, begin, seconds % 60, "s");
        }
        return text.length() == begin ? "0 min" : text.toString();
    }

    private static void append(StringBuilder text, int begin, long count, String unit) {
        if (count > 0) {
            text.append(text.length() > begin ? " " : "")
                    .append(count)
                    .append(' ')
                    .append(unit);
        }
    }
}
