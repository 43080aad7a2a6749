/** Selling hours: payments servlet and page. */
module io.hourmeter.stripe {
    requires io.hourmeter.core;
    requires transitive jakarta.servlet;
    requires org.slf4j;
    requires static transitive org.jspecify;

    exports io.hourmeter.stripe.web;
}
