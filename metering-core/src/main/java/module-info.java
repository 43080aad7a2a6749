/** Usage tracker, license-server client and configuration of Hourmeter. */
@SuppressWarnings("module") // the modules that may use the internal packages are built after this one
module io.hourmeter.core {
    requires com.fasterxml.jackson.annotation;
    requires com.fasterxml.jackson.core;
    requires com.fasterxml.jackson.databind;
    requires com.github.benmanes.caffeine;
    // OkHttp, which is part of the jar, needs these two.
    requires java.logging;
    requires kotlin.stdlib;
    requires org.slf4j;
    requires static micrometer.core;
    requires static transitive org.jspecify;

    exports io.hourmeter;
    exports io.hourmeter.client;
    exports io.hourmeter.config;
    exports io.hourmeter.usage;
    exports io.hourmeter.internal to
            io.hourmeter.servlet,
            io.hourmeter.stripe,
            io.hourmeter.server,
            io.hourmeter.test;
    exports io.hourmeter.wire to
            io.hourmeter.servlet,
            io.hourmeter.stripe,
            io.hourmeter.server,
            io.hourmeter.test;

    // Jackson reads and writes the records there.
    opens io.hourmeter.wire to
            com.fasterxml.jackson.databind;

    uses io.hourmeter.client.LicenseClientProvider;
    uses io.hourmeter.internal.TimeSource;
}
