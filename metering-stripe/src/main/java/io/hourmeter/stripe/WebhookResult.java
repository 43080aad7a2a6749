package io.hourmeter.stripe;

/** What became of a webhook, and the HTTP status by which Stripe learns of it. */
public enum WebhookResult {
    /** Done, now or before. */
    HANDLED(200),
    /** Not of our purchases, or nothing to do. */
    IGNORED(200),
    /** Not signed by Stripe, or too long ago. */
    BAD_SIGNATURE(400),
    /** Signed, and yet no event. */
    UNREADABLE(400),
    /** {@code stripe.webhook.secret} is not set. Stripe tries again for days. */
    NOT_CONFIGURED(503);

    private final int status;

    WebhookResult(int status) {
        this.status = status;
    }

    /**
     * The HTTP status that goes with this result.
     *
     * @return 200, 400 or 503
     */
    public int status() {
        return status;
    }
}
