package io.hourmeter.server.http;

import io.hourmeter.server.ledger.Ledger;
import java.time.Clock;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Tells whoever watches this process whether it can serve. */
final class HealthResource {

    private final Ledger ledger;
    private final Clock clock;

    HealthResource(Ledger ledger, Clock clock) {
        this.ledger = ledger;
        this.clock = clock;
    }

    List<Route> routes() {
        return List.of(new Route("GET", "/api/health", Permission.ANYBODY, Inputs.ANY, this::health));
    }

    private Answer health(Call call) {
        boolean healthy = ledger.healthy();
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("status", healthy ? "healthy" : "unhealthy");
        members.put(
                "timestamp",
                DateTimeFormatter.ISO_INSTANT.format(clock.instant().truncatedTo(ChronoUnit.MILLIS)));
        members.put("store", healthy ? "reachable" : "unreachable");
        return Answer.json(healthy ? 200 : 503, members);
    }
}
