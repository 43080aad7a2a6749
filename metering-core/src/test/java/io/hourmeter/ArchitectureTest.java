package io.hourmeter;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

/** The arrows between the packages of this module, and where its time comes from. */
class ArchitectureTest {

    private static final JavaClasses CORE = new ClassFileImporter().importPath(Path.of("target/classes"));

    private static final String ROOT = "io.hourmeter";
    private static final String USAGE = "io.hourmeter.usage..";
    private static final String NODE = "io.hourmeter.usage.node..";
    private static final String JOURNAL = "io.hourmeter.usage.journal..";
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

    /** What the node may ask of the thread that calls it: a request takes a slot near one that its thread prefers. */
    private static final Set<String> THREAD_IDENTITY = Set.of("currentThread", "getId");

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
        slices().matching("io.hourmeter.(usage..)").should().beFreeOfCycles().check(CORE);
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
    void theRulesOfANodeAreWithoutClockThreadLogAndInputOrOutput() {
        noClasses()
                .that()
                .resideInAPackage(NODE)
                .should()
                .dependOnClassesThat(describe(
                        "are a clock, a lock, a log, a file, a connection or the license server",
                        other -> resideInAnyPackage(
                                                "java.io..",
                                                "java.net..",
                                                "java.nio.file..",
                                                "java.nio.channels..",
                                                "org.slf4j..")
                                        .test(other)
                                || other.getName().startsWith("java.util.concurrent.locks.")
                                || other.isAssignableTo(Executor.class)
                                || Set.of("Ticker", "Clock", "RateLimitedLogger", "LicenseClient")
                                        .contains(other.getSimpleName())))
                .check(CORE);
        noClasses()
                .that()
                .resideInAPackage(NODE)
                .should()
                .callCodeUnitWhere(target(describe("begin or hold up a thread, or read the time", method -> {
                    String owner = method.getOwner().getName();
                    return owner.equals("java.lang.Thread") && !THREAD_IDENTITY.contains(method.getName())
                            || owner.equals("java.lang.System")
                                    && method.getName().equals("nanoTime");
                })))
                .check(CORE);
    }

    @Test
    void theRulesOfANodeKnowOnlyValues() {
        noClasses()
                .that()
                .resideInAPackage(NODE)
                .should()
                .dependOnClassesThat(resideInAPackage("io.hourmeter..")
                        .and(not(resideInAnyPackage(ROOT, NODE)))
                        .and(not(describe(
                                "make ids of given time and chance",
                                other -> other.getName().equals("io.hourmeter.internal.TimeOrderedIds")))))
                .check(CORE);
    }

    @Test
    void theJournalKnowsNothingOfTheTracker() {
        noClasses()
                .that()
                .resideInAPackage(JOURNAL)
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.hourmeter.usage")
                .check(CORE);
    }

    @Test
    void onlyTheJournalReadsAndWritesFiles() {
        noClasses()
                .that()
                .resideInAPackage(USAGE)
                .and()
                .resideOutsideOfPackage(JOURNAL)
                .should()
                .dependOnClassesThat(describe(
                        "read or write files",
                        other -> resideInAnyPackage("java.nio.file..", "java.nio.channels..")
                                                .test(other)
                                        && !other.getName().equals("java.nio.file.Path")
                                || other.getName().startsWith("java.io.File")
                                || other.getName().equals("java.io.RandomAccessFile")))
                .check(CORE);
    }
}
