package io.hourmeter.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.hourmeter.Balance;
import io.hourmeter.CreatedLicense;
import io.hourmeter.CreditKind;
import io.hourmeter.Credited;
import io.hourmeter.Customer;
import io.hourmeter.Debited;
import io.hourmeter.ErrorCode;
import io.hourmeter.History;
import io.hourmeter.HistoryQuery;
import io.hourmeter.Hours;
import io.hourmeter.License;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.NewLicense;
import io.hourmeter.Reversal;
import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageBatch;
import io.hourmeter.Validation;
import io.hourmeter.client.Outcome.Reply;
import io.hourmeter.internal.LibraryVersions;
import io.hourmeter.wire.Limits;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import okhttp3.Dns;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/**
 * Speaks to a license server over HTTP. Thread-safe; one per application and token.
 *
 * <p><b>Time and repetition.</b> Each method blocks for at most the timeout, all requests, retries and pauses included.
 * A request is sent again, after a short pause, when the server could not be reached, was busy or failed, and only when
 * that cannot do anything twice: reads, usage messages, and calls with an idempotency key. A call for which the caller
 * gave no key gets one, so that the client's own repetition is safe. A definite refusal is never repeated.
 *
 * <p><b>Keys.</b> No license key stands in a URL: a key is looked up by {@code POST /api/licenses/lookup}, and the id that
 * comes back is used in paths and remembered for a few minutes. Where a server requires a token for ids and none is set,
 * balances are taken from the look-up itself and {@link #validate} is decided from it; {@link #history} is then refused
 * with {@link ErrorCode#UNAUTHORIZED}.
 *
 * <p><b>Older servers</b> have only {@code validate}, {@code hours} and {@code usage}. The client notices when a call of
 * the newer kind is answered with 404 or 405, says so once, and from then on asks again every ten minutes. It then works
 * with those three: {@link #sync} validates when a lease opens, deducts what was used with each report, and authorizes
 * as far ahead as the balance allows. What is weaker: use by several nodes adds up, what is unreported when the process
 * dies is not charged, the key stands in the path of URLs, adding hours is not protected against repetition (and so is
 * never repeated by the client), and there are no reversals and no history. The balance is never deducted twice for the
 * same use, also when an answer is lost.
 *
 * <p>Redirects are not followed. Proxies are used as the Java platform is configured.
 */
public final class HttpLicenseClient implements LicenseClient {

    private final ClientClock clock;
    private final Duration timeout;
    private final boolean hasToken;
    private final Transport http;
    private final LicenseLookup lookup;
    private final UsageCalls usage;
    private final SingleFlight<String, Balance> balances = new SingleFlight<>();
    private final SingleFlight<String, Validation> validations = new SingleFlight<>();

    /** Counts completed changes. Part of each flight's key, so that a read sees every change that came before it. */
    private final AtomicLong changes = new AtomicLong();

    private HttpLicenseClient(Builder builder, ClientClock clock) {
        this.clock = clock;
        this.timeout = builder.timeout;
        this.hasToken = builder.token != null;
        this.http = new Transport(builder.url, builder.token, builder.names);
        Generation generation = new Generation(clock, http.server());
        this.lookup = new LicenseLookup(http, generation, clock);
        this.usage = new UsageCalls(
                http, generation, lookup, new TokenAlarm(clock, http.server(), hasToken), clock, timeout);
    }

    /**
     * Begins a client.
     *
     * @param url where the license server is, http or https, for example {@code http://localhost:5001}; may have a path
     * @return a builder
     * @throws IllegalArgumentException if that is no such URL, or it carries a password, a query or a fragment
     * @throws IllegalStateException if a library is missing or too old
     */
    public static Builder builder(String url) {
        LibraryVersions.requireCore();
        return new Builder(url);
    }

    @Override
    public CreatedLicense create(NewLicense license, @Nullable String idempotencyKey) {
        Deadline deadline = deadline();
        Customer customer = license.customer();
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("email", customer.email());
        body.put("company", customer.company());
        body.put("name", customer.name());
        body.put("hours", Hours.ofMillis(Limits.initialHours(license.hours()).toMillis()));
        body.put("type", license.type());
        Duration validFor = Limits.validity(license.validFor());
        if (validFor != null) {
            body.put("duration_days", validFor.toDays());
        }
        if (license.expires() != null) {
            body.put("expires", license.expires().toString());
        }
        ApiCall call = ApiCall.post("/api/licenses", body)
                .idempotent(once(idempotencyKey))
                .repeatable(usage.isCurrent(deadline));
        Reply reply = Replies.successful(http.exchange(call, deadline));
        return Replies.read(reply, answer -> {
            JsonNode node = answer.path("license");
            LicenseKey key = WireReader.key(node);
            License created = WireReader.license(node, key.masked(), clock.instant());
            return new CreatedLicense(key, created, WireReader.customer(node, customer), reply.repeated());
        });
    }

    @Override
    public Validation validate(LicenseRef license) {
        Deadline deadline = deadline();
        return validations.run(flight(license), deadline, () -> validateNow(license, deadline));
    }

    private Validation validateNow(LicenseRef license, Deadline deadline) {
        if (license instanceof LicenseId id) {
            return validateById(id, null, deadline);
        }
        LicenseKey key = (LicenseKey) license;
        License found;
        try {
            found = lookup.find(key, deadline).orElse(null);
        } catch (LicenseRequestException e) {
            if (e.code() == ErrorCode.LICENSE_NOT_FOUND || e.code() == ErrorCode.INVALID_LICENSE) {
                return new Validation(ErrorCode.INVALID_LICENSE, null);
            }
            throw e;
        }
        if (found == null || found.id() == null) {
            return validateAt(key.text(), key.masked(), deadline);
        }
        try {
            return validateById(found.id(), found, deadline);
        } catch (LicenseRequestException e) {
            if (!hasToken && (e.code() == ErrorCode.UNAUTHORIZED || e.code() == ErrorCode.FORBIDDEN)) {
                return new Validation(refusalOf(found), found);
            }
            throw e;
        }
    }

    /** What a license server decides, from what it said about the license; its own clock is in the balance. */
    private static @Nullable ErrorCode refusalOf(License license) {
        Instant expires = license.expires();
        return switch (license.status()) {
            case SUSPENDED, REVOKED -> ErrorCode.LICENSE_INACTIVE;
            case ACTIVE -> {
                if (expires != null && !license.balance().asOf().isBefore(expires)) {
                    yield ErrorCode.LICENSE_EXPIRED;
                }
                yield license.balance().remainingMillis() <= 0 ? ErrorCode.HOURS_EXHAUSTED : null;
            }
        };
    }

    /** A refusal on the wire says nothing about the license, so it is read beside it. */
    private Validation validateById(LicenseId id, @Nullable License known, Deadline deadline) {
        Validation validation = validateAt(id.value(), id.value(), deadline);
        if (validation.license() != null || validation.refusal() == ErrorCode.INVALID_LICENSE) {
            return validation;
        }
        License license = known != null ? known : lookup.read(id, deadline);
        return new Validation(validation.refusal(), license);
    }

    private Validation validateAt(String segment, String masked, Deadline deadline) {
        ApiCall call = ApiCall.post(path("/validate"), Map.of()).of(segment).repeatable(true);
        Reply reply = Replies.answered(http.exchange(call, deadline));
        ErrorCode refusal = Refusals.ofLicense(reply);
        boolean refused = !reply.successful() || Refusals.saysNo(reply.body());
        if (refused && refusal == null) {
            throw Refusals.exception(reply);
        }
        return Replies.read(reply, answer -> {
            JsonNode node = answer.path("license");
            boolean described = node.has("hours_remaining");
            License license = described ? WireReader.license(node, masked, clock.instant()) : null;
            return new Validation(refused ? refusal : null, license);
        });
    }

    @Override
    public Balance hoursRemaining(LicenseRef license) {
        Deadline deadline = deadline();
        return balances.run(flight(license), deadline, () -> balanceNow(license, deadline));
    }

    private Balance balanceNow(LicenseRef license, Deadline deadline) {
        if (license instanceof LicenseKey key) {
            License found = lookup.find(key, deadline).orElse(null);
            return found != null ? found.balance() : balanceAt(key.text(), deadline);
        }
        return balanceAt(((LicenseId) license).value(), deadline);
    }

    private Balance balanceAt(String segment, Deadline deadline) {
        Reply reply =
                Replies.successful(http.exchange(ApiCall.get(path("/hours")).of(segment), deadline));
        return Replies.read(reply, answer -> WireReader.balance(answer, clock.instant()));
    }

    @Override
    public Credited addHours(
            LicenseRef license,
            Duration hours,
            @Nullable CreditKind kind,
            @Nullable String idempotencyKey,
            String reference,
            String description) {
        Deadline deadline = deadline();
        long millis = Limits.hours(hours);
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("hours", Hours.ofMillis(millis));
        if (kind != null) {
            body.put("kind", kind.name().toLowerCase(Locale.ROOT));
        }
        if (!reference.isEmpty()) {
            body.put("reference", reference);
        }
        if (!description.isEmpty()) {
            body.put("description", description);
        }
        ApiCall call = ApiCall.post(path("/hours"), body).idempotent(once(idempotencyKey));
        Reply reply = change(call, license, deadline);
        return Replies.read(reply, answer -> {
            Long added = WireReader.optionalMillis(answer, "hours_added");
            return new Credited(added == null ? millis : added, balanceIn(answer, license, deadline), reply.repeated());
        });
    }

    @Override
    public Debited deductHours(LicenseRef license, Duration hours, @Nullable String idempotencyKey) {
        Deadline deadline = deadline();
        long millis = Limits.hours(hours);
        ApiCall call = ApiCall.post(path("/usage"), Map.of("hours", Hours.ofMillis(millis)))
                .idempotent(once(idempotencyKey));
        Reply reply = change(call, license, deadline);
        return Replies.read(reply, answer -> {
            Long deducted = WireReader.optionalMillis(answer, "hours_deducted");
            return new Debited(
                    deducted == null ? millis : deducted, balanceIn(answer, license, deadline), reply.repeated());
        });
    }

    /** Older servers do not always answer a change with the balance. */
    private Balance balanceIn(JsonNode answer, LicenseRef license, Deadline deadline) {
        return answer.has("hours_remaining")
                ? WireReader.balance(answer, clock.instant())
                : balanceNow(license, deadline);
    }

    @Override
    public Balance reverse(LicenseRef license, Reversal reversal) {
        Deadline deadline = deadline();
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("purchase", reversal.purchase());
        body.put("object", reversal.object());
        body.put("version", reversal.version());
        body.put("part", reversal.part());
        body.put("whole", reversal.whole());
        body.put("reason", reversal.reason());
        requireNewer(license, "reversals", deadline);
        // A state, not a step: the server ignores a version that it has seen.
        Reply reply = change(ApiCall.post(path("/reversals"), body), license, deadline);
        return Replies.read(reply, answer -> WireReader.balance(answer, clock.instant()));
    }

    @Override
    public History history(LicenseRef license, HistoryQuery query) {
        Deadline deadline = deadline();
        requireNewer(license, "a history", deadline);
        ApiCall call = ApiCall.get(path("/history"))
                .with("type", query.type().name().toLowerCase(Locale.ROOT))
                .with("limit", Integer.toString(query.limit()));
        if (query.from() != null) {
            call = call.with("from", query.from().toString());
        }
        if (query.to() != null) {
            call = call.with("to", query.to().toString());
        }
        if (query.cursor() != null) {
            call = call.with("cursor", query.cursor());
        }
        return Replies.read(lookup.call(call, license, deadline), WireReader::history);
    }

    private void requireNewer(LicenseRef license, String what, Deadline deadline) {
        if (license instanceof LicenseKey key && !lookup.named(key, deadline).current()) {
            throw new LicenseRequestException(
                    ErrorCode.INVALID_REQUEST,
                    "the license server at " + http.server() + " is an older one without " + what);
        }
    }

    @Override
    public UsageAnswers sync(UsageBatch batch) {
        try {
            return usage.sync(batch, deadline());
        } finally {
            changes.incrementAndGet();
        }
    }

    @Override
    public void close() {
        usage.close();
        http.close();
    }

    private Reply change(ApiCall call, LicenseRef license, Deadline deadline) {
        try {
            return lookup.call(call, license, deadline);
        } finally {
            changes.incrementAndGet();
        }
    }

    private Deadline deadline() {
        return Deadline.in(timeout, ClientClock.SYSTEM);
    }

    private String once(@Nullable String idempotencyKey) {
        return idempotencyKey == null
                ? IdempotencyKeys.make(clock.instant().toEpochMilli())
                : Limits.visibleAscii("Idempotency-Key", idempotencyKey, Limits.IDEMPOTENCY_KEY);
    }

    private static String path(String rest) {
        return "/api/licenses/" + ApiCall.LICENSE + rest;
    }

    private String flight(LicenseRef license) {
        String name = license instanceof LicenseKey key ? key.sha256() : ((LicenseId) license).value();
        return name + ' ' + changes.get();
    }

    /** Settings of a client. Not thread-safe. */
    public static final class Builder {

        /** As {@code license.server.timeout}. */
        private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(2);

        /** Whoever waits for longer is gone. */
        private static final Duration MAX_TIMEOUT = Duration.ofMinutes(10);

        private final HttpUrl url;
        private @Nullable String token;
        private Duration timeout = DEFAULT_TIMEOUT;
        private Dns names = Dns.SYSTEM;

        private Builder(String url) {
            HttpUrl parsed = HttpUrl.parse(url);
            if (parsed == null) {
                throw new IllegalArgumentException("the license server's URL must be an http or https URL");
            }
            boolean plain = parsed.username().isEmpty()
                    && parsed.password().isEmpty()
                    && parsed.query() == null
                    && parsed.fragment() == null;
            if (!plain) {
                throw new IllegalArgumentException(
                        "the license server's URL must not have a password, a query or a fragment");
            }
            this.url = parsed;
        }

        /**
         * The bearer token of this application.
         *
         * @param token visible ASCII characters; null or empty for none
         * @return this
         * @throws IllegalArgumentException if it cannot stand in a header; the message does not repeat it
         */
        public Builder token(@Nullable String token) {
            if (token != null && !token.chars().allMatch(c -> c > 0x20 && c < 0x7F)) {
                throw new IllegalArgumentException("the license server's token must be visible ASCII characters");
            }
            this.token = token == null || token.isEmpty() ? null : token;
            return this;
        }

        /**
         * How long one call of the client may take, from connecting to the last byte, retries included.
         *
         * @param timeout above 0, at most 10 minutes; 2 seconds by default
         * @return this
         * @throws IllegalArgumentException if it is out of range
         */
        public Builder timeout(Duration timeout) {
            if (timeout.isNegative() || timeout.isZero() || timeout.compareTo(MAX_TIMEOUT) > 0) {
                throw new IllegalArgumentException("timeout must be above 0 and at most 10m, was " + timeout);
            }
            this.timeout = timeout;
            return this;
        }

        /** Another name service, for tests. */
        Builder names(Dns names) {
            this.names = names;
            return this;
        }

        /**
         * Makes the client. Connects to nothing yet.
         *
         * @return a client that the caller closes
         */
        public HttpLicenseClient build() {
            return build(ClientClock.SYSTEM);
        }

        /** With another clock for everything but the time limits of calls. */
        HttpLicenseClient build(ClientClock clock) {
            return new HttpLicenseClient(this, clock);
        }
    }
}
