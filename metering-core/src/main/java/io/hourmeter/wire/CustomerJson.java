package io.hourmeter.wire;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.hourmeter.Customer;
import org.jspecify.annotations.Nullable;

/**
 * Who holds a license.
 *
 * @param email address
 * @param company may be empty
 * @param name may be empty
 */
public record CustomerJson(
        @JsonProperty("email") @Nullable String email,
        @JsonProperty("company") @Nullable String company,
        @JsonProperty("name") @Nullable String name) {

    /**
     * What is sent of a customer.
     *
     * @param customer any
     * @return the message
     */
    public static CustomerJson of(Customer customer) {
        return new CustomerJson(customer.email(), customer.company(), customer.name());
    }

    /**
     * What was received.
     *
     * @param asked what holds where the server does not repeat it
     * @return the customer
     */
    public Customer toCustomer(Customer asked) {
        return new Customer(
                email == null ? asked.email() : email,
                company == null ? asked.company() : company,
                name == null ? asked.name() : name);
    }
}
