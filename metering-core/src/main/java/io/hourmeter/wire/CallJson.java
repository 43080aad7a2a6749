package io.hourmeter.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.hourmeter.CreditKind;
import io.hourmeter.NewLicense;
import io.hourmeter.Reversal;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What callers send to a license server, but for the usage message. The server reads it member by member, since a fault is
 * answered with the member's name, what is allowed and what was given; which members there are it takes from here.
 */
public final class CallJson {

    private CallJson() {}

    /**
     * The names that a message has on the wire.
     *
     * @param message a record of this class
     * @return in order
     */
    public static List<String> names(Class<? extends Record> message) {
        return Arrays.stream(message.getRecordComponents()).map(CallJson::name).toList();
    }

    private static String name(RecordComponent component) {
        return Objects.requireNonNull(component.getAccessor().getAnnotation(JsonProperty.class))
                .value();
    }

    /** {@code POST /api/licenses}. */
    public record Create(
            @JsonProperty("email") String email,
            @JsonProperty("company") String company,
            @JsonProperty("name") String name,
            @JsonProperty("hours") DecimalHours hours,
            @JsonProperty("type") String type,

            @JsonProperty("duration_days") @JsonInclude(Include.NON_NULL) @Nullable Long days,

            @JsonProperty("expires") @JsonInclude(Include.NON_NULL) @Nullable String expires) {

        /**
         * What to create.
         *
         * @param license within the limits of hours and validity, since the wire has no place for more
         * @return the message
         */
        public static Create of(NewLicense license) {
            Duration validFor = Limits.validity(license.validFor());
            Instant expires = license.expires();
            return new Create(
                    license.customer().email(),
                    license.customer().company(),
                    license.customer().name(),
                    new DecimalHours(Limits.initialHours(license.hours()).toMillis()),
                    license.type(),
                    validFor == null ? null : validFor.toDays(),
                    // With all its digits, whatever they are: the server says what it takes.
                    expires == null ? null : expires.toString());
        }
    }

    /** {@code POST /api/licenses/lookup}. */
    public record LookUp(@JsonProperty("license_key") String key) {}

    /** {@code POST …/hours}. */
    public record Credit(
            @JsonProperty("hours") DecimalHours hours,

            @JsonProperty("kind") @JsonInclude(Include.NON_NULL) @Nullable String kind,

            @JsonProperty("reference") @JsonInclude(Include.NON_EMPTY)
            String reference,

            @JsonProperty("description") @JsonInclude(Include.NON_EMPTY)
            String description) {

        /**
         * What to add.
         *
         * @param hours within the limits
         * @param kind null for the usual kind
         * @param reference may be empty
         * @param description may be empty
         * @return the message
         */
        public static Credit of(Duration hours, @Nullable CreditKind kind, String reference, String description) {
            return new Credit(
                    new DecimalHours(Limits.hours(hours)),
                    kind == null ? null : kind.name().toLowerCase(Locale.ROOT),
                    reference,
                    description);
        }
    }

    /** {@code POST …/usage}. */
    public record Debit(@JsonProperty("hours") DecimalHours hours) {

        /**
         * What to deduct.
         *
         * @param hours within the limits
         * @return the message
         */
        public static Debit of(Duration hours) {
            return new Debit(new DecimalHours(Limits.hours(hours)));
        }
    }

    /** {@code POST …/reversals}. */
    public record Reverse(
            @JsonProperty("purchase") String purchase,
            @JsonProperty("object") String object,
            @JsonProperty("version") long version,
            @JsonProperty("part") long part,
            @JsonProperty("whole") long whole,
            @JsonProperty("reason") String reason) {

        /**
         * What a refund or dispute takes.
         *
         * @param reversal any
         * @return the message
         */
        public static Reverse of(Reversal reversal) {
            return new Reverse(
                    reversal.purchase(),
                    reversal.object(),
                    reversal.version(),
                    reversal.part(),
                    reversal.whole(),
                    reversal.reason());
        }
    }

    /** {@code PATCH …}. */
    public record Change(
            @JsonProperty("status") @Nullable String status,
            @JsonProperty("expires") @Nullable String expires) {}

    /** {@code POST …/rotate}. */
    public record Rotate(@JsonProperty("grace") @Nullable String grace) {}
}
