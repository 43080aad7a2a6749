package io.hourmeter.client;

import io.hourmeter.client.Answers.Received;
import io.hourmeter.client.Outcome.Failure;
import io.hourmeter.internal.DaemonThreads;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import okhttp3.Call;
import okhttp3.Dns;
import okhttp3.EventListener;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Sends calls to one license server and reads what comes back: bounded in time, size and tries.
 *
 * <p>A call is sent again only when that cannot do anything twice: nothing of it had left this process, or it is
 * repeatable. OkHttp's own silent repetition is off for the same reason. Redirects are not followed: they would carry the
 * token elsewhere.
 *
 * <p>The time limit is kept by a timer of this class that cancels the call, rather than by OkHttp's, whose watchdog
 * thread would outlive {@link #close()}. Names are looked up within it too, which cancelling would not achieve.
 */
final class Transport implements AutoCloseable {

    /** Larger than any answer to a full batch or a full page of history. */
    static final int MAX_BODY = 1 << 20;

    /** A first try and two more: more of them would only add to the load of a server in trouble. */
    private static final int MAX_TRIES = 3;

    /** The first pause before another try is half to once and a half of this; the next one three times as long. */
    private static final int FIRST_PAUSE_MILLIS = 100;

    /** With less time left than this another try would not come to an answer. */
    private static final int LEAST_TRY_MILLIS = 50;

    private static final MediaType JSON = MediaType.get("application/json");
    private static final String RETRY_AFTER = "Retry-After";

    /** Where {@link #hideRetryAfter} puts the header, out of OkHttp's sight. */
    private static final String HIDDEN_RETRY_AFTER = "X-Hourmeter-Retry-After";

    private final HttpUrl base;
    private final @Nullable String token;
    private final Answers answers;
    private final DeadlineDns names;
    private final OkHttpClient http;
    private final OkHttpThreads threads;
    private final ScheduledThreadPoolExecutor timer;
    private final CountDownLatch closed = new CountDownLatch(1);

    Transport(HttpUrl base, @Nullable String token, Answers answers, Dns dns) {
        this.base = base;
        this.token = token;
        this.answers = answers;
        this.names = new DeadlineDns(dns, DaemonThreads.numbered("hourmeter-client-names"));
        this.timer = new ScheduledThreadPoolExecutor(1, DaemonThreads.numbered("hourmeter-client-timer"));
        this.timer.setRemoveOnCancelPolicy(true);
        OkHttpClient.Builder builder = new OkHttpClient.Builder()
                .protocols(List.of(Protocol.HTTP_1_1))
                .followRedirects(false)
                .followSslRedirects(false)
                .retryOnConnectionFailure(false)
                .connectTimeout(0, TimeUnit.MILLISECONDS)
                .readTimeout(0, TimeUnit.MILLISECONDS)
                .writeTimeout(0, TimeUnit.MILLISECONDS)
                .dns(names)
                .socketFactory(new NoDelaySocketFactory())
                .addNetworkInterceptor(Transport::hideRetryAfter)
                .eventListener(new SentListener());
        this.threads = OkHttpThreads.install(builder, DaemonThreads.numbered("hourmeter-client-connections"));
        this.http = builder.build();
    }

    /** Makes a call, several times where that is safe and useful, until there is an answer or the time is up. */
    Outcome exchange(ApiCall call, Deadline deadline) {
        Outcome outcome = exchangeUntilAnswered(call, deadline);
        answers.report(call, outcome);
        return outcome;
    }

    private Outcome exchangeUntilAnswered(ApiCall call, Deadline deadline) {
        long pauseMillis = FIRST_PAUSE_MILLIS;
        for (int tries = 1; ; tries++) {
            Attempt attempt = attempt(call, deadline);
            boolean again = attempt.again() && tries < MAX_TRIES;
            if (!(again && attempt.outcome() instanceof Failure failure && mayRepeat(call, failure))) {
                return attempt.outcome();
            }
            long pause = Math.max(attempt.retryAfterMillis(), jittered(pauseMillis));
            if (!deadline.leaves(pause + LEAST_TRY_MILLIS) || !pause(pause)) {
                return attempt.outcome();
            }
            pauseMillis *= 3;
        }
    }

    private static boolean mayRepeat(ApiCall call, Failure failure) {
        boolean notSent = failure.status() == 0 && failure.undone();
        return call.repeatable() || notSent;
    }

    private static long jittered(long millis) {
        return millis / 2 + ThreadLocalRandom.current().nextLong(millis);
    }

    /** Returns false when there is no point in going on. */
    private boolean pause(long millis) {
        try {
            return !closed.await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** One try: what became of it, and whether and when another may do better. */
    private record Attempt(Outcome outcome, boolean again, long retryAfterMillis) {

        static Attempt over(Outcome outcome) {
            return new Attempt(outcome, false, 0);
        }
    }

    private Attempt attempt(ApiCall call, Deadline deadline) {
        if (closed.getCount() == 0) {
            return Attempt.over(failure(call, "the client is closed", null, 0, true));
        }
        if (Thread.currentThread().isInterrupted()) {
            return Attempt.over(failure(call, "interrupted", null, 0, true));
        }
        Sent sent = new Sent();
        Call running = http.newCall(request(call, sent));
        Future<?> alarm;
        try {
            alarm = timer.schedule(running::cancel, deadline.leftNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            return Attempt.over(failure(call, "the client is closed", e, 0, true));
        }
        int status = 0;
        try (Response response = names.execute(running, deadline)) {
            status = response.code();
            byte[] body = read(response, running);
            return judge(call, response, body);
        } catch (IOException | RejectedExecutionException e) {
            if (status == 0 && e instanceof ProtocolException noHttp) {
                return new Attempt(answers.noHttp(call, noHttp), true, 0);
            }
            String what = deadline.passed()
                    ? "no answer within " + deadline.whole().toMillis() + " ms"
                    : "failed: " + Redaction.clean(String.valueOf(e.getMessage()));
            return new Attempt(failure(call, what, e, status, !sent.yet), true, 0);
        } finally {
            alarm.cancel(false);
        }
    }

    /** The body; of one that is larger than any of a license server so much that it cannot be taken for one. */
    private static byte[] read(Response response, Call running) throws IOException {
        try (InputStream in = response.body().byteStream()) {
            byte[] body = in.readNBytes(MAX_BODY + 1);
            if (body.length > MAX_BODY) {
                // Else closing the stream would go on reading, to save the connection.
                running.cancel();
                return Arrays.copyOf(body, MAX_BODY);
            }
            return body;
        }
    }

    private Attempt judge(ApiCall call, Response response, byte[] body) {
        Outcome outcome = answers.decide(
                call,
                Received.of(
                        response.code(),
                        header(response, "Content-Type"),
                        header(response, "Location"),
                        body,
                        header(response, "Idempotency-Hit").equalsIgnoreCase("true")));
        // What is turned away by 3xx or 4xx is turned away again; a server or a gateway in trouble may recover.
        boolean again = outcome instanceof Failure && (response.code() < 300 || Answers.isLater(response.code()));
        return new Attempt(outcome, again, retryAfterMillis(response));
    }

    private static String header(Response response, String name) {
        String value = response.header(name);
        return value == null ? "" : value;
    }

    /** Seconds only: a date would need the two calendars to agree. */
    private static long retryAfterMillis(Response response) {
        String text = response.header(HIDDEN_RETRY_AFTER, "");
        boolean seconds = text != null
                && !text.isEmpty()
                && text.length() <= 6
                && text.chars().allMatch(c -> c >= '0' && c <= '9');
        return seconds ? TimeUnit.SECONDS.toMillis(Long.parseLong(text)) : 0;
    }

    private Failure failure(ApiCall call, String what, @Nullable Throwable cause, int status, boolean undone) {
        return new Failure(answers.shown(call) + " " + what, cause, status, undone, false);
    }

    private Request request(ApiCall call, Sent sent) {
        HttpUrl.Builder url = base.newBuilder();
        for (String segment : call.path().substring(1).split("/", -1)) {
            url.addPathSegment(segment.equals(ApiCall.LICENSE) ? call.license() : segment);
        }
        for (Map.Entry<String, String> parameter : call.query().entrySet()) {
            url.addQueryParameter(parameter.getKey(), parameter.getValue());
        }
        Supplier<String> text = call.body();
        RequestBody body = text == null ? null : RequestBody.create(text.get().getBytes(StandardCharsets.UTF_8), JSON);
        Request.Builder request = new Request.Builder()
                .url(url.build())
                .method(call.method(), body)
                .tag(Sent.class, sent)
                .header("Accept", "application/json, application/problem+json")
                .header("User-Agent", "hourmeter");
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        if (call.idempotencyKey() != null) {
            request.header("Idempotency-Key", call.idempotencyKey());
        }
        return request.build();
    }

    /** OkHttp repeats a call by itself when a 503 says Retry-After: 0. Whether to repeat is decided here. */
    private static Response hideRetryAfter(Interceptor.Chain chain) throws IOException {
        Response response = chain.proceed(chain.request());
        String value = response.header(RETRY_AFTER);
        return value == null
                ? response
                : response.newBuilder()
                        .removeHeader(RETRY_AFTER)
                        .header(HIDDEN_RETRY_AFTER, value)
                        .build();
    }

    /** Cancels what is running, then frees connections and threads. Idempotent. */
    @Override
    public void close() {
        closed.countDown();
        timer.shutdownNow();
        http.dispatcher().cancelAll();
        threads.close();
    }

    /** Rides on a request and remembers whether any of it was sent. Written and read by the calling thread. */
    private static final class Sent {
        private boolean yet;
    }

    private static final class SentListener extends EventListener {
        @Override
        public void requestHeadersStart(Call call) {
            Sent sent = call.request().tag(Sent.class);
            if (sent != null) {
                sent.yet = true;
            }
        }
    }
}
