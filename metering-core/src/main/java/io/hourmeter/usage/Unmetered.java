package io.hourmeter.usage;

/**
 * Use that is let through although metering failed.
 *
 * @param sessionId the session it would have belonged to
 */
record Unmetered(String sessionId) implements Granted {

    @Override
    public long remainingMillis() {
        return 0;
    }

    @Override
    public String hoursRemaining() {
        return "0.000000";
    }

    @Override
    public void close() {}
}
