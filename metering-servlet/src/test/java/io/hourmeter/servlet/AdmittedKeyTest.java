package io.hourmeter.servlet;

import static io.hourmeter.servlet.StubTracker.KEY;
import static io.hourmeter.servlet.StubTracker.OTHER_KEY;
import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import io.hourmeter.config.Settings;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a servlet learns of the license that pays for its request. */
class AdmittedKeyTest {

    @RegisterExtension
    private static final Web web = site();

    private static volatile Optional<LicenseKey> seen;
    private static volatile Optional<LicenseRef> license;
    private static volatile List<String> attributes;

    private static Web site() {
        Web site = Web.metered(Web.settings(Settings.LICENSE_REQUIRED, "false", Settings.FILTER_EXCLUDE, "/free"));
        for (String path : List.of("/any", "/free")) {
            site.servlet(path, (request, response) -> {
                seen = MeteringFilter.licenseKey(new HttpServletRequestWrapper(request));
                license = MeteringFilter.license(new HttpServletRequestWrapper(request));
                attributes = Collections.list(request.getAttributeNames()).stream()
                        .map(name -> name + "=" + request.getAttribute(name))
                        .toList();
            });
        }
        return site;
    }

    @BeforeEach
    void reset() {
        seen = Optional.empty();
        license = Optional.empty();
    }

    @Test
    void theKeyIsToldWhereverItStood() {
        Web.send(web.keyed("/any"));
        assertThat(seen).hasValue(LicenseKey.of(KEY));
        Web.send(web.request("/any?license_key=" + OTHER_KEY.toLowerCase(Locale.ROOT)));
        assertThat(seen).hasValue(LicenseKey.of(OTHER_KEY));
        Web.send(web.request("/any")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"license_key\":\"" + KEY + "\"}")));
        assertThat(seen).hasValue(LicenseKey.of(KEY));
        web.resolver = request -> Optional.of(OTHER_KEY);
        Web.send(web.keyed("/any"));
        assertThat(seen).hasValue(LicenseKey.of(OTHER_KEY));
    }

    @Test
    void theLicenseIsToldWhetherItWasNamedByKeyOrById() {
        Web.send(web.keyed("/any"));
        assertThat(license).hasValue(LicenseKey.of(KEY));
        web.resolver = request -> Optional.of("lic_0123456789");
        Web.send(web.keyed("/any"));
        assertThat(license).hasValue(new LicenseId("lic_0123456789"));
        assertThat(seen).isEmpty();
        assertThat(attributes).anyMatch(text -> text.endsWith("=lic_0123456789"));
    }

    @Test
    void aRequestThatPassedUnmeteredHasNone() {
        Web.send(web.request("/any"));
        assertThat(seen).isEmpty();
        Web.send(web.keyed("/free"));
        assertThat(seen).isEmpty();
        assertThat(license).isEmpty();
    }

    @Test
    void whoPrintsTheAttributesOfARequestPrintsNoKey() {
        Web.send(web.keyed("/any"));
        assertThat(attributes).isNotEmpty().noneMatch(text -> text.contains(KEY));
        assertThat(attributes)
                .anyMatch(text -> text.endsWith("=" + LicenseKey.of(KEY).masked()));
    }
}
