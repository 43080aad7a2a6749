package io.hourmeter.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.hourmeter.ErrorCode;
import io.hourmeter.License;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.client.Outcome.Reply;
import java.util.Map;
import java.util.Optional;

/** Finds what stands for a license in the path of a call: its id, so that keys stay out of URLs. Thread-safe. */
final class LicenseLookup {

    /**
     * How a path names a license.
     *
     * @param segment its id, or towards an older server its key
     * @param current whether the server is a newer one, which honours idempotency keys
     * @param remembered whether the id was found earlier, so that it may be out of date
     */
    record Named(String segment, boolean current, boolean remembered) {}

    private final Transport http;
    private final Generation generation;
    private final ClientClock clock;
    private final LicenseNames names = new LicenseNames();

    LicenseLookup(Transport http, Generation generation, ClientClock clock) {
        this.http = http;
        this.generation = generation;
        this.clock = clock;
    }

    /**
     * Looks a key up.
     *
     * @return empty when the server is an older one, which has no such call
     * @throws LicenseRequestException with {@link ErrorCode#LICENSE_NOT_FOUND} when there is no such license
     */
    Optional<License> find(LicenseKey key, Deadline deadline) {
        if (generation.lookup().skip()) {
            return Optional.empty();
        }
        ApiCall call = ApiCall.post("/api/licenses/lookup", Map.of("license_key", key.text()))
                .repeatable(true);
        Outcome outcome = http.exchange(call, deadline);
        if (Replies.noSuchCall(outcome) && !generation.lookup().present()) {
            generation.withoutLookup(Replies.status(outcome));
            return Optional.empty();
        }
        Reply reply = Replies.answered(outcome);
        if (!reply.successful()) {
            if (Refusals.unknownLicense(reply)) {
                generation.newer();
                names.forget(key);
                throw new LicenseRequestException(
                        ErrorCode.LICENSE_NOT_FOUND, "the license server knows no license with key " + key.masked());
            }
            throw Refusals.exception(reply);
        }
        License license = Replies.read(reply, answer -> license(answer.path("license"), key));
        generation.newer();
        return Optional.of(license);
    }

    private License license(JsonNode node, LicenseKey key) {
        License license = WireReader.license(node, key.masked(), clock.instant());
        if (license.id() == null) {
            throw new MalformedAnswerException("the license has no id");
        }
        names.put(key, license.id());
        return license;
    }

    /** Reads a license by its id. */
    License read(LicenseId id, Deadline deadline) {
        ApiCall call = ApiCall.get("/api/licenses/" + ApiCall.LICENSE).of(id.value());
        Reply reply = Replies.successful(http.exchange(call, deadline));
        return Replies.read(reply, answer -> WireReader.license(answer.path("license"), id.value(), clock.instant()));
    }

    Named named(LicenseRef license, Deadline deadline) {
        if (license instanceof LicenseId id) {
            return new Named(id.value(), true, false);
        }
        LicenseKey key = (LicenseKey) license;
        Optional<LicenseId> remembered = names.find(key);
        if (remembered.isPresent()) {
            return new Named(remembered.get().value(), true, true);
        }
        Optional<License> found = find(key, deadline);
        LicenseId id = found.isPresent() ? found.get().id() : null;
        return id == null ? new Named(key.text(), false, false) : new Named(id.value(), true, false);
    }

    /**
     * Makes a call about a license. To be safe to repeat at a newer server the call must carry an idempotency key or
     * change nothing when it arrives twice.
     *
     * @throws LicenseRequestException when it is refused
     */
    Reply call(ApiCall call, LicenseRef license, Deadline deadline) {
        Named named = named(license, deadline);
        Outcome outcome = send(call, named, deadline);
        boolean stale = named.remembered() && outcome instanceof Reply reply && Refusals.unknownLicense(reply);
        if (stale && license instanceof LicenseKey key) {
            names.forget(key);
            outcome = send(call, named(key, deadline), deadline);
        }
        return Replies.successful(outcome);
    }

    private Outcome send(ApiCall call, Named named, Deadline deadline) {
        return http.exchange(call.of(named.segment()).repeatable(call.repeatable() || named.current()), deadline);
    }
}
