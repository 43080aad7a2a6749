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
    public @Nullable ActiveSession admit(String key, @Nullable String sessionId, long now) {
        return admitted(byKey.find(key, sessionId), now);
    }

    /** The same for a license that the application named by its id. */
    public @Nullable ActiveSession admit(LicenseId id, @Nullable String sessionId, long now) {
        return admitted(byId.find(id, sessionId), now);
    }

    private static @Nullable ActiveSession admitted(@Nullable ActiveSession active, long now) {
        return active != null && active.admit(now) ? active : null;
    }

    @Nullable Session find(String key, @Nullable String sessionId) {
        return session(byKey.find(key, sessionId));
    }

    @Nullable Session find(LicenseId id, @Nullable String sessionId) {
        return session(byId.find(id, sessionId));
    }

    private static @Nullable Session session(@Nullable ActiveSession active) {
        return active == null ? null : active.session;
    }

    @Nullable ActiveSession active(String key, @Nullable String sessionId) {
        return byKey.find(key, sessionId);
    }

    void publish(Session session) {
        if (session.license.credential instanceof Credential.Id named) {
            byId.put(named.id(), session.active());
        } else {
            session.eachSpelling(spelling -> publish(session, spelling));
        }
    }

    void publish(Session session, String spelling) {
        put(spelling, session.active());
    }

    void put(String spelling, ActiveSession active) {
        byKey.put(spelling, active);
    }

    void remove(Session session) {
        if (session.license.credential instanceof Credential.Id named) {
            byId.remove(named.id(), session.active());
        } else {
            session.eachSpelling(spelling -> byKey.remove(spelling, session.active()));
        }
    }

    /**
     * Sessions by one kind of credential.
     *
     * @param <C> what a request brings
     */
    private static final class Table<C> {

        private final ConcurrentHashMap<C, ActiveSession> one = new ConcurrentHashMap<>();
        private final ConcurrentHashMap<C, ConcurrentHashMap<String, ActiveSession>> many = new ConcurrentHashMap<>();
        private final boolean perSession;

        Table(boolean perSession) {
            this.perSession = perSession;
        }

        @Nullable ActiveSession find(C credential, @Nullable String sessionId) {
            if (!perSession) {
                return one.get(credential);
            }
            if (sessionId == null) {
                return null;
            }
            ConcurrentHashMap<String, ActiveSession> sessions = many.get(credential);
            return sessions == null ? null : sessions.get(sessionId);
        }

        void put(C credential, ActiveSession active) {
            if (perSession) {
                many.computeIfAbsent(credential, any -> new ConcurrentHashMap<>())
                        .put(active.session.scope, active);
            } else {
                one.put(credential, active);
            }
        }

        void remove(C credential, ActiveSession active) {
            if (perSession) {
                many.computeIfPresent(credential, (any, sessions) -> {
                    sessions.remove(active.session.scope, active);
                    return sessions.isEmpty() ? null : sessions;
                });
            } else {
                one.remove(credential, active);
            }
        }
    }
}
