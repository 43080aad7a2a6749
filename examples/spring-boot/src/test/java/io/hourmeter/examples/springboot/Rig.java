package io.hourmeter.examples.springboot;

import io.hourmeter.Customer;
import io.hourmeter.LicenseKey;
import io.hourmeter.NewLicense;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.server.LicenseServer;
import io.hourmeter.usage.UsageTracker;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** A real license server, and the example against it on a port of its own. */
final class Rig implements AutoCloseable {

    private static final Customer CUSTOMER = new Customer("ada@example.com", "Analytical", "Ada");

    /** Far beyond what anything here takes on a busy machine; only a failure waits so long. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    final LicenseServer server;
    final ConfigurableApplicationContext app;
    final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(PATIENCE)
            .build();

    /** Starts both; sources are beans beside the application's own, settings have the form key=value. */
    Rig(Path folder, List<Class<?>> sources, String... settings) {
        server = LicenseServer.start(MeteringConfig.builder()
                .set(Settings.LICENSE_SERVER_PORT, "0")
                .set(Settings.LICENSE_SERVER_DATABASE, "jdbc:sqlite:" + folder.resolve("licenses.db"))
                .build());
        Map<String, String> all = new LinkedHashMap<>();
        all.put("server.port", "0");
        all.put("license.server.url", server.url().toString());
        all.put("usage.journal", folder.resolve("journal").toString());
        all.put("usage.check.interval", "2s");
        all.put("usage.idle.timeout", "2s");
        for (String setting : settings) {
            all.put(setting.substring(0, setting.indexOf('=')), setting.substring(setting.indexOf('=') + 1));
        }
        String[] arguments = all.entrySet().stream()
                .map(entry -> "--" + entry.getKey() + "=" + entry.getValue())
                .toArray(String[]::new);
        try {
            app = new SpringApplicationBuilder(Main.class)
                    .sources(sources.toArray(Class<?>[]::new))
                    .run(arguments);
        } catch (RuntimeException | Error e) {
            server.close();
            throw e;
        }
    }

    String license(Duration hours) {
        return server.client()
                .create(NewLicense.of(CUSTOMER, hours), null)
                .key()
                .text();
    }

    /** Credits hours as a purchase through this application does. */
    void buy(String key, Duration hours) {
        server.client().addHours(LicenseKey.of(key), hours, null, "", "a purchase");
        tracker().credited(LicenseKey.of(key));
    }

    Duration used(String key) {
        return Duration.ofMillis(
                server.client().hoursRemaining(LicenseKey.of(key)).usedMillis());
    }

    UsageTracker tracker() {
        return app.getBean(UsageTracker.class);
    }

    URI uri(String scheme, String path) {
        return URI.create(scheme + "://127.0.0.1:" + app.getEnvironment().getProperty("local.server.port") + path);
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(uri("http", path)).timeout(PATIENCE);
    }

    HttpResponse<String> get(String path, String... headers) {
        HttpRequest.Builder request = request(path);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return send(request);
    }

    HttpResponse<String> use(String key, String path) {
        return get(path, "X-License-Key", key);
    }

    HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return http.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new AssertionError("no answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    /** Waits until something is so. */
    static void await(String what, BooleanSupplier condition) {
        long begin = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - begin > PATIENCE.toNanos()) {
                throw new AssertionError("not within " + PATIENCE + ": " + what);
            }
            pause(Duration.ofMillis(5));
        }
    }

    static void pause(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    @Override
    public void close() {
        app.close();
        server.close();
    }
}
