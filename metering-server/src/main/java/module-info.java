/** License server: the ledger, its HTTP port, and a client in the same process. */
@SuppressWarnings("module") // a command line is there in the runnable jar only
module io.hourmeter.server {
    requires com.fasterxml.jackson.core;
    requires com.fasterxml.jackson.databind;
    requires com.zaxxer.hikari;
    requires transitive io.hourmeter.core;
    requires java.sql;
    requires org.eclipse.jetty.http;
    requires org.eclipse.jetty.io;
    requires org.eclipse.jetty.server;
    requires org.eclipse.jetty.util;
    requires org.slf4j;
    requires org.xerial.sqlitejdbc;
    requires static ch.qos.logback.classic;
    requires static ch.qos.logback.core;
    requires static info.picocli;
    requires static transitive org.jspecify;

    exports io.hourmeter.server;

    opens io.hourmeter.server to
            info.picocli;

    provides io.hourmeter.client.LicenseClientProvider with
            io.hourmeter.server.EmbeddedLicenseClientProvider;
}
