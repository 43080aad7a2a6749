package io.hourmeter.servlet;

import io.hourmeter.LicenseId;
import io.hourmeter.usage.Admission;
import io.hourmeter.usage.UsageTracker;
import org.jspecify.annotations.Nullable;

/** What the filter asks of a tracker. */
interface Admitter {

    /**
     * Admits or refuses a request.
     *
     * @param licenseKey what stood where a key may stand, of any shape
     * @param sessionId what the client brought back, or null
     * @param clientAddress of the client, as far as trusted proxies tell
     * @return running use, to be closed by the caller, or a refusal
     */
    Admission admit(String licenseKey, @Nullable String sessionId, @Nullable String clientAddress);

    /** The same for a license that the application named by its id. */
    Admission admit(LicenseId license, @Nullable String sessionId);

    /** What a tracker answers. */
    static Admitter of(UsageTracker tracker) {
        return new Admitter() {
            @Override
            public Admission admit(String licenseKey, @Nullable String sessionId, @Nullable String clientAddress) {
                return tracker.admit(licenseKey, sessionId, clientAddress);
            }

            @Override
            public Admission admit(LicenseId license, @Nullable String sessionId) {
                return tracker.admit(license, sessionId);
            }
        };
    }
}
