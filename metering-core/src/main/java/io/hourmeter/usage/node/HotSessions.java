package io.hourmeter.usage.node;

import io.hourmeter.Billing;
import io.hourmeter.LicenseId;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The sessions by what a request brings: the text of its key, or the id of the license where the application supplies
 * that, and, where each session counts, the session id. Look-ups come from request threads; only {@link NodeCore} changes
 * it.
 *
 * <p>Keys and ids are kept apart: an id is no secret, and the text of one that a client sends as its key finds nothing.
 */
public final class HotSessions {

    private final Table<String> byKey;
    private final Table<LicenseId> byId;

    public HotSessions(Billing billing) {
        boolean perSession = billing == Billing.SESSION;
        this.byKey = new Table<>(perSession);
        this.byId = new Table<>(perSession);
    }

    /**
     * Counts a request in whose session is running; null when it has to take the slow path. Whoever gets a session begins a
     * {@link RunningRequest} of it.
     */
    public @Nullable Gate admit(String key, @Nullable String sessionId, long now) {
        return admitted(byKey.find(key, sessionId), now);
    }

    /** The same for a license that the application named by its id. */
    public @Nullable Gate admit(LicenseId id, @Nullable String sessionId, long now) {
        return admitted(byId.find(id, sessionId), now);
    }

    private static @Nullable Gate admitted(@Nullable Gate gate, long now) {
        return gate != null && gate.admit(now) ? gate : null;
    }

    @Nullable Session find(String key, @Nullable String sessionId) {
        return session(byKey.find(key, sessionId));
    }

    @Nullable Session find(LicenseId id, @Nullable String sessionId) {
        return session(byId.find(id, sessionId));
    }

    private static @Nullable Session session(@Nullable Gate gate) {
        return gate == null ? null : gate.session;
    }

    @Nullable Gate gate(String key, @Nullable String sessionId) {
        return byKey.find(key, sessionId);
    }

    void publish(Session session) {
        if (session.license.credential instanceof Credential.Id named) {
            byId.put(named.id(), session.gate());
        } else {
            session.eachSpelling(spelling -> publish(session, spelling));
        }
    }

    void publish(Session session, String spelling) {
        put(spelling, session.gate());
    }

    void put(String spelling, Gate gate) {
        byKey.put(spelling, gate);
    }

    void remove(Session session) {
        if (session.license.credential instanceof Credential.Id named) {
            byId.remove(named.id(), session.gate());
        } else {
            session.eachSpelling(spelling -> byKey.remove(spelling, session.gate()));
        }
    }

    /**
     * Sessions by one kind of credential.
     *
     * @param <C> what a request brings
     */
    private static final class Table<C> {

        private final ConcurrentHashMap<C, Gate> one = new ConcurrentHashMap<>();
        private final ConcurrentHashMap<C, ConcurrentHashMap<String, Gate>> many = new ConcurrentHashMap<>();
        private final boolean perSession;

        Table(boolean perSession) {
            this.perSession = perSession;
        }

        @Nullable Gate find(C credential, @Nullable String sessionId) {
            if (!perSession) {
                return one.get(credential);
            }
            if (sessionId == null) {
                return null;
            }
            ConcurrentHashMap<String, Gate> sessions = many.get(credential);
            return sessions == null ? null : sessions.get(sessionId);
        }

        void put(C credential, Gate gate) {
            if (perSession) {
                many.computeIfAbsent(credential, any -> new ConcurrentHashMap<>())
                        .put(gate.session.scope, gate);
            } else {
                one.put(credential, gate);
            }
        }

        void remove(C credential, Gate gate) {
            if (perSession) {
                many.computeIfPresent(credential, (any, sessions) -> {
                    sessions.remove(gate.session.scope, gate);
                    return sessions.isEmpty() ? null : sessions;
                });
            } else {
                one.remove(credential, gate);
            }
        }
    }
}
