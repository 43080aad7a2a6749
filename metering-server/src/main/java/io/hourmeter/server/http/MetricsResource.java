package io.hourmeter.server.http;

import java.util.List;
import java.util.function.LongSupplier;

/** Figures about the process for whoever watches it, in the text format of Prometheus. Names no license and no customer. */
final class MetricsResource {

    private static final String MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    /** What a figure does. */
    enum Kind {
        /** Goes up and down. */
        GAUGE,
        /** Only goes up, from the start of the process on. */
        COUNTER
    }

    /**
     * One figure.
     *
     * @param name as it is published
     * @param help one sentence
     * @param value as it is now
     */
    record Metric(String name, Kind kind, String help, LongSupplier value) {}

    private final List<Metric> metrics;

    MetricsResource(List<Metric> metrics) {
        this.metrics = List.copyOf(metrics);
    }

    List<Route> routes() {
        return List.of(new Route("GET", "/metrics", Permission.ADMIN, KnownInputs.ANY, call -> answer()));
    }

    private ApiResponse answer() {
        StringBuilder text = new StringBuilder();
        for (Metric metric : metrics) {
            String kind = metric.kind() == Kind.GAUGE ? "gauge" : "counter";
            text.append("# HELP ").append(metric.name()).append(' ').append(metric.help());
            text.append("\n# TYPE ").append(metric.name()).append(' ').append(kind);
            text.append('\n').append(metric.name()).append(' ');
            text.append(metric.value().getAsLong()).append('\n');
        }
        return ApiResponse.text(MEDIA_TYPE, text.toString());
    }
}
