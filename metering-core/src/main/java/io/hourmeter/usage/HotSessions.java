package io.hourmeter.usage;

import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The sessions by what a request brings: the text of its key and, where each session counts, its session id. Look-ups
 * come from request threads; only {@link NodeCore} changes it.
 */
final class HotSessions {

    private final ConcurrentHashMap<String, Session> byKey = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, ConcurrentHashMap<String, Session>> byKeyAndId = new ConcurrentHashMap<>();
    private final boolean perSession;

    HotSessions(Billing billing) {
        this.perSession = billing == Billing.SESSION;
    }

    @Nullable Session find(String key, @Nullable String sessionId) {
        if (!perSession) {
            return byKey.get(key);
        }
        if (sessionId == null) {
            return null;
        }
        ConcurrentHashMap<String, Session> ofKey = byKeyAndId.get(key);
        return ofKey == null ? null : ofKey.get(sessionId);
    }

    void publish(Session session) {
        for (String spelling : session.spellings) {
            publish(session, spelling);
        }
    }

    void publish(Session session, String spelling) {
        if (perSession) {
            byKeyAndId
                    .computeIfAbsent(spelling, key -> new ConcurrentHashMap<>())
                    .put(session.id, session);
        } else {
            byKey.put(spelling, session);
        }
    }

    void remove(Session session) {
        for (String spelling : session.spellings) {
            if (perSession) {
                byKeyAndId.computeIfPresent(spelling, (key, sessions) -> {
                    sessions.remove(session.id, session);
                    return sessions.isEmpty() ? null : sessions;
                });
            } else {
                byKey.remove(spelling, session);
            }
        }
    }
}
