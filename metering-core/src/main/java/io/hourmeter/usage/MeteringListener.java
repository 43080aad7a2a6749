package io.hourmeter.usage;

import io.hourmeter.LicenseRef;
import java.time.Duration;

/**
 * Is told what happens. Calls come from the tracker's own threads, never from a request's and never under a lock; an
 * exception is logged and changes nothing.
 */
public interface MeteringListener {

    /** Does nothing. */
    MeteringListener NONE = new MeteringListener() {};

    /**
     * A session began.
     *
     * @param license which license
     * @param sessionId its id
     */
    default void sessionStarted(LicenseRef license, String sessionId) {}

    /**
     * A session ended.
     *
     * @param license which license
     * @param sessionId its id
     */
    default void sessionEnded(LicenseRef license, String sessionId) {}

    /**
     * The balance fell below a threshold. Once per crossing; a credit re-arms it.
     *
     * @param license which license
     * @param remaining what is left
     */
    default void hoursLow(LicenseRef license, Duration remaining) {}

    /**
     * The balance is used up.
     *
     * @param license which license
     */
    default void exhausted(LicenseRef license) {}

    /**
     * Time was added through this application.
     *
     * @param license which license
     * @param remaining what is left now
     */
    default void credited(LicenseRef license, Duration remaining) {}

    /**
     * A request ran on after the time was up. The excess is not charged; the application may want to end it.
     *
     * @param license which license
     * @param sessionId its session
     */
    default void overrun(LicenseRef license, String sessionId) {}

    /** The license server stopped answering. */
    default void serverLost() {}

    /** The license server answers again. */
    default void serverBack() {}
}
