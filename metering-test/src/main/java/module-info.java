/** What a host application's tests need: a license server with its ledger, clocks to step, and a stand-in for Stripe. */
module io.hourmeter.test {
    requires transitive io.hourmeter.core;
    requires io.hourmeter.server;
    requires java.net.http;
    requires jdk.httpserver;
    requires org.slf4j;
    requires static transitive org.jspecify;
    requires static transitive org.junit.jupiter.api;

    exports io.hourmeter.test;
    exports io.hourmeter.test.stripe;

    provides io.hourmeter.internal.TimeSource with
            io.hourmeter.test.internal.TestClock;
}
