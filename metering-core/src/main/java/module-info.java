/** Usage tracker, license-server client and configuration of Hourmeter. */
module io.hourmeter.core {
    requires com.fasterxml.jackson.databind;
    requires com.github.benmanes.caffeine;
    requires kotlin.stdlib;
    requires okhttp3;
    requires org.slf4j;
    requires static micrometer.core;
    requires static transitive org.jspecify;

    exports io.hourmeter;
    exports io.hourmeter.client;
    exports io.hourmeter.config;
    exports io.hourmeter.usage;

    uses io.hourmeter.client.LicenseClientProvider;
}
