package io.hourmeter.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hourmeter.config.ConfigurationException;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;

/** A web application that has the jar and a settings file, and no line about the filter. */
class FilterPathsTest {

    @TempDir
    private Path classes;

    /** The listener runs after what the application registers in the test. */
    private Web application(String settings) throws Exception {
        Files.writeString(classes.resolve("metering.properties"), settings);
        Web web = new Web("");
        web.context.setClassLoader(new URLClassLoader(
                new URL[] {classes.toUri().toURL()}, getClass().getClassLoader()));
        web.context.addEventListener(new FilterPathsListener());
        web.servlet("/*", (request, response) -> response.getWriter().print("served"));
        web.context
                .getServletContext()
                .setAttribute(
                        MeteringFilter.CLIENT_ATTRIBUTE,
                        new InMemoryLicenses().with(StubTracker.KEY, Duration.ofHours(1)));
        return web;
    }

    @Test
    void settingRegistersTheFilter() throws Exception {
        try (Web web = application("filter.paths=/page, /api/*\n").start()) {
            assertThat(web.get("/page").statusCode()).isEqualTo(401);
            assertThat(web.get("/api/x").statusCode()).isEqualTo(401);
            assertThat(web.get("/elsewhere").statusCode()).isEqualTo(200);
            assertThat(Web.send(web.keyed("/api/x")).headers().firstValue("X-Session-ID"))
                    .isPresent();
        }
    }

    @Test
    void filterFromTheSettingSupportsAsynchronousRequests() throws Exception {
        Web web = application("filter.paths=/*\n")
                .servlet("/async", (request, response) -> request.startAsync().complete());
        try (web) {
            web.start();
            assertThat(Web.send(web.keyed("/async")).statusCode()).isEqualTo(200);
        }
    }

    /** As frameworks and hand-written filters do it for the start page. */
    private static final Filter TO_INDEX = (request, response, chain) -> {
        if (((HttpServletRequest) request).getRequestURI().equals("/")) {
            request.getRequestDispatcher("/index.html").forward(request, response);
        } else {
            chain.doFilter(request, response);
        }
    };

    private Web forwardingApplication(String settings) throws Exception {
        return application(settings)
                .filter(TO_INDEX, "/*", EnumSet.of(DispatcherType.REQUEST))
                .servlet(
                        "/index.html",
                        (request, response) -> response.getWriter().print("index"));
    }

    @Test
    void filterOfTheSettingStandsBeforeThoseOfTheApplication() throws Exception {
        try (Web web = forwardingApplication("filter.paths=/*\n").start()) {
            assertThat(web.get("/index.html").statusCode()).isEqualTo(401);
            assertThat(web.get("/").statusCode()).isEqualTo(401);
            assertThat(Web.send(web.keyed("/")).body()).isEqualTo("index");
        }
    }

    @Test
    void aFilterOfTheApplicationThatAnswersByItselfIsBehindTheFilterOfTheSetting() throws Exception {
        Web web = application("filter.paths=/*\n")
                .filter(
                        (request, response, chain) -> response.getWriter().print("answered"),
                        "/*",
                        EnumSet.of(DispatcherType.REQUEST));
        try (web) {
            web.start();
            assertThat(web.get("/page").statusCode()).isEqualTo(401);
            assertThat(Web.send(web.keyed("/page")).body()).isEqualTo("answered");
        }
    }

    /** Whether the resolver is there when the filter is registered or comes later. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void withAResolverTheFiltersOfTheApplicationGoFirst(boolean early) throws Exception {
        Web web = application("filter.paths=/*\n");
        LicenseKeyResolver resolver = request -> Optional.ofNullable((String) request.getAttribute("login"));
        Filter login = (request, response, chain) -> {
            if (request.getParameter("user") != null) {
                request.setAttribute("login", StubTracker.KEY);
            }
            TO_INDEX.doFilter(request, response, chain);
        };
        web.filter(login, "/*", EnumSet.of(DispatcherType.REQUEST));
        if (early) {
            web.context.getServletContext().setAttribute(MeteringFilter.RESOLVER_ATTRIBUTE, resolver);
        }
        try (web) {
            web.start();
            web.context.getServletContext().setAttribute(MeteringFilter.RESOLVER_ATTRIBUTE, resolver);
            assertThat(web.get("/page?user=ada").statusCode()).isEqualTo(200);
            assertThat(web.get("/page").statusCode()).isEqualTo(401);
            // The login filter leads it on before it is judged.
            assertThat(web.get("/").statusCode()).isEqualTo(401);
            assertThat(web.get("/?user=ada").statusCode()).isEqualTo(200);
        }
    }

    /** A mapping of the application's own, without dispatchers. */
    @ParameterizedTest
    @ValueSource(strings = {"/forward", "/async"})
    void aDispatchFromAnUnmeteredPathIsJudged(String path) throws Exception {
        Web web = application("usage.journal=none\n")
                .filter(new MeteringFilter(), "/own/*", EnumSet.of(DispatcherType.REQUEST))
                .servlet(
                        "/forward",
                        (request, response) ->
                                request.getRequestDispatcher("/own/x").forward(request, response))
                .servlet("/async", (request, response) -> request.startAsync().dispatch("/own/x"));
        try (web) {
            web.start();
            assertThat(web.get("/page").statusCode()).isEqualTo(200);
            assertThat(web.get(path).statusCode()).isEqualTo(401);
            HttpResponse<String> answer = Web.send(web.keyed(path));
            assertThat(answer.body()).isEqualTo("served");
            assertThat(answer.headers().firstValue("X-Session-ID")).isPresent();
        }
    }

    @Test
    void withoutTheSettingNothingIsRegistered() throws Exception {
        try (Web web = application("usage.journal=none\n").start()) {
            assertThat(web.get("/page").statusCode()).isEqualTo(200);
            assertThat(web.context.getServletContext().getAttribute(MeteringFilter.CONFIG_ATTRIBUTE))
                    .isNull();
        }
    }

    @Test
    void filterOfTheApplicationGoesFirst() throws Exception {
        Web web = application("filter.paths=/page\n")
                .filter(new MeteringFilter(), "/own/*", EnumSet.of(DispatcherType.REQUEST));
        try (web) {
            web.start();
            assertThat(web.get("/page").statusCode()).isEqualTo(200);
            assertThat(web.get("/own/x").statusCode()).isEqualTo(401);
        }
    }

    @Test
    void wrongSettingsStopTheStart() throws Exception {
        Web web = application("filter.path=/page\n");
        assertThatThrownBy(web::start)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("filter.path")
                .hasMessageContaining("filter.paths");
        web.close();
    }

    @Test
    void fragmentOfTheJarNamesTheListener() throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
        try (InputStream fragment = MeteringFilter.class.getResourceAsStream("/META-INF/web-fragment.xml")) {
            Document document = factory.newDocumentBuilder().parse(fragment);
            assertThat(document.getElementsByTagName("listener-class").item(0).getTextContent())
                    .isEqualTo(FilterPathsListener.class.getName());
        }
        assertThat(FilterPathsListener.class.getConstructor().newInstance()).isNotNull();
    }
}
