package io.hourmeter.test.stripe;

import io.hourmeter.internal.DaemonThreads;
import io.hourmeter.wire.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** Sends events to the application, signed as Stripe signs them, again until one is answered with success. Thread-safe. */
final class Webhooks implements AutoCloseable {

    /** As long as Checkout itself waits for an answer. */
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    /** After 1, 2, 4 … s; Stripe takes three days, a demo half an hour. */
    private static final int ATTEMPTS = 11;

    /** One that hangs must not hold up the others. */
    private static final int THREADS = 4;

    private static final int MOST_REMEMBERED = 50;
    private static final String ALGORITHM = "HmacSHA256";

    private final Till till;
    private final String secret;
    private final InstantSource clock;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ScheduledThreadPoolExecutor executor =
            new ScheduledThreadPoolExecutor(THREADS, DaemonThreads.named("stripe-stand-in-webhooks"));
    private final Deque<Delivery> deliveries = new ArrayDeque<>(); // guarded by itself
    private final Object holding = new Object();
    /** Events that are kept back; null while none is. Guarded by {@code holding}. */
    private @Nullable List<Event> held;

    private volatile @Nullable URI endpoint;

    Webhooks(Till till, String secret, InstantSource clock) {
        this.till = till;
        this.secret = secret;
        this.clock = clock;
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        executor.setRemoveOnCancelPolicy(true);
    }

    /** One attempt, for the dashboard. */
    record Delivery(Instant at, String type, String result) {}

    void deliverTo(URI address) {
        endpoint = address;
    }

    /** Sends after a while; the result completes with the first attempt, however that ends. */
    CompletableFuture<Void> send(Event event, Duration delay) {
        synchronized (holding) {
            if (held != null) {
                held.add(event);
                return CompletableFuture.completedFuture(null);
            }
        }
        CompletableFuture<Void> firstAttempt = new CompletableFuture<>();
        after(delay, () -> {
            try {
                attempt(event, 1);
            } finally {
                firstAttempt.complete(null);
            }
        });
        return firstAttempt;
    }

    /** One after the other, each as soon as the one before is answered. */
    void sendAndWait(List<Event> events) {
        events.forEach(event -> send(event, Duration.ZERO).join());
    }

    /** Keeps events back from now on. */
    void hold() {
        synchronized (holding) {
            held = held == null ? new ArrayList<>() : held;
        }
    }

    /** Ends that, and hands over what was kept back, in the order in which it happened. */
    List<Event> release() {
        synchronized (holding) {
            List<Event> kept = held == null ? List.of() : held;
            held = null;
            return kept;
        }
    }

    /** Does something later, unless the stand-in is closed before. */
    void after(Duration delay, Runnable work) {
        try {
            var unused = executor.schedule(work, delay.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            remember("(nothing)", "closed, so nothing is sent any more");
        }
    }

    List<Delivery> deliveries() {
        synchronized (deliveries) {
            return List.copyOf(deliveries);
        }
    }

    private void attempt(Event event, int number) {
        if (post(event)) {
            till.delivered(event.id());
        } else if (number < ATTEMPTS) {
            after(Duration.ofSeconds(1L << (number - 1)), () -> attempt(event, number + 1));
        }
    }

    private boolean post(Event event) {
        URI address = endpoint;
        if (address == null) {
            return false; // the application is still starting
        }
        byte[] body = Json.text(event.json()).getBytes(StandardCharsets.UTF_8);
        HttpRequest request = HttpRequest.newBuilder(address)
                .timeout(TIMEOUT)
                .header("Content-Type", "application/json; charset=utf-8")
                .header("Stripe-Signature", signature(body))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        try {
            int status =
                    http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
            remember(event.type(), "answered " + status);
            return status / 100 == 2;
        } catch (IOException e) {
            remember(event.type(), "no answer");
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void remember(String type, String result) {
        synchronized (deliveries) {
            deliveries.addFirst(new Delivery(clock.instant(), type, result));
            if (deliveries.size() > MOST_REMEMBERED) {
                deliveries.removeLast();
            }
        }
    }

    private String signature(byte[] body) {
        String time = Long.toString(clock.instant().getEpochSecond());
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), ALGORITHM));
            mac.update((time + ".").getBytes(StandardCharsets.US_ASCII));
            return "t=" + time + ",v1=" + HexFormat.of().formatHex(mac.doFinal(body));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }

    /** Sends nothing any more; what was not delivered is forgotten with the rest. */
    @Override
    public void close() {
        executor.shutdownNow();
    }
}
