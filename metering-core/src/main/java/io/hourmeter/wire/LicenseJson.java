package io.hourmeter.wire;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import io.hourmeter.Customer;
import io.hourmeter.License;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseStatus;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A license. The members of {@link BalanceJson} stand beside these, and {@code customer} where the caller may know.
 *
 * @param id the public one
 * @param key masked; in full in the answer to its creation
 * @param type free text
 * @param status in lower case
 * @param created when
 * @param expires when it no longer serves
 */
public record LicenseJson(
        @JsonProperty("id") @Nullable String id,
        @JsonProperty("key") @Nullable String key,
        @JsonProperty("type") @Nullable String type,
        @JsonProperty("status") @Nullable String status,
        @JsonProperty("created") @Nullable Instant created,
        @JsonProperty("expires") @Nullable Instant expires) {

    /** What stands beside the license for those who may know. */
    record Held(@JsonProperty("customer") @Nullable CustomerJson customer) {}

    private static LicenseJson of(License license, String key) {
        return new LicenseJson(
                license.id() == null ? null : license.id().value(),
                key,
                license.type(),
                license.status().name().toLowerCase(Locale.ROOT),
                license.created(),
                license.expires());
    }

    /**
     * What is sent of a license.
     *
     * @param license any
     * @return its members, the key masked
     */
    public static Map<String, Object> masked(License license) {
        return Json.members(of(license, license.maskedKey()), BalanceJson.of(license.balance()));
    }

    /**
     * What is sent to those who may know its customer.
     *
     * @param license any
     * @param customer who holds it
     * @return its members, the key masked
     */
    public static Map<String, Object> masked(License license, Customer customer) {
        return Json.members(
                of(license, license.maskedKey()),
                BalanceJson.of(license.balance()),
                new Held(CustomerJson.of(customer)));
    }

    /**
     * What is sent of a license with a new key.
     *
     * @param license any
     * @param key the secret, shown this once
     * @return its members
     */
    public static Map<String, Object> withKey(License license, LicenseKey key) {
        return Json.members(of(license, key.text()), BalanceJson.of(license.balance()));
    }

    /**
     * What is sent of a license just created.
     *
     * @param license any
     * @param key the secret, shown this once
     * @param customer who holds it
     * @return its members
     */
    public static Map<String, Object> created(License license, LicenseKey key, Customer customer) {
        return Json.members(
                of(license, key.text()), BalanceJson.of(license.balance()), new Held(CustomerJson.of(customer)));
    }

    /**
     * What was received.
     *
     * @param node the license's members
     * @param maskedKey for a server that does not mask the key itself
     * @param now stamp for a server that gives none
     * @return the license
     * @throws MalformedAnswerException if it is none
     */
    public static License read(JsonNode node, String maskedKey, Instant now) {
        LicenseJson json = Json.read(required(node), LicenseJson.class);
        return new License(
                json.licenseId(),
                json.key != null && json.key.endsWith("…") ? json.key : maskedKey,
                json.type == null ? "" : json.type,
                json.licenseStatus(),
                json.created,
                json.expires,
                Json.read(node, BalanceJson.class).toBalance(now));
    }

    /**
     * The key of a license just created.
     *
     * @param node the license's members
     * @return the secret
     * @throws MalformedAnswerException if there is none
     */
    public static LicenseKey key(JsonNode node) {
        return LicenseKey.parse(Json.read(required(node), LicenseJson.class).key)
                .orElseThrow(() -> new MalformedAnswerException("the answer to a creation has no license key"));
    }

    /**
     * The customer of a license just created.
     *
     * @param node the license's members
     * @param asked what holds where the server does not repeat it
     * @return the customer
     * @throws MalformedAnswerException if it is none
     */
    public static Customer customer(JsonNode node, Customer asked) {
        CustomerJson customer = Json.read(required(node), Held.class).customer;
        return customer == null ? asked : customer.toCustomer(asked);
    }

    private static JsonNode required(JsonNode node) {
        if (!node.isObject()) {
            throw new MalformedAnswerException("the answer has no license");
        }
        return node;
    }

    private @Nullable LicenseId licenseId() {
        return id == null || !LicenseId.isId(id) ? null : new LicenseId(id);
    }

    /** Older servers have words of their own, and say with {@code validate} whether a license serves. */
    private LicenseStatus licenseStatus() {
        return switch (status == null ? "" : status.toLowerCase(Locale.ROOT)) {
            case "suspended", "inactive", "disabled" -> LicenseStatus.SUSPENDED;
            case "revoked" -> LicenseStatus.REVOKED;
            default -> LicenseStatus.ACTIVE;
        };
    }
}
