package io.hourmeter.usage;

import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseRef;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Meters the time in which licenses are in use. One per application. */
public final class UsageTracker implements AutoCloseable {

    private UsageTracker() {}

    /** Begins a tracker on a license server. */
    public static Builder builder(LicenseClient client) {
        throw new UnsupportedOperationException("not built yet: " + client);
    }

    /** Admits use by the license with this key, joining or starting a session. */
    public Admission admit(String licenseKey) {
        return admit(licenseKey, null);
    }

    /** Admits use, continuing the session that the client brought back, if it is one of this license. */
    public Admission admit(String licenseKey, @Nullable String sessionId) {
        throw new UnsupportedOperationException("not built yet: " + licenseKey + sessionId);
    }

    /** The sessions open on this node. */
    public List<SessionInfo> sessions() {
        return List.of();
    }

    /** Ends a session at once and deducts the rest. Returns whether there was one. */
    public boolean endSession(String sessionId) {
        return false;
    }

    /** Reports the open use of a license now, so that its balance can be read to the last second. Bounded; never throws. */
    public void report(LicenseRef license) {}

    /** Forgets refusals of a license and renews its leases at once: time was added. */
    public void credited(LicenseRef license) {}

    @Override
    public void close() {}

    /** Settings of a tracker. */
    public static final class Builder {
        private Builder() {}

        /** How often used time is reported. */
        public Builder checkInterval(Duration interval) {
            return this;
        }

        /** A longer pause ends the session at the last activity. */
        public Builder idleTimeout(Duration timeout) {
            return this;
        }

        /** A session counts at least this long. */
        public Builder minimum(Duration minimum) {
            return this;
        }

        /** What time is unioned over. */
        public Builder billing(Billing billing) {
            return this;
        }

        /** How far ahead a node may serve. */
        public Builder lease(Duration lease) {
            return this;
        }

        /** Longest time one request may bill. */
        public Builder requestLimit(Duration limit) {
            return this;
        }

        /** How long the first request of a scope waits for the license server at most. */
        public Builder timeout(Duration timeout) {
            return this;
        }

        /** Folder of the crash journal; null for none. */
        public Builder journal(@Nullable Path folder) {
            return this;
        }

        /** Pause between checkpoints. */
        public Builder journalInterval(Duration interval) {
            return this;
        }

        /** What happens when the server cannot be reached. */
        public Builder outagePolicy(OutagePolicy policy) {
            return this;
        }

        /** The most time served offline, per license and node. */
        public Builder outageGrace(Duration grace) {
            return this;
        }

        /** Balances at which the listener is told that hours are low. */
        public Builder lowThresholds(List<Duration> thresholds) {
            return this;
        }

        /** Is told what happens. */
        public Builder listener(MeteringListener listener) {
            return this;
        }

        /** Starts the tracker. */
        public UsageTracker build() {
            return new UsageTracker();
        }
    }
}
