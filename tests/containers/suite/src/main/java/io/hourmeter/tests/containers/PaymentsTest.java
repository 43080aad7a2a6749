package io.hourmeter.tests.containers;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.config.MeteringConfig;
import io.hourmeter.servlet.MeteringFilter;
import io.hourmeter.stripe.web.PaymentsServlet;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRegistration;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The filter on everything, the payments behind it, and a browser whose license is used up. */
class PaymentsTest {

    private static final Pattern REFERENCE =
            Pattern.compile("(?:href|src)=\"([^\"#:]+)\"|(?:from|import) ?['\"]([^'\"]+)['\"]");

    @ParameterizedTest(name = "at the context path {0}/", quoteTextArguments = false)
    @ValueSource(strings = {"", "/shop"})
    void refusedBrowserReachesThePaymentPageAndItsFiles(String contextPath) throws Exception {
        try (LicenseServerRig licenses = new LicenseServerRig()) {
            LicenseServerRig.License usedUp = licenses.license(Duration.ZERO);
            MeteringConfig config = licenses.config(Map.of());
            WebApplication application =
                    WebApplication.of(context -> register(context, config)).at(contextPath);
            try (Container.Running running = Container.current().start(application)) {
                Http http = new Http(running.port(), usedUp.key());
                HttpResponse<String> refused =
                        http.send(http.keyed(contextPath + "/report").header("Accept", "text/html,*/*;q=0.8"));
                assertThat(refused.statusCode()).isEqualTo(303);
                assertThat(refused.headers().firstValue("Location")).hasValue("./payments/?return=..%2Freport");
                String page = contextPath + "/payments/";
                HttpResponse<String> program = http.send(http.keyed(contextPath + "/report"));
                assertThat(program.statusCode()).isEqualTo(402);
                assertThat(program.body()).contains("\"top_up_url\":\"" + page + "\"");

                Set<String> files = new LinkedHashSet<>();
                fetch(http, page, files);
                assertThat(files).anyMatch(file -> file.endsWith(".css")).anyMatch(file -> file.endsWith(".js"));
                assertThat(files).hasSizeGreaterThan(4);
                assertThat(http.send(http.request(contextPath + "/payments/packages"))
                                .statusCode())
                        .isEqualTo(200);
            }
        }
    }

    private static void register(ServletContext context, MeteringConfig config) {
        context.setAttribute(MeteringFilter.CONFIG_ATTRIBUTE, config);
        FilterRegistration.Dynamic metering = context.addFilter("metering", new MeteringFilter());
        metering.setAsyncSupported(true);
        metering.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), true, "/*");
        ServletRegistration.Dynamic payments = context.addServlet("payments", new PaymentsServlet());
        payments.setAsyncSupported(true);
        payments.addMapping("/payments/*");
        context.addServlet(
                        "report",
                        ((Handler) (request, response) -> response.getWriter().print("report")).servlet())
                .addMapping("/report");
    }

    /** Fetches a file without a key, as a browser does, and what it refers to. */
    private static void fetch(Http http, String path, Set<String> fetched) {
        if (!fetched.add(path)) {
            return;
        }
        HttpResponse<String> file = http.send(http.request(path).header("Accept", "*/*"));
        assertThat(file.statusCode()).as(path).isEqualTo(200);
        String type = file.headers().firstValue("Content-Type").orElse("");
        boolean own = type.startsWith("text/html") || (type.contains("javascript") && !path.contains("chart"));
        if (own) {
            Matcher references = REFERENCE.matcher(file.body());
            while (references.find()) {
                String reference = references.group(1) != null ? references.group(1) : references.group(2);
                fetch(http, URI.create(path).resolve(reference).getPath(), fetched);
            }
        }
    }
}
