package io.hourmeter.usage.node;

/**
 * One request, or other use, in flight. Ends once: by whoever began it, or by the limit on how long one may bill,
 * whichever takes it out of {@link RunningRequests}. Thread-safe.
 */
public class RunningRequest {

    private final Gate gate;

    // Where RunningRequests keeps this; it writes them before anybody else can see the request.
    int slot;
    long ticket;

    /** A request that has already been counted in. */
    public RunningRequest(Gate gate, long begun) {
        this.gate = gate;
        gate.hub.requests.add(this, begun);
    }

    Gate gate() {
        return gate;
    }

    public String sessionId() {
        return gate.sessionId();
    }

    /** What is left of the license, at least 0. */
    public long remainingMillis(long now) {
        return gate.remainingMillis(now);
    }

    /** Says that the request goes on. */
    public void touch(long now) {
        gate.hub.requests.touch(this, now);
    }

    /** Whether its time is not paid for: it has ended, or runs unbilled. */
    public boolean timeUp() {
        return ended() || gate.session.overrunFrom != Long.MAX_VALUE;
    }

    public boolean nodeClosed() {
        return gate.hub.closed();
    }

    public boolean ended() {
        return !gate.hub.requests.contains(this);
    }

    /** Ends the request at a moment. Returns false when it had ended before. */
    public boolean end(long at) {
        if (!gate.hub.requests.remove(this)) {
            return false;
        }
        gate.exit(at);
        return true;
    }
}
