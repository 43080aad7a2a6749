package io.hourmeter.server.http;

import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import io.hourmeter.internal.TimeSource;
import io.hourmeter.wire.Limits;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/** One request as a resource sees it: who calls, about which license, and what was sent. */
final class ApiRequest {

    private static final String IDEMPOTENCY_KEY = "Idempotency-Key";

    private final Request request;
    private final Caller caller;
    private final String segment;
    private final KnownInputs inputs;
    private final byte[] body;

    ApiRequest(Request request, Caller caller, Router.Match match, byte[] body) {
        this.request = request;
        this.caller = caller;
        this.segment = match.segment();
        this.inputs = match.route().inputs();
        this.body = body;
    }

    Caller caller() {
        return caller;
    }

    /**
     * The license that the path names.
     *
     * @throws ProblemException 404 when the path has neither the shape of a key nor that of an id, 401 for an id without a token
     */
    LicenseRef license() {
        LicenseRef ref = reference(segment);
        if (ref == null) {
            throw ProblemException.of(
                    ErrorCode.LICENSE_NOT_FOUND,
                    "the license key in the path has no form like RL-XXXXXXXX-XXXXXXXX-XXXXXXXX");
        }
        return permitted(ref);
    }

    /** As {@link #license()}, from a member of the body; 400 when it has no such shape. */
    LicenseRef license(JsonFields fields, String name) {
        LicenseRef ref = reference(fields.pastedKey(name, 4 * LicenseKey.MAX_LENGTH));
        if (ref == null) {
            throw ProblemException.invalid(name + " has no form like RL-XXXXXXXX-XXXXXXXX-XXXXXXXX");
        }
        return permitted(ref);
    }

    /** Whether the path has the shape of a license key or id at all. */
    boolean namesLicense() {
        return reference(segment) != null;
    }

    /**
     * The body.
     *
     * @throws ProblemException 400 when it is no JSON object, or has a member that this call does not know
     */
    JsonFields fields() {
        return JsonBody.parse(body, inputs);
    }

    /** How long ago the first byte of the request was read: what its body and a busy server took. */
    Duration underWay() {
        return Duration.ofNanos(Math.max(0, TimeSource.get().nanosSince(request.getBeginNanoTime())));
    }

    boolean hasBody() {
        return body.length > 0;
    }

    Query query() {
        return Query.of(request);
    }

    /**
     * The idempotency key.
     *
     * @return null when the caller gave none
     * @throws ProblemException 400 when it gave several, or one that is not 1 to 255 visible ASCII characters
     */
    @Nullable String idempotencyKey() {
        List<HttpField> headers = request.getHeaders().getFields(IDEMPOTENCY_KEY);
        if (headers.isEmpty()) {
            return null;
        }
        if (headers.size() > 1) {
            throw ProblemException.invalid(IDEMPOTENCY_KEY + " is given " + headers.size() + " times, once is allowed");
        }
        return Limits.idempotencyKey(Objects.requireNonNullElse(headers.get(0).getValue(), ""));
    }

    /** The id is public, so it opens nothing by itself; the key is the customer's right to read. */
    private LicenseRef permitted(LicenseRef ref) {
        if (ref instanceof LicenseId && !caller.permission().ofToken()) {
            throw Access.unauthorized("naming a license by its id needs a bearer token that this server knows");
        }
        return ref;
    }

    private static @Nullable LicenseRef reference(String text) {
        if (LicenseId.isId(text)) {
            return new LicenseId(text);
        }
        return LicenseKey.parse(text).orElse(null);
    }
}
