package io.hourmeter.client;

import io.hourmeter.client.Outcome.Failure;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says that the license server does not accept the token. To the tracker that is an outage like any other: if it looked
 * like a wrong license key, customers would be told that theirs is invalid.
 */
final class TokenAlarm {

    private static final Logger LOG = LoggerFactory.getLogger(TokenAlarm.class);
    private static final long INTERVAL_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final ClientClock clock;
    private final String server;
    private final boolean hasToken;
    private final AtomicLong next;

    TokenAlarm(ClientClock clock, String server, boolean hasToken) {
        this.clock = clock;
        this.server = server;
        this.hasToken = hasToken;
        this.next = new AtomicLong(clock.nanos());
    }

    /** Logs once a minute when this is what happened. */
    void look(Failure failure) {
        if (!failure.tokenRefused()) {
            return;
        }
        long now = clock.nanos();
        long due = next.get();
        if (now - due >= 0 && next.compareAndSet(due, now + INTERVAL_NANOS)) {
            LOG.warn(
                    "License server {} refuses {} ({}): use cannot be reported until license.server.token is right",
                    server,
                    hasToken ? "the token" : "a call without a token",
                    failure.message());
        }
    }
}
