package io.hourmeter.examples.webapp.standin;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HexFormat;
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
    private final String secretKey = "sk_test_standin_" + secret();
    private final String webhookSecret = "whsec_standin_" + secret();

    private StripeStandIn(HttpServer server) {
        this.server = server;
        int port = server.getAddress().getPort();
        baseUrl = "http://" + HOST + ":" + port;
        hosts = Set.of(HOST + ":" + port, "localhost:" + port);
        origins = Set.of(baseUrl, "http://localhost:" + port);
        threads = Executors.newFixedThreadPool(THREADS, task -> {
            Thread thread = new Thread(task, "stripe-stand-in");
            thread.setDaemon(true);
            return thread;
        });
        Till till = new Till(InstantSource.system());
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
        InetAddress loopback = InetAddress.getByAddress(HOST, new byte[] {127, 0, 0, 1});
        HttpServer server = HttpServer.create(new InetSocketAddress(loopback, 0), BACKLOG);
        StripeStandIn standIn = new StripeStandIn(server);
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
     * The key that the API asks for, made at the start.
     *
     * @return of test mode, as Stripe would say
     */
    public String secretKey() {
        return secretKey;
    }

    /**
     * The secret by which webhooks are signed, made at the start.
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
