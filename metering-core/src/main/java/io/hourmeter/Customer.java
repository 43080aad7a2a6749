package io.hourmeter;

/**
 * Who holds a license.
 *
 * @param email address, as given
 * @param company may be empty
 * @param name may be empty
 */
public record Customer(String email, String company, String name) {}
