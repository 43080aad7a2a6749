package io.hourmeter;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The arrows between the packages of this module, and where its time comes from. */
class ArchitectureTest {

    private static final JavaClasses CORE = new ClassFileImporter().importPath(Path.of("target/classes"));

    private static final String ROOT = "io.hourmeter";
    private static final String USAGE = "io.hourmeter.usage..";
    private static final String CLIENT = "io.hourmeter.client..";
    private static final String CONFIG = "io.hourmeter.config..";
    private static final String WIRE = "io.hourmeter.wire..";

    /**
     * Ways to ask for the calendar, or to wait for time to pass. {@code nanoTime} is not among them: it also bounds how long
     * a close waits for threads, which is real time in tests as well.
     */
    private static final Set<String> CLOCKS = Set.of(
            "java.lang.System.currentTimeMillis",
            "java.lang.Thread.sleep",
            "java.time.Instant.now",
            "java.time.LocalDate.now",
            "java.time.LocalDateTime.now",
            "java.time.ZonedDateTime.now",
            "java.time.OffsetDateTime.now",
            "java.util.Date.<init>");

    @Test
    void valuesAndPortsKnowNothingElse() {
        noClasses()
                .that()
                .resideInAPackage(ROOT)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(USAGE, CLIENT, CONFIG)
                .check(CORE);
    }

    @Test
    void onlyTheOpeningOfATrackerKnowsSettingsAndClient() {
        noClasses()
                .that()
                .resideInAPackage(USAGE)
                .and()
                .doNotHaveSimpleName("UsageTracker")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(CLIENT, CONFIG, "okhttp3..", "com.fasterxml..")
                .check(CORE);
    }

    @Test
    void settingsKnowNoClient() {
        noClasses()
                .that()
                .resideInAPackage(CONFIG)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(CLIENT)
                .check(CORE);
    }

    @Test
    void onlyTheOpeningOfAClientKnowsTheSettings() {
        classes()
                .that()
                .resideInAPackage(CLIENT)
                .and()
                .doNotHaveSimpleName("LicenseClients")
                .and()
                .doNotHaveSimpleName("LicenseClientProvider")
                .should()
                .onlyDependOnClassesThat(describe(
                        "are outside of config and usage",
                        other -> !resideInAPackage(CONFIG)
                                .or(resideInAPackage(USAGE))
                                .test(other)))
                .check(CORE);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("io.hourmeter.(*)..").should().beFreeOfCycles().check(CORE);
    }

    @Test
    void httpStaysInTheClientAndJsonInTheClientAndTheWire() {
        noClasses()
                .that()
                .resideOutsideOfPackage(CLIENT)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("okhttp3..", "okio..", "kotlin..")
                .check(CORE);
        noClasses()
                .that()
                .resideOutsideOfPackages(CLIENT, WIRE)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("com.fasterxml..")
                .check(CORE);
    }

    @Test
    void timeComesFromTheTwoClocks() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName("io.hourmeter.client.ClientClock$1")
                .and()
                .doNotHaveFullyQualifiedName("io.hourmeter.internal.TimeSource$MachineClocks")
                .should()
                .callCodeUnitWhere(target(isAClock()))
                .check(CORE);
    }

    private static DescribedPredicate<AccessTarget.CodeUnitCallTarget> isAClock() {
        return describe(
                "ask a clock of the machine",
                method -> CLOCKS.contains(method.getOwner().getName() + "." + method.getName())
                        && !(method.getName().equals("<init>")
                                && !method.getRawParameterTypes().isEmpty()));
    }

    @Test
    void theRulesOfANodeAreWithoutClockAndWithoutInputOrOutput() {
        classes()
                .that(describe("are the rules of a node", ArchitectureTest::isRuleOfANode))
                .should()
                .onlyDependOnClassesThat(describe(
                        "are values, collections and other rules",
                        other -> !other.getName().startsWith("java.io.")
                                && !other.getName().startsWith("java.net.")
                                && !other.getName().startsWith("java.nio.")
                                && !other.getName().startsWith("org.slf4j.")
                                && !other.getSimpleName().equals("Ticker")
                                && !other.getSimpleName().equals("LicenseClient")))
                .check(CORE);
    }

    private static boolean isRuleOfANode(JavaClass type) {
        return type.getPackageName().equals("io.hourmeter.usage")
                && Set.of(
                                "NodeCore",
                                "Arrivals",
                                "AnswerRules",
                                "Housekeeper",
                                "Scopes",
                                "Dispatch",
                                "Outage",
                                "FallbackLeases",
                                "ServerContact",
                                "Refusals",
                                "KnownLicenses",
                                "KnownLicense",
                                "LicenseSnapshot",
                                "PendingLease",
                                "Lease")
                        .contains(type.getSimpleName());
    }
}
