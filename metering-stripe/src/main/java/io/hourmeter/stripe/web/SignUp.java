package io.hourmeter.stripe.web;

import io.hourmeter.CreatedLicense;
import io.hourmeter.Customer;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.NewLicense;
import io.hourmeter.config.Settings;
import io.hourmeter.wire.LicenseJson;
import io.hourmeter.wire.Limits;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.LongSupplier;

/** Strangers become customers: a license without hours, its key told once. Thread-safe. */
final class SignUp {

    private static final int MAX_BODY = 16 * 1024;

    static final Duration WINDOW = Duration.ofHours(1);

    /** Of an address, more than a family or an office behind one address needs. */
    static final int MOST_PER_ADDRESS = 10;

    /** Of all: what a robot with many addresses can do to the license server in an hour. */
    static final int MOST_OVERALL = 300;

    private final Wiring wiring;
    private final Origins origins;
    private final RateLimit limit;
    private final boolean on;

    SignUp(Wiring wiring, Origins origins, LongSupplier nanoTime) {
        this.wiring = wiring;
        this.origins = origins;
        this.limit = new RateLimit(WINDOW, MOST_PER_ADDRESS, MOST_OVERALL, nanoTime);
        this.on = wiring.config().get(Settings.PAYMENT_SIGNUP) && !wiring.olderServer();
    }

    /** Licenses that were not created because too many were, since the start. */
    long refused() {
        return limit.refused();
    }

    boolean on() {
        return on;
    }

    /** Creates a license for whoever asks, within bounds. */
    BodyCall create(HttpServletRequest request) {
        origins.checkCaller(request);
        if (!on) {
            throw new Refusal(
                    404, "SIGNUP_OFF", "No sign-up", CustomerText.SIGN_UP_OFF, "new licenses are not given out here");
        }
        return new BodyCall(MAX_BODY, HttpServletResponse.SC_CREATED, body -> created(request, body));
    }

    private Map<String, Object> created(HttpServletRequest request, byte[] body) {
        Customer customer = customer(RequestBody.json(body));
        if (!limit.take(origins.seen(request).clientNetwork())) {
            throw Refusal.tooMany(
                    CustomerText.SIGN_UP_LATER,
                    "too many licenses were created lately; try again later",
                    limit.secondsLeft());
        }
        // An idempotency key of the caller's own choice could be another caller's, and would be answered with their
        // key.
        CreatedLicense created = wiring.client()
                .create(
                        NewLicense.of(customer, Duration.ZERO),
                        UUID.randomUUID().toString());
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("success", true);
        members.put("license", LicenseJson.created(created.license(), created.key(), created.customer()));
        return members;
    }

    private static Customer customer(RequestBody body) {
        return new Customer(
                email(body),
                Objects.requireNonNullElse(body.text("company", Limits.NAME, CustomerText.SIGN_UP_NAME), ""),
                Objects.requireNonNullElse(body.text("name", Limits.NAME, CustomerText.SIGN_UP_NAME), ""));
    }

    private static String email(RequestBody body) {
        String given = body.text("email", Limits.EMAIL, CustomerText.SIGN_UP_ADDRESS);
        try {
            return Limits.email(Objects.requireNonNullElse(given, ""));
        } catch (LicenseRequestException e) {
            throw Refusal.invalid(CustomerText.SIGN_UP_ADDRESS, String.valueOf(e.getMessage()));
        }
    }
}
