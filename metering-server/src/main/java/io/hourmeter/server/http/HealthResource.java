package io.hourmeter.server.http;

import java.time.Clock;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Tells whoever watches this process whether it can do its work: read and write balances. Tells nothing else. */
final class HealthResource {

    private final Supplier<Optional<String>> trouble;
    private final Clock clock;

    /**
     * Answers from a trial.
     *
     * @param trouble tries out whether the ledger can be read and written; says what is wrong, if anything is
     */
    HealthResource(Supplier<Optional<String>> trouble, Clock clock) {
        this.trouble = trouble;
        this.clock = clock;
    }

    List<Route> routes() {
        return List.of(new Route("GET", "/api/health", Permission.ANYBODY, KnownInputs.ANY, this::health));
    }

    private ApiResponse health(ApiRequest call) {
        Optional<String> reason = trouble.get();
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("status", reason.isEmpty() ? "healthy" : "unhealthy");
        members.put(
                "timestamp",
                DateTimeFormatter.ISO_INSTANT.format(clock.instant().truncatedTo(ChronoUnit.MILLIS)));
        reason.ifPresent(text -> members.put("reason", text));
        return ApiResponse.json(reason.isEmpty() ? 200 : 503, members);
    }
}
