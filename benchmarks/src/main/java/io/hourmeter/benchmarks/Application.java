package io.hourmeter.benchmarks;

import jakarta.servlet.http.HttpServlet;
import java.util.Locale;
import java.util.function.Supplier;

/** What a {@link LoadServer} serves, behind a filter or without one. */
enum Application {
    /** A few bytes that cost nothing: nobody sells that, and nothing else shows as much of what a filter costs. */
    HELLO("\r\n\r\n" + HelloServlet.BODY, HelloServlet::new),
    /** A page as applications make them: one query of a database, sorted, escaped and put into HTML. */
    PAGE(PageServlet.END, PageServlet::new);

    private final String end;
    private final Supplier<HttpServlet> servlet;

    Application(String end, Supplier<HttpServlet> servlet) {
        this.end = end;
        this.servlet = servlet;
    }

    /** The last characters of an answer, head and body, which stand nowhere else in it. */
    String end() {
        return end;
    }

    HttpServlet servlet() {
        return servlet.get();
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
