package io.hourmeter.benchmarks;

import jakarta.servlet.http.HttpServlet;
import java.util.Locale;

/** What a {@link LoadServer} serves, behind a filter or without one. */
enum Application {
    /** A few bytes that cost nothing: nobody sells that, and nothing else shows as much of what a filter costs. */
    HELLO("{\"hello\":\"world\"}"),
    /** A page as applications make them: one query of a database, sorted, escaped and put into HTML. */
    PAGE(PageServlet.END);

    private final String end;

    Application(String end) {
        this.end = end;
    }

    /** The last characters of an answer, which stand nowhere else in it. */
    String end() {
        return end;
    }

    HttpServlet servlet() {
        return switch (this) {
            case HELLO -> new HelloServlet(end);
            case PAGE -> new PageServlet();
        };
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
