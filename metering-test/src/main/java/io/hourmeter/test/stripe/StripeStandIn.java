package io.hourmeter.test.stripe;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.hourmeter.internal.DaemonThreads;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A stand-in for Stripe on loopback: no money moves. It answers the API calls that selling hours takes, shows a page on
 * which a checkout is paid, declined, paid later or cancelled, sends signed webhooks, and has a dashboard for refunds and
 * disputes. What it knows is in memory and gone at the end. Thread-safe.
 */
public final class StripeStandIn implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(StripeStandIn.class);

    private static final String HOST = "127.0.0.1";

    /** A click may wait for the webhook's answer; the calls that this answer needs must get through meanwhile. */
    private static final int THREADS = 16;

    private static final int BACKLOG = 50;

    private final HttpServer server;
    private final ExecutorService threads;
    private final Webhooks webhooks;
    private final String baseUrl;
    private final Set<String> hosts;
    private final Set<String> origins;
    private final String secretKey;
    private final String webhookSecret;
    private final Till till;

    private StripeStandIn(HttpServer server, String secretKey, String webhookSecret) {
        this.server = server;
        this.secretKey = secretKey;
        this.webhookSecret = webhookSecret;
        int port = server.getAddress().getPort();
        baseUrl = "http://" + HOST + ":" + port;
        hosts = Set.of(HOST + ":" + port, "localhost:" + port);
        origins = Set.of(baseUrl, "http://localhost:" + port);
        threads = Executors.newFixedThreadPool(THREADS, DaemonThreads.named("stripe-stand-in"));
        till = new Till(InstantSource.system());
        webhooks = new Webhooks(till, webhookSecret, InstantSource.system());
        Pages pages = new Pages(till, webhooks);
        server.setExecutor(threads);
        server.createContext("/v1/", guarded(new Api(till, secretKey, baseUrl)::handle));
        server.createContext("/", guarded(pages::handle));
    }

    private static String secret() {
        byte[] random = new byte[16];
        new SecureRandom().nextBytes(random);
        return HexFormat.of().formatHex(random);
    }

    /**
     * Starts it on a free port of 127.0.0.1.
     *
     * @return running; the caller closes it
     * @throws IOException if no port can be had
     */
    public static StripeStandIn start() throws IOException {
        return start("sk_test_standin_" + secret(), "whsec_standin_" + secret());
    }

    /**
     * The same with secrets that are known beforehand.
     *
     * @param secretKey the key that the API asks for, of test mode
     * @param webhookSecret signs the webhooks
     * @return running; the caller closes it
     * @throws IOException if no port can be had
     */
    public static StripeStandIn start(String secretKey, String webhookSecret) throws IOException {
        InetAddress loopback = InetAddress.getByAddress(HOST, new byte[] {127, 0, 0, 1});
        HttpServer server = HttpServer.create(new InetSocketAddress(loopback, 0), BACKLOG);
        StripeStandIn standIn = new StripeStandIn(server, secretKey, webhookSecret);
        server.start();
        return standIn;
    }

    /**
     * Where the API and the dashboard are; the value of {@code stripe.api.base}.
     *
     * @return without a slash at the end
     */
    public String baseUrl() {
        return baseUrl;
    }

    /**
     * The key that the API asks for.
     *
     * @return of test mode, as Stripe would say
     */
    public String secretKey() {
        return secretKey;
    }

    /**
     * The secret by which webhooks are signed.
     *
     * @return like Stripe's
     */
    public String webhookSecret() {
        return webhookSecret;
    }

    /**
     * Tells where webhooks go, as soon as that is known; until then they wait.
     *
     * @param webhook the application's webhook endpoint
     */
    public void deliverTo(URI webhook) {
        webhooks.deliverTo(webhook);
    }

    /**
     * A checkout, to be paid without a browser.
     *
     * @param checkoutUrl where the application sent its customer
     * @return what the customer, the bank and the seller may do with it
     * @throws IllegalArgumentException if it is not an address of this stand-in
     */
    public StandInCheckout checkout(String checkoutUrl) {
        String prefix = baseUrl + "/pay/";
        if (!checkoutUrl.startsWith(prefix)) {
            throw new IllegalArgumentException("not a checkout of this stand-in, which are below " + prefix);
        }
        return new StandInCheckout(till, webhooks, checkoutUrl.substring(prefix.length()));
    }

    /** Keeps events back from now on: the application hears of nothing by webhook, until {@link #releaseEvents}. */
    public void holdEvents() {
        webhooks.hold();
    }

    /** Sends the events that were kept back, in the order in which they happened, and waits for the answers. */
    public void releaseEvents() {
        webhooks.sendAndWait(webhooks.release());
    }

    /** Sends the events that were kept back, the last one first, and waits for the answers. */
    public void releaseEventsBackwards() {
        List<Event> events = new ArrayList<>(webhooks.release());
        Collections.reverse(events);
        webhooks.sendAndWait(events);
    }

    /** Sends every event once more, also those that were answered with success, and waits for the answers. */
    public void repeatEvents() {
        List<Event> events = new ArrayList<>(till.events());
        Collections.reverse(events);
        webhooks.sendAndWait(events);
    }

    /** Refuses what a web page elsewhere could make a browser send. */
    private HttpHandler guarded(HttpHandler handler) {
        return exchange -> {
            try (exchange) {
                String origin = Http.header(exchange, "Origin");
                boolean ours = origin.isEmpty() || origins.contains(origin);
                if (ours && hosts.contains(Http.header(exchange, "Host"))) {
                    handler.handle(exchange);
                } else {
                    Http.answer(exchange, 403, "text/plain;charset=utf-8", "Not from there.\n");
                }
            } catch (RuntimeException | Error e) {
                LOG.error("The stand-in for Stripe failed", e);
                fail(exchange);
            }
        };
    }

    private static void fail(HttpExchange exchange) throws IOException {
        if (exchange.getResponseCode() < 0) {
            Http.answer(exchange, 500, "text/plain;charset=utf-8", "The stand-in for Stripe failed; see the log.\n");
        }
    }

    /** Ends at once. Idempotent. */
    @Override
    public void close() {
        webhooks.close();
        server.stop(0);
        threads.shutdownNow();
    }
}
