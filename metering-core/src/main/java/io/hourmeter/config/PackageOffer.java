package io.hourmeter.config;

import java.math.BigDecimal;

/**
 * A package of hours on offer ({@code payment.packages}).
 *
 * @param id unique among the packages
 * @param hours decimal hours, above 0
 * @param price in major units of the currency, above 0
 * @param name what the customer reads
 */
public record PackageOffer(String id, BigDecimal hours, BigDecimal price, String name) {}
