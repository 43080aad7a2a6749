package io.hourmeter.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/**
 * Whatever fails on the way of a request through the filter, nobody without a license known good gets in, and no fault of
 * ours is the host's. The methods on the way are found by watching requests; each is then made to fail for each kind of
 * request that passes it.
 *
 * <p>Much of the time is spent waiting for answers that a fault has lost, so the long cases run at once, each with classes
 * of its own.
 */
class OpenDoorsTest {

    private static final Logger LOGGER = (Logger) LoggerFactory.getLogger("io.hourmeter");

    @BeforeAll
    static void silence() {
        LOGGER.setLevel(Level.OFF);
    }

    @AfterAll
    static void speak() {
        LOGGER.setLevel(null);
    }

    private static final int AT_ONCE = 4;

    /** Policy, whether a license is required, billing, from every source, and which part of the methods. */
    private static final String[][] LONG_CASES = {
        {"deny", "true", "session", "true", "1/3"},
        {"deny", "true", "session", "true", "2/3"},
        {"deny", "true", "session", "true", "3/3"},
        {"allow", "true", "license", "true", "1/2"},
        {"allow", "true", "license", "true", "2/2"},
        {"allow", "false", "session", "true", "1/1"},
        {"deny", "false", "license", "true", "1/1"},
    };

    @SuppressWarnings("unchecked")
    private static List<String> tried(ClassLoader loader, String what, String... settings) throws Exception {
        Class<?> tries = loader.loadClass(OpenDoors.class.getName());
        Object one = tries.getConstructor(String.class, String.class, String.class, String.class, String.class)
                .newInstance((Object[]) settings);
        return (List<String>) tries.getMethod(what).invoke(one);
    }

    private static void nobodyGetsIn(String what, String... settings) throws Exception {
        List<String> lines = tried(new TripwireLoader(), what, settings);
        System.out.println("OpenDoorsTest " + lines.get(0));
        assertThat(lines.subList(1, lines.size())).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"allow, true, license", "deny, false, session"})
    void whateverFailsNobodyGetsInWithoutALicenseKnownGood(String policy, String required, String billing)
            throws Exception {
        nobodyGetsIn("call", policy, required, billing, "false", "1/1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"allow", "deny"})
    void nobodyGetsInPastTheFirstFilterOfFilterPaths(String policy) throws Exception {
        nobodyGetsIn("callByPaths", policy, "true", "license", "true", "1/1");
    }

    @Tag("full")
    @Test
    void whateverFailsNobodyGetsInFromAnySource() throws Exception {
        ExecutorService atOnce = Executors.newFixedThreadPool(AT_ONCE);
        try {
            List<Future<?>> cases = new ArrayList<>();
            for (String[] settings : LONG_CASES) {
                cases.add(atOnce.submit(() -> {
                    nobodyGetsIn("call", settings);
                    return null;
                }));
            }
            for (Future<?> each : cases) {
                each.get();
            }
        } finally {
            atOnce.shutdownNow();
        }
    }

    /** As beside a library that is too old: what needs the class fails for ever, wherever that is. */
    @Tag("full")
    @Test
    void whicheverClassIsMissingNobodyGetsIn() throws Exception {
        TripwireLoader loader = new TripwireLoader();
        List<String> classes = tried(loader, "classes", "allow", "true", "license", "true", "1/1");
        assertThat(classes).contains(JsonField.class.getName(), BodyPeek.class.getName(), RequestMeter.class.getName());
        List<String> started = new ArrayList<>();
        for (String missing : classes) {
            List<String> lines =
                    tried(loader.without(missing), "callAsItIs", "allow", "true", "license", "true", "1/1");
            assertThat(lines.subList(1, lines.size())).as("without " + missing).isEmpty();
            if (!lines.get(0).equals("does not start")) {
                started.add(missing);
            }
        }
        System.out.println("OpenDoorsTest of " + classes.size() + " classes, one missing; starts without " + started);
        assertThat(started).contains(JsonField.class.getName(), PeekedBody.class.getName());
    }
}
