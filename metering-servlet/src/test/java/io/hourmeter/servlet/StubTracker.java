package io.hourmeter.servlet;

import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.usage.Admission;
import io.hourmeter.usage.Granted;
import io.hourmeter.usage.Refused;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Admits every well-formed key and every id, and keeps count of what runs. */
final class StubTracker implements Admitter {

    static final String KEY = "RL-AAAA2222-BBBB3333-CCCC4444";
    static final String OTHER_KEY = "RL-DDDD5555-EEEE6666-FFFF7777";
    private static final long HOUR = 3_600_000;
    static final String SESSION = "session-0123456789";

    final List<String> keys = new CopyOnWriteArrayList<>();
    final List<LicenseId> ids = new CopyOnWriteArrayList<>();
    final List<String> sessions = new CopyOnWriteArrayList<>();
    final List<String> addresses = new CopyOnWriteArrayList<>();
    final List<Runnable> timeUp = new CopyOnWriteArrayList<>();
    volatile long remainingMillis = HOUR;
    final AtomicInteger running = new AtomicInteger();
    final AtomicInteger finished = new AtomicInteger();
    volatile BiFunction<String, @Nullable String, Admission> answer = this::byShape;

    @Override
    public Admission admit(String licenseKey, @Nullable String sessionId, @Nullable String clientAddress) {
        keys.add(licenseKey);
        addresses.add(String.valueOf(clientAddress));
        sessions.add(String.valueOf(sessionId));
        return answer.apply(licenseKey, sessionId);
    }

    @Override
    public Admission admit(LicenseId license, @Nullable String sessionId) {
        ids.add(license);
        sessions.add(String.valueOf(sessionId));
        return new Use();
    }

    Admission byShape(String key, @Nullable String session) {
        return LicenseKey.parse(key).isPresent() ? new Use() : new Refused(ErrorCode.INVALID_LICENSE, 0, null);
    }

    void reset() {
        keys.clear();
        ids.clear();
        sessions.clear();
        addresses.clear();
        timeUp.clear();
        remainingMillis = HOUR;
        finished.set(0);
        answer = this::byShape;
    }

    private final class Use implements Granted {

        private final AtomicBoolean open = new AtomicBoolean(true);

        Use() {
            running.incrementAndGet();
        }

        @Override
        public String sessionId() {
            return SESSION;
        }

        @Override
        public long remainingMillis() {
            return remainingMillis;
        }

        @Override
        public String hoursRemaining() {
            return "1.000000";
        }

        @Override
        public boolean keepAlive() {
            return open.get();
        }

        @Override
        public void onExhausted(Runnable action) {
            timeUp.add(action);
        }

        @Override
        public void close() {
            if (open.compareAndSet(true, false)) {
                running.decrementAndGet();
                finished.incrementAndGet();
            }
        }
    }
}
