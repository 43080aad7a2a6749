package io.hourmeter.usage;

import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The sessions by what a request brings: the text of its key and, where each session counts, its session id. Look-ups
 * come from request threads; only {@link NodeCore} changes it.
 */
final class HotSessions {

    private final ConcurrentHashMap<String, Gate> byKey = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, ConcurrentHashMap<String, Gate>> byKeyAndId = new ConcurrentHashMap<>();
    private final boolean perSession;

    HotSessions(Billing billing) {
        this.perSession = billing == Billing.SESSION;
    }

    /** Admits a request whose session is running; null when it has to take the slow path. */
    @Nullable Usage admit(String key, @Nullable String sessionId, long now) {
        Gate gate = gate(key, sessionId);
        return gate == null ? null : gate.admit(now);
    }

    @Nullable Session find(String key, @Nullable String sessionId) {
        Gate gate = gate(key, sessionId);
        return gate == null ? null : gate.session;
    }

    @Nullable Gate gate(String key, @Nullable String sessionId) {
        if (!perSession) {
            return byKey.get(key);
        }
        if (sessionId == null) {
            return null;
        }
        ConcurrentHashMap<String, Gate> ofKey = byKeyAndId.get(key);
        return ofKey == null ? null : ofKey.get(sessionId);
    }

    void publish(Session session) {
        session.eachSpelling(spelling -> publish(session, spelling));
    }

    void publish(Session session, String spelling) {
        put(spelling, session.gate());
    }

    void put(String spelling, Gate gate) {
        if (perSession) {
            byKeyAndId
                    .computeIfAbsent(spelling, key -> new ConcurrentHashMap<>())
                    .put(gate.session.scope, gate);
        } else {
            byKey.put(spelling, gate);
        }
    }

    void remove(Session session) {
        session.eachSpelling(spelling -> remove(session, spelling));
    }

    private void remove(Session session, String spelling) {
        if (perSession) {
            byKeyAndId.computeIfPresent(spelling, (key, sessions) -> {
                sessions.remove(session.scope, session.gate());
                return sessions.isEmpty() ? null : sessions;
            });
        } else {
            byKey.remove(spelling, session.gate());
        }
    }
}
