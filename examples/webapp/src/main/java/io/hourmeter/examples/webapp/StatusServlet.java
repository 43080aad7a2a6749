package io.hourmeter.examples.webapp;

import io.hourmeter.servlet.MeteringFilter;
import io.hourmeter.usage.SessionInfo;
import io.hourmeter.usage.UsageTracker;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Tells what the filter knows about the request; all null for one that passed without a key. */
final class StatusServlet extends HttpServlet {

    private static final long serialVersionUID = 1L;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String session = response.getHeader("X-Session-ID");
        String remaining = response.getHeader("X-Hours-Remaining");
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("status", "ok");
        members.put("license", session == null ? null : license(session));
        members.put("session", session);
        members.put("hours_remaining", remaining == null ? null : new BigDecimal(remaining));
        Replies.json(response, members);
    }

    /** Where the key stood in the request is the filter's business; the tracker knows whose session it is. */
    private @Nullable String license(String session) {
        UsageTracker tracker = (UsageTracker) getServletContext().getAttribute(MeteringFilter.TRACKER_ATTRIBUTE);
        if (tracker == null) {
            return null; // the application is ending
        }
        return tracker.sessions().stream()
                .filter(open -> open.id().equals(session))
                .map(SessionInfo::license)
                .findFirst()
                .orElse(null);
    }
}
