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

    /** Nobody knows, so the outage policy that let it in lets it go on. */
    @Override
    public boolean goOn() {
        return true;
    }

    @Override
    public void onTimeUp(Runnable action) {}

    @Override
    public void close() {}
}
