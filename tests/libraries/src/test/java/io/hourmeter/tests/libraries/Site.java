package io.hourmeter.tests.libraries;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.CreatedLicense;
import io.hourmeter.Customer;
import io.hourmeter.NewLicense;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.server.LicenseServer;
import io.hourmeter.test.stripe.StripeStandIn;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A license server and a stand-in for Stripe, and what is asked of an application beside them. */
final class Site implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long HOUR_MILLIS = 3_600_000;
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static final Pattern CHECKOUT = Pattern.compile("\"checkout_url\":\"([^\"]+)\"");
    private static final String NOBODYS = "RL-0123ABCD-EFGH4567-JKMN89PQ";

    private final LicenseServer server;
    private final StripeStandIn stripe;

    Site(Path folder) throws IOException {
        server = LicenseServer.start(MeteringConfig.builder()
                .set(Settings.LICENSE_SERVER_PORT, "0")
                .set(Settings.LICENSE_SERVER_DATABASE, "jdbc:sqlite:" + folder.resolve("licenses.db"))
                .build());
        stripe = StripeStandIn.start();
    }

    /** The settings of an application beside them. */
    List<String> settings() {
        return List.of(
                "license.server.url=" + server.url(),
                "license.server.timeout=30s",
                "usage.check.interval=1s",
                "usage.journal=none",
                "stripe.api.base=" + stripe.baseUrl(),
                "stripe.secret.key=" + stripe.secretKey(),
                "stripe.webhook.secret=" + stripe.webhookSecret());
    }

    private CreatedLicense license(Duration hours) {
        return server.client().create(NewLicense.of(new Customer("a@example.com", "Example", "A"), hours), null);
    }

    /** The key of a license with an hour. */
    String anyKey() {
        return license(Duration.ofHours(1)).key().text();
    }

    private long left(CreatedLicense license) {
        return server.client().hoursRemaining(license.license().id()).remainingMillis();
    }

    /**
     * Whom the application serves: nobody without a key, whoever has hours, and what they use is charged. Ends with the
     * license server gone.
     */
    void meters(int port) {
        meters(port, license(Duration.ofHours(1)));
    }

    private void meters(int port, CreatedLicense good) {
        nobodyWithoutAKey(port);
        CreatedLicense empty = license(Duration.ofMillis(1));
        server.client().deductHours(empty.license().id(), Duration.ofMillis(1), null);
        CreatedLicense another = license(Duration.ofHours(1));

        HttpResponse<String> served = hello(port, good.key().text());
        assertThat(served.statusCode()).as(served.body()).isEqualTo(200);
        assertThat(served.body()).isEqualTo("hello");
        assertThat(served.headers().firstValue("X-Hours-Remaining")).isPresent();
        assertThat(posted(port, "{\"license_key\":\"" + good.key().text() + "\"}")
                        .statusCode())
                .as("with its key in a JSON body")
                .isEqualTo(200);
        assertThat(posted(port, "{\"license_key\":\"" + empty.key().text() + "\"}")
                        .statusCode())
                .as("used up, with its key in a JSON body")
                .isEqualTo(402);
        assertThat(hello(port, NOBODYS).statusCode()).as("an unknown key").isEqualTo(401);

        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (left(good) == HOUR_MILLIS && System.nanoTime() < deadline) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
            hello(port, good.key().text());
        }
        assertThat(left(good)).as("what is left after use").isLessThan(HOUR_MILLIS);

        server.close();
        assertThat(hello(port, another.key().text()).statusCode())
                .as("never seen, with the license server gone")
                .isEqualTo(503);
        assertThat(hello(port, good.key().text()).statusCode())
                .as("seen good, with the license server gone")
                .isEqualTo(200);
        nobodyWithoutAKey(port);
    }

    /** No path leads in without a key. */
    static void nobodyWithoutAKey(int port) {
        assertThat(hello(port, "").statusCode()).as("without a key").isEqualTo(401);
        assertThat(posted(port, "{}").statusCode())
                .as("a JSON body without a key")
                .isEqualTo(401);
        assertThat(posted(port, "{").statusCode()).as("half a JSON body").isEqualTo(401);
        assertThat(hello(port, "nonsense").statusCode()).as("no key of ours").isEqualTo(401);
    }

    /** A customer buys at the application, and has the hours by Stripe's webhook alone. */
    void sells(int port) {
        CreatedLicense customer = license(Duration.ofHours(1));
        stripe.deliverTo(at(port, "/payments/webhook"));

        HttpResponse<String> order = send(HttpRequest.newBuilder(at(port, "/payments/create-checkout"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(
                        "{\"license_key\":\"" + customer.key().text() + "\",\"package_id\":\"small\"}")));
        assertThat(order.statusCode()).as(order.body()).isEqualTo(200);
        Matcher checkout = CHECKOUT.matcher(order.body());
        assertThat(checkout.find()).as(order.body()).isTrue();
        HttpResponse<String> paid = send(HttpRequest.newBuilder(URI.create(checkout.group(1)))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString("action=pay&webhook=now")));
        assertThat(paid.statusCode()).as(paid.body()).isEqualTo(303);
        assertThat(left(customer)).isEqualTo(6 * HOUR_MILLIS);
    }

    /** The application's own call by its own OkHttp. */
    void calls(int port, String okHttp) {
        HttpResponse<String> answer =
                send(HttpRequest.newBuilder(at(port, "/okhttp?url=" + server.url() + "/api/health")));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).endsWith("/" + okHttp + ".jar 200");
    }

    static HttpResponse<String> hello(int port, String key) {
        HttpRequest.Builder request = HttpRequest.newBuilder(at(port, "/api/hello"));
        return send(key.isEmpty() ? request : request.header("X-License-Key", key));
    }

    private static HttpResponse<String> posted(int port, String json) {
        return send(HttpRequest.newBuilder(at(port, "/api/hello"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(json)));
    }

    static HttpResponse<String> get(int port, String path) {
        return send(HttpRequest.newBuilder(at(port, path)));
    }

    private static URI at(int port, String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return HTTP.send(request.timeout(PATIENCE).build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        stripe.close();
        server.close();
    }
}
