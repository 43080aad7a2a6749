package io.hourmeter;

/**
 * A license just created. This is the only moment at which its key can be read.
 *
 * @param key the secret for the customer
 * @param license the account
 * @param customer who holds it
 * @param repeated true when an earlier call with the same idempotency key had created it already
 */
public record CreatedLicense(LicenseKey key, License license, Customer customer, boolean repeated) {}
