package io.hourmeter.examples.springboot;

import io.hourmeter.usage.SessionInfo;
import io.hourmeter.usage.UsageTracker;
import jakarta.servlet.http.HttpServletResponse;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Answers at once, with what the filter put into the response and the tracker knows of the session. */
@RestController
class HelloController {

    private final UsageTracker tracker;

    HelloController(UsageTracker tracker) {
        this.tracker = tracker;
    }

    /**
     * The answer.
     *
     * @param license masked; null when the request passed without a key
     * @param hoursRemaining null likewise
     */
    record Hello(
            String hello,
            @Nullable String license,
            @Nullable BigDecimal hoursRemaining) {}

    @GetMapping("/api/hello")
    Hello hello(HttpServletResponse response) {
        String session = response.getHeader("X-Session-ID");
        String remaining = response.getHeader("X-Hours-Remaining");
        return new Hello(
                "world",
                session == null ? null : license(session),
                remaining == null ? null : new BigDecimal(remaining));
    }

    private @Nullable String license(String session) {
        return tracker.sessions().stream()
                .filter(open -> open.id().equals(session))
                .map(SessionInfo::license)
                .findFirst()
                .orElse(null);
    }
}
