package io.hourmeter.spring;

import io.hourmeter.CreatedLicense;
import io.hourmeter.Customer;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseKey;
import io.hourmeter.NewLicense;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.springframework.boot.Banner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.io.DefaultResourceLoader;

/** An application with the starter on a real port, its ledger in this process. */
final class App implements AutoCloseable {

    /** As if the application had it not. */
    static final String SECURITY = "org.springframework.security";

    private final ConfigurableApplicationContext context;
    private final HttpClient http = HttpClient.newHttpClient();

    private App(ConfigurableApplicationContext context) {
        this.context = context;
    }

    /**
     * Starts one.
     *
     * @param folder for ledger and journal
     * @param settings beside or instead of the usual ones
     * @param missing packages that are as if they were not on the class path
     * @param beans what the application declares
     */
    static App start(Path folder, Map<String, String> settings, List<String> missing, Class<?>... beans) {
        return new App(builder(folder, settings, missing, beans).run());
    }

    static SpringApplicationBuilder builder(
            Path folder, Map<String, String> settings, List<String> missing, Class<?>... beans) {
        List<String> properties = new ArrayList<>(List.of(
                "server.port=0",
                "server.address=127.0.0.1",
                "management.endpoints.web.exposure.include=*",
                "management.endpoint.health.show-details=always",
                "hourmeter.license.server.url=embedded",
                "hourmeter.license.server.database=jdbc:sqlite:" + folder.resolve("ledger.db"),
                "hourmeter.usage.journal=" + folder.resolve("journal"),
                "hourmeter.filter.paths=/api/*"));
        settings.forEach((name, value) -> {
            properties.removeIf(line -> line.startsWith(name + "="));
            properties.add(name + "=" + value);
        });
        properties.removeIf(line -> line.endsWith("="));
        SpringApplicationBuilder builder = new SpringApplicationBuilder(beans)
                .web(WebApplicationType.SERVLET)
                .bannerMode(Banner.Mode.OFF)
                .properties(properties.toArray(String[]::new));
        if (!missing.isEmpty()) {
            builder.resourceLoader(new DefaultResourceLoader(new FilteredClassLoader(missing.toArray(String[]::new))));
        }
        return builder;
    }

    ConfigurableApplicationContext context() {
        return context;
    }

    /** A new license. */
    CreatedLicense license(Duration hours) {
        return client().create(NewLicense.of(new Customer("ada@example.com", "Analytical", "Ada"), hours), null);
    }

    LicenseClient client() {
        return context.getBean(LicenseClient.class);
    }

    HttpResponse<String> get(String path, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port") + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    HttpResponse<String> use(LicenseKey key, String path) {
        return get(path, "X-License-Key", key.text());
    }

    @Override
    public void close() {
        context.close();
    }
}
