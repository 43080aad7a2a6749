/** Servlet filter that meters the time in which licenses are in use, and refuses when it is used up. */
module io.hourmeter.servlet {
    requires com.fasterxml.jackson.core;
    requires transitive io.hourmeter.core;
    requires transitive jakarta.servlet;
    requires static transitive org.jspecify;
    requires org.slf4j;

    exports io.hourmeter.servlet;
}
