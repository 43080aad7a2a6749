package io.hourmeter.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hourmeter.config.ConfigurationException;
import jakarta.servlet.DispatcherType;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
