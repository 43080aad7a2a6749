package io.hourmeter.examples.springboot;

import io.hourmeter.Customer;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseServerException;
import io.hourmeter.NewLicense;
import java.time.Duration;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.annotation.Profile;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/** Makes a license of one hour at each start of the demo, and says what to try with it, on the terminal and in no log. */
@Component
@Profile("demo")
class DemoLicense {

    private static final Customer CUSTOMER = new Customer("demo@example.com", "Demo", "Demo");
    private static final Duration HOURS = Duration.ofHours(1);

    private final LicenseClient client;
    private final Environment environment;

    DemoLicense(LicenseClient client, Environment environment) {
        this.client = client;
        this.environment = environment;
    }

    /** Creates the license when everything runs. */
    @EventListener(ApplicationReadyEvent.class)
    void create() throws LicenseServerException {
        String key = client.create(NewLicense.of(CUSTOMER, HOURS), null).key().text();
        String site = "http://localhost:" + environment.getProperty("local.server.port");
        String header = "-H 'X-License-Key: " + key + "' ";
        System.out.println(String.join(
                "\n",
                "",
                "Hourmeter example Spring Boot application",
                "",
                "  License key   " + key + "  (new, 1 hour)",
                "  Payments      " + site + "/payments/",
                "",
                "  curl -i " + header + site + "/api/hello",
                "  curl -N " + header + "'" + site + "/api/stream?millis=5000'",
                "  curl " + header + "'" + site + "/api/deferred?millis=3000'",
                "  curl -X POST " + header + "'" + site + "/api/jobs?steps=50'",
                "  curl -i " + site + "/api/hello",
                "  curl " + site + "/actuator/metrics/hourmeter.sessions",
                "",
                "Ctrl-C settles what is running and ends.",
                ""));
    }
}
