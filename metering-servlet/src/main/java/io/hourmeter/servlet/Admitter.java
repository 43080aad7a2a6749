package io.hourmeter.servlet;

import io.hourmeter.usage.Admission;
import org.jspecify.annotations.Nullable;

/** What the filter asks of a tracker. */
@FunctionalInterface
interface Admitter {

    /**
     * Admits or refuses a request.
     *
     * @param licenseKey what stood where a key may stand, of any shape
     * @param sessionId what the client brought back, or null
     * @return running use, to be closed by the caller, or a refusal
     */
    Admission admit(String licenseKey, @Nullable String sessionId);
}
