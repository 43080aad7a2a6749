package io.hourmeter.client;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is known about the age of the license server, and the lines in the log that say so. Thread-safe. */
final class Generation {

    private static final Logger LOG = LoggerFactory.getLogger(Generation.class);

    private final String server;

    /** {@code POST /api/usage}. */
    private final Capability usage;

    /** {@code POST /api/licenses/lookup}. */
    private final Capability lookup;

    Generation(ClientClock clock, String server) {
        this.server = server;
        this.usage = new Capability(clock);
        this.lookup = new Capability(clock);
    }

    Capability usage() {
        return usage;
    }

    Capability lookup() {
        return lookup;
    }

    /** One of the newer calls was answered. */
    void newer() {
        boolean wasOlder = usage.absent();
        lookup.setPresent();
        if (usage.setPresent() && wasOlder) {
            LOG.info("License server {} has been upgraded and is used with all guarantees from now on", server);
        }
    }

    /** {@code POST /api/usage} is not there, and {@code validate} is. */
    void older(int status) {
        lookup.setAbsent();
        if (usage.setAbsent()) {
            LOG.warn(
                    "License server {} is an older one: POST /api/usage answered {}. Working with validate, hours and"
                            + " usage alone, which is weaker: use by several nodes adds up and may exceed the balance,"
                            + " use that is unreported when this process dies is not charged, license keys stand in"
                            + " URLs, adding hours is not protected against repetition. Asked again every 10 minutes",
                    server,
                    status);
        }
    }

    /** The look-up is not there. What that means for metering only {@code POST /api/usage} can tell. */
    void withoutLookup(int status) {
        if (lookup.setAbsent()) {
            LOG.warn(
                    "License server {} has no look-up of license keys (it answered {}), so keys stand in URLs",
                    server,
                    status);
        }
    }
}
