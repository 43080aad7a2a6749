package io.hourmeter.stripe;

import io.hourmeter.Balance;
import io.hourmeter.LicenseId;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the application that hours were credited, so that a refused customer is served again at once. Thread-safe. */
final class Credits {

    private static final Logger LOG = LoggerFactory.getLogger(Credits.class);

    private final BiConsumer<LicenseId, Balance> listener;

    Credits(BiConsumer<LicenseId, Balance> listener) {
        this.listener = listener;
    }

    /**
     * Tells of a credit, also of one that somebody else got to first: that may have been another process, whose tracker is
     * not ours. A listener that fails changes nothing.
     */
    void tell(Fulfilled fulfilled) {
        LicenseId license = fulfilled.license();
        Balance balance = fulfilled.balance();
        if (!fulfilled.credited() || license == null || balance == null) {
            return;
        }
        try {
            listener.accept(license, balance);
        } catch (RuntimeException e) {
            LOG.warn("The application failed to hear of a credit to {}", license, e);
        }
    }
}
