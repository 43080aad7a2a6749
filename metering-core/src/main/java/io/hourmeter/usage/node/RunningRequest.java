package io.hourmeter.usage.node;

/**
 * One request, or other use, in flight. Ends once: by whoever began it, or by the limit on how long one may bill,
 * whichever takes it out of {@link RunningRequests}. Thread-safe.
 */
public class RunningRequest {

    private final ActiveSession active;

    // Where RunningRequests keeps this; it writes them before anybody else can see the request.
    int slot;
    long ticket;

    /** A request that has already been counted in. */
    public RunningRequest(ActiveSession active, long begun) {
        this.active = active;
        active.hub.requests.add(this, begun);
    }

    ActiveSession active() {
        return active;
    }

    public String sessionId() {
        return active.sessionId();
    }

    /** What is left of the license, at least 0. */
    public long remainingMillis(long now) {
        return active.remainingMillis(now);
    }

    /** Says that the request goes on. */
    public void touch(long now) {
        active.hub.requests.touch(this, now);
    }

    /** Whether its time is not paid for: it has ended, or runs unbilled. */
    public boolean timeUp() {
        return ended() || active.session.overrunFrom != Long.MAX_VALUE;
    }

    public boolean nodeClosed() {
        return active.hub.closed();
    }

    public boolean ended() {
        return !active.hub.requests.contains(this);
    }

    /** Ends the request at a moment. Returns false when it had ended before. */
    public boolean end(long at) {
        if (!active.hub.requests.remove(this)) {
            return false;
        }
        active.exit(at);
        return true;
    }
}
