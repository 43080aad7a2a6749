package io.hourmeter.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a license server answers beside licenses, balances and histories. Older clients want {@code success}. */
public final class AnswerJson {

    /** Before the members of what was asked for. */
    public static final Success SUCCESS = new Success(true);

    private AnswerJson() {}

    /** That it was done. */
    public record Success(@JsonProperty("success") boolean success) {}

    /** A license, by the members of {@link LicenseJson}. */
    public record Licensed(@JsonProperty("license") Map<String, Object> license) {}

    /** A page of a list of licenses. */
    public record Licenses(
            @JsonProperty("licenses") List<Map<String, Object>> licenses,
            @JsonProperty("next") @Nullable String next) {}

    /** Whether a license would be served. */
    public record Valid(@JsonProperty("valid") boolean valid) {}

    /** When the keys end that a license had until now. */
    public record Rotated(@JsonProperty("old_key_ends") Instant oldKeyEnds) {}

    /** What a credit added. */
    public record Added(
            @JsonProperty("hours_added") @Nullable DecimalHours hours) {}

    /** What of a credit was owed and is paid, where something was. */
    public record Collected(
            @JsonProperty("collected_hours") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable DecimalHours hours) {

        /**
         * What was received.
         *
         * @return at least 0
         */
        public long millis() {
            return hours == null ? 0 : Math.max(0, hours.millis());
        }
    }

    /** What was deducted. */
    public record Deducted(
            @JsonProperty("hours_deducted") @Nullable DecimalHours hours) {}

    /**
     * What a member says that must be there.
     *
     * @param name of the member
     * @param hours as received
     * @return in milliseconds
     * @throws MalformedAnswerException if it is not there
     */
    public static long millis(String name, @Nullable DecimalHours hours) {
        if (hours == null) {
            throw new MalformedAnswerException("the answer's " + name + " is not a number of hours");
        }
        return hours.millis();
    }
}
