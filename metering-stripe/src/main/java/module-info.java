/** Selling hours: Stripe Checkout, payments servlet and page. */
module io.hourmeter.stripe {
    // Not used here: stripe-java is an automatic module and cannot say that it needs it.
    requires com.google.gson;
    requires com.fasterxml.jackson.databind;
    requires com.stripe;
    requires transitive io.hourmeter.core;
    requires transitive jakarta.servlet;
    requires org.slf4j;
    requires static micrometer.core;
    requires static transitive org.jspecify;

    exports io.hourmeter.stripe;
    exports io.hourmeter.stripe.web;
}
