package io.hourmeter.server;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The arrows between the packages of this module: HTTP and commands, ledger, calls, store, rules. */
class ArchitectureTest {

    private static final JavaClasses SERVER = new ClassFileImporter().importPath(Path.of("target/classes"));

    private static final String COMMANDS = "io.hourmeter.server";
    private static final String HTTP = "io.hourmeter.server.http..";
    private static final String LEDGER = "io.hourmeter.server.ledger";
    private static final String CALLS = "io.hourmeter.server.ledger.calls";
    private static final String STORE = "io.hourmeter.server.ledger.store";
    private static final String RULES = "io.hourmeter.server.ledger.rules";
    private static final String SQLITE = "io.hourmeter.server.ledger.sqlite";

    private static final Set<String> CLOCKS = Set.of(
            "java.lang.System.currentTimeMillis",
            "java.lang.System.nanoTime",
            "java.lang.Thread.sleep",
            "java.time.Clock.systemUTC",
            "java.time.Instant.now",
            "java.time.InstantSource.system",
            "java.time.LocalDate.now",
            "java.time.LocalDateTime.now",
            "java.time.ZonedDateTime.now",
            "java.time.OffsetDateTime.now");

    @Test
    void theRulesAreFunctionsOfValues() {
        classes()
                .that()
                .resideInAPackage(RULES)
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(
                                RULES,
                                "io.hourmeter",
                                "io.hourmeter.wire",
                                "java.lang..",
                                "java.math",
                                "java.util",
                                "java.util.function",
                                "java.util.stream",
                                "org.jspecify..")
                        .or(name(Duration.class.getName())))
                .check(SERVER);
    }

    @Test
    void callsDecideOnWhatWasLoaded() {
        classes()
                .that()
                .resideInAPackage(CALLS)
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(
                        CALLS,
                        STORE,
                        RULES,
                        "io.hourmeter",
                        "io.hourmeter.wire",
                        "java.lang..",
                        "java.nio.charset",
                        "java.security",
                        "java.time",
                        "java.util..",
                        "org.jspecify.."))
                .check(SERVER);
    }

    @Test
    void rulesAndCallsAskNoClock() {
        noClasses()
                .that()
                .resideInAnyPackage(RULES, CALLS)
                .should()
                .callCodeUnitWhere(target(isAClock()))
                .check(SERVER);
    }

    private static DescribedPredicate<AccessTarget.CodeUnitCallTarget> isAClock() {
        return describe(
                "ask a clock of the machine",
                method -> CLOCKS.contains(method.getOwner().getName() + "." + method.getName()));
    }

    @Test
    void thePortOfTheStoreKnowsTheRulesAlone() {
        noClasses()
                .that()
                .resideInAPackage(STORE)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(LEDGER, CALLS, SQLITE, COMMANDS, HTTP)
                .check(SERVER);
    }

    @Test
    void aDatabaseKnowsThePortAndTheRules() {
        noClasses()
                .that()
                .resideInAPackage(SQLITE)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(LEDGER, CALLS, COMMANDS, HTTP)
                .check(SERVER);
    }

    @Test
    void onePlaceKnowsTheKindsOfDatabases() {
        noClasses()
                .that()
                .resideOutsideOfPackage(SQLITE)
                .and()
                .doNotHaveFullyQualifiedName(LEDGER + ".LedgerDatabases")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(SQLITE)
                .check(SERVER);
    }

    @Test
    void sqlStaysInThePackagesOfDatabases() {
        noClasses()
                .that()
                .resideOutsideOfPackage(SQLITE)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.sql..", "javax.sql..", "org.sqlite..", "com.zaxxer..")
                .check(SERVER);
    }

    @Test
    void httpAndCommandsKnowTheLedgerByItsDoor() {
        noClasses()
                .that()
                .resideInAnyPackage(HTTP, COMMANDS)
                .should()
                .dependOnClassesThat(resideInAPackage(LEDGER + "..")
                        .and(describe(
                                "are more than the door and what it takes and gives",
                                type -> !type.getName().startsWith(LEDGER + ".Ledger$")
                                        && !Set.of(LEDGER + ".Ledger", LEDGER + ".Difference")
                                                .contains(type.getName()))))
                .check(SERVER);
    }

    @Test
    void theLedgerKnowsNothingOfHttp() {
        noClasses()
                .that()
                .resideInAPackage(LEDGER + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(COMMANDS, HTTP, "com.fasterxml..", "org.eclipse.jetty..")
                .check(SERVER);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("io.hourmeter.server.(**)").should().beFreeOfCycles().check(SERVER);
    }
}
