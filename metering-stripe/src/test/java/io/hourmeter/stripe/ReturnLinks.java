package io.hourmeter.stripe;

/** Links back from Stripe, as an installation signs them. */
public final class ReturnLinks {

    private ReturnLinks() {}

    /** The path below the payments, with what Stripe and the signature put there. */
    public static String success(String secretKey, String purchaseId, String sessionId) {
        return "/success?signature=" + new ReturnSignature(secretKey).sign(purchaseId) + "&session_id=" + sessionId;
    }
}
