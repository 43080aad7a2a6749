package io.hourmeter.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.hourmeter.Balance;
import io.hourmeter.CreatedLicense;
import io.hourmeter.CreditKind;
import io.hourmeter.Credited;
import io.hourmeter.Debited;
import io.hourmeter.ErrorCode;
import io.hourmeter.History;
import io.hourmeter.HistoryQuery;
import io.hourmeter.License;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.NewLicense;
import io.hourmeter.Reversal;
import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageBatch;
import io.hourmeter.Validation;
import io.hourmeter.client.Outcome.Refused;
import io.hourmeter.client.Outcome.Reply;
import io.hourmeter.client.legacy.LegacyLicenseClient;
import io.hourmeter.internal.LibraryVersions;
import io.hourmeter.internal.Ticker;
import io.hourmeter.internal.TimeOrderedIds;
import io.hourmeter.wire.AnswerJson;
import io.hourmeter.wire.BalanceJson;
import io.hourmeter.wire.CallJson;
import io.hourmeter.wire.HistoryJson;
import io.hourmeter.wire.Json;
import io.hourmeter.wire.LicenseJson;
import io.hourmeter.wire.Limits;
import io.hourmeter.wire.MalformedAnswerException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
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
 * comes back is used in paths and remembered for a few minutes. The balance of a key, and whether it would be served, is
 * taken from the look-up itself. Where a server requires a token for ids and none is set, {@link #history} is refused with
 * {@link ErrorCode#UNAUTHORIZED}.
 *
 * <p><b>What does not answer like a license server</b> (a gateway, a log-in page, a wrong path) means that the license
 * server is unavailable, never anything about a license: {@link LicenseServerUnavailableException}, and an error in the
 * log with the whole URL and what was found there. Servers that have only {@code validate}, {@code hours} and
 * {@code usage} are spoken to by another client, see {@code license.server.kind} and {@link LicenseClients}.
 *
 * <p>Redirects are not followed. Proxies are used as the Java platform is configured.
 */
public final class HttpLicenseClient implements LicenseClient {

    private static final SecureRandom RANDOM = new SecureRandom();

    private final Ticker clock;
    private final Duration timeout;
    private final Answers answers;
    private final Transport http;
    private final LicenseLookup lookup;
    private final UsageCalls usage;
    private final SingleFlight<String, Balance> balances = new SingleFlight<>();
    private final SingleFlight<String, Validation> validations = new SingleFlight<>();

    /** Counts completed changes. Part of each flight's key, so that a read sees every change that came before it. */
    private final AtomicLong changes = new AtomicLong();

    private HttpLicenseClient(Builder builder, Ticker clock) {
        this.clock = clock;
        this.timeout = builder.timeout;
        this.answers = builder.answers(false, clock);
        this.http = builder.transport(answers);
        this.lookup = new LicenseLookup(http, answers, clock);
        this.usage = new UsageCalls(http, answers, clock);
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
        ApiCall call = ApiCall.post("/api/licenses", CallJson.Create.of(license))
                .idempotent(once(idempotencyKey))
                .repeatable(true);
        Reply reply = answers.successful(http.exchange(call, deadline));
        return answers.read(reply, answer -> {
            JsonNode node = answer.path("license");
            LicenseKey key = LicenseJson.key(node);
            License created = LicenseJson.read(node, key.masked(), clock.instant());
            return new CreatedLicense(key, created, LicenseJson.customer(node, license.customer()), reply.repeated());
        });
    }

    @Override
    public Validation validate(LicenseRef license) {
        Deadline deadline = deadline();
        return validations.run(flight(license), deadline, () -> validateNow(license, deadline));
    }

    private Validation validateNow(LicenseRef license, Deadline deadline) {
        if (license instanceof LicenseId id) {
            return validateById(id, deadline);
        }
        try {
            License found = lookup.find((LicenseKey) license, deadline);
            return new Validation(refusalOf(found), found);
        } catch (LicenseRequestException e) {
            if (e.code() == ErrorCode.LICENSE_NOT_FOUND) {
                return new Validation(ErrorCode.INVALID_LICENSE, null);
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

    private Validation validateById(LicenseId id, Deadline deadline) {
        ApiCall call = ApiCall.post(path("/validate"), Map.of()).of(id.value()).repeatable(true);
        Outcome outcome = http.exchange(call, deadline);
        if (Answers.unknownLicense(outcome)) {
            return new Validation(ErrorCode.INVALID_LICENSE, null);
        }
        if (outcome instanceof Refused refused && Answers.ofLicense(refused.code())) {
            // A refusal on the wire does not describe the license, so it is read beside it.
            return new Validation(refused.code(), lookup.read(id, deadline));
        }
        return answers.read(answers.successful(outcome), answer -> {
            if (!answer.path("valid").isBoolean() || !answer.path("valid").booleanValue()) {
                throw new MalformedAnswerException("the answer does not say that the license is valid");
            }
            return new Validation(null, LicenseJson.read(answer.path("license"), id.value(), clock.instant()));
        });
    }

    @Override
    public Balance hoursRemaining(LicenseRef license) {
        Deadline deadline = deadline();
        return balances.run(flight(license), deadline, () -> balanceNow(license, deadline));
    }

    private Balance balanceNow(LicenseRef license, Deadline deadline) {
        if (license instanceof LicenseKey key) {
            return lookup.find(key, deadline).balance();
        }
        ApiCall call = ApiCall.get(path("/hours")).of(((LicenseId) license).value());
        return answers.read(answers.successful(http.exchange(call, deadline)), this::balance);
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
        ApiCall call = ApiCall.post(path("/hours"), CallJson.Credit.of(hours, kind, reference, description))
                .idempotent(once(idempotencyKey));
        Reply reply = change(call, license, deadline);
        return answers.read(
                reply,
                answer -> new Credited(
                        AnswerJson.millis(
                                "hours_added",
                                Json.read(answer, AnswerJson.Added.class).hours()),
                        balance(answer),
                        reply.repeated(),
                        Json.read(answer, AnswerJson.Collected.class).millis()));
    }

    @Override
    public Debited deductHours(LicenseRef license, Duration hours, @Nullable String idempotencyKey) {
        Deadline deadline = deadline();
        ApiCall call = ApiCall.post(path("/usage"), CallJson.Debit.of(hours)).idempotent(once(idempotencyKey));
        Reply reply = change(call, license, deadline);
        return answers.read(
                reply,
                answer -> new Debited(
                        AnswerJson.millis(
                                "hours_deducted",
                                Json.read(answer, AnswerJson.Deducted.class).hours()),
                        balance(answer),
                        reply.repeated()));
    }

    @Override
    public Balance reverse(LicenseRef license, Reversal reversal) {
        Deadline deadline = deadline();
        // A state, not a step: the server ignores a version that it has seen.
        Reply reply = change(ApiCall.post(path("/reversals"), CallJson.Reverse.of(reversal)), license, deadline);
        return answers.read(reply, this::balance);
    }

    @Override
    public History history(LicenseRef license, HistoryQuery query) {
        Deadline deadline = deadline();
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
        return answers.read(
                lookup.call(call, license, deadline),
                answer -> Json.read(answer, HistoryJson.class).toHistory());
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
        http.close();
    }

    private Balance balance(JsonNode answer) {
        return Json.read(answer, BalanceJson.class).toBalance(clock.instant());
    }

    private Reply change(ApiCall call, LicenseRef license, Deadline deadline) {
        try {
            return lookup.call(call, license, deadline);
        } finally {
            changes.incrementAndGet();
        }
    }

    private Deadline deadline() {
        return Deadline.in(timeout);
    }

    private String once(@Nullable String idempotencyKey) {
        return idempotencyKey == null
                ? TimeOrderedIds.make(clock.wallMillis(), RANDOM).toString()
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
            return build(Ticker.system());
        }

        /** With another clock for everything but the time limits of calls. */
        HttpLicenseClient build(Ticker clock) {
            return new HttpLicenseClient(this, clock);
        }

        /** A client of a server that has only {@code validate}, {@code hours} and {@code usage}. */
        LicenseClient buildOlder(Ticker clock) {
            Answers answers = answers(true, clock);
            Transport http = transport(answers);
            return new LegacyLicenseClient(
                    url.toString(),
                    () -> new OlderHttpCalls(http, answers, Deadline.in(timeout), clock),
                    clock::nanos,
                    http::close);
        }

        private Answers answers(boolean older, Ticker clock) {
            String base = url.toString();
            return new Answers(base.endsWith("/") ? base.substring(0, base.length() - 1) : base, token, older, clock);
        }

        private Transport transport(Answers answers) {
            return new Transport(url, token, answers, names);
        }
    }
}
