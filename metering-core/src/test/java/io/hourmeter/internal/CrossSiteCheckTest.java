package io.hourmeter.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.internal.CrossSiteCheck.Finding;
import io.hourmeter.tests.CallerTable;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class CrossSiteCheckTest {

    private static final String OWN = "https://app.example.com:8443";

    static List<CallerTable.Caller> callers() {
        return CallerTable.of(OWN);
    }

    @ParameterizedTest
    @MethodSource("callers")
    void theTableHolds(CallerTable.Caller caller) {
        assertThat(judge(Stream.concat(caller.headers().stream(), Stream.of("Content-Length: 12"))))
                .matches(finding -> finding.isEmpty() == caller.served());
    }

    @ParameterizedTest
    @CsvSource({
        "Sec-Fetch-Site: same-site, OTHER_SITE",
        "Origin: null, OTHER_ORIGIN",
        "Referer: http://evil.example/, OTHER_REFERER",
        "Accept: text/html, FORM"
    })
    void theFindingSaysWhichHeaderItIs(String header, Finding finding) {
        assertThat(judge(Stream.of(header, "Transfer-Encoding: chunked"))).contains(finding);
    }

    @Test
    void whatHasNoBodyIsNoForm() {
        assertThat(judge(Stream.of("Accept: text/html"))).isEmpty();
        assertThat(judge(Stream.of("Accept: text/html", "Content-Length: 0"))).isEmpty();
        // A form without fields has a type all the same.
        assertThat(judge(Stream.of("Accept: text/html", "Content-Length: 0", "Content-Type: text/plain")))
                .contains(Finding.FORM);
    }

    @Test
    void theUsualPortMayBeLeftOutOrNot() {
        assertThat(judge(Map.of("Origin", List.of("https://app.example.com:443")), "https://app.example.com"))
                .isEmpty();
        assertThat(judge(Map.of("Origin", List.of("https://APP.example.com")), "https://app.example.com"))
                .isEmpty();
    }

    private static Optional<Finding> judge(Stream<String> lines) {
        Map<String, List<String>> headers = lines.map(line -> line.split(":", 2))
                .collect(Collectors.groupingBy(
                        parts -> parts[0],
                        () -> new TreeMap<>(String.CASE_INSENSITIVE_ORDER),
                        Collectors.flatMapping(parts -> Arrays.stream(parts).skip(1), Collectors.toList())));
        return judge(headers, OWN.toLowerCase(Locale.ROOT));
    }

    private static Optional<Finding> judge(Map<String, List<String>> headers, String own) {
        return CrossSiteCheck.judge(headers::get, own::equals);
    }
}
