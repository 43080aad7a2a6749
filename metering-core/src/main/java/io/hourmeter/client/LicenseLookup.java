package io.hourmeter.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.hourmeter.ErrorCode;
import io.hourmeter.License;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.client.Outcome.Reply;
import io.hourmeter.internal.Ticker;
import io.hourmeter.wire.CallJson;
import io.hourmeter.wire.LicenseJson;
import io.hourmeter.wire.MalformedAnswerException;
import java.util.Objects;
import java.util.Optional;

/** Finds what stands for a license in the path of a call: its id, so that keys stay out of URLs. Thread-safe. */
final class LicenseLookup {

    /**
     * How a path names a license.
     *
     * @param remembered whether the id was found earlier, so that it may be out of date
     */
    private record Named(LicenseId id, boolean remembered) {}

    private final Transport http;
    private final Answers answers;
    private final Ticker clock;
    private final LicenseNames names = new LicenseNames();

    LicenseLookup(Transport http, Answers answers, Ticker clock) {
        this.http = http;
        this.answers = answers;
        this.clock = clock;
    }

    /**
     * Looks a key up.
     *
     * @throws LicenseRequestException with {@link ErrorCode#LICENSE_NOT_FOUND} when there is no such license
     */
    License find(LicenseKey key, Deadline deadline) {
        ApiCall call = ApiCall.post("/api/licenses/lookup", new CallJson.LookUp(key.text()))
                .repeatable(true);
        Outcome outcome = http.exchange(call, deadline);
        if (Answers.unknownLicense(outcome)) {
            names.forget(key);
            throw new LicenseRequestException(
                    ErrorCode.LICENSE_NOT_FOUND, "the license server knows no license with key " + key.masked());
        }
        return answers.read(answers.successful(outcome), answer -> license(answer.path("license"), key));
    }

    private License license(JsonNode node, LicenseKey key) {
        License license = LicenseJson.read(node, key.masked(), clock.instant());
        if (license.id() == null) {
            throw new MalformedAnswerException("the license has no id");
        }
        names.put(key, license.id());
        return license;
    }

    /** Reads a license by its id. */
    License read(LicenseId id, Deadline deadline) {
        ApiCall call = ApiCall.get("/api/licenses/" + ApiCall.LICENSE).of(id.value());
        Reply reply = answers.successful(http.exchange(call, deadline));
        return answers.read(reply, answer -> LicenseJson.read(answer.path("license"), id.value(), clock.instant()));
    }

    private Named named(LicenseRef license, Deadline deadline) {
        if (license instanceof LicenseId id) {
            return new Named(id, false);
        }
        LicenseKey key = (LicenseKey) license;
        Optional<LicenseId> remembered = names.find(key);
        return remembered.isPresent()
                ? new Named(remembered.get(), true)
                : new Named(Objects.requireNonNull(find(key, deadline).id()), false);
    }

    /**
     * Makes a call about a license. It must carry an idempotency key or change nothing when it arrives twice.
     *
     * @throws LicenseRequestException when it is refused
     */
    Reply call(ApiCall call, LicenseRef license, Deadline deadline) {
        Named named = named(license, deadline);
        Outcome outcome = send(call, named, deadline);
        if (named.remembered() && Answers.unknownLicense(outcome) && license instanceof LicenseKey key) {
            names.forget(key);
            outcome = send(call, named(key, deadline), deadline);
        }
        return answers.successful(outcome);
    }

    private Outcome send(ApiCall call, Named named, Deadline deadline) {
        return http.exchange(call.of(named.id().value()).repeatable(true), deadline);
    }
}
