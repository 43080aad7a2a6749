package io.hourmeter.tests;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The arrows of docs/architecture.md, over all modules at once. */
class ArchitectureTest {

    private static final JavaClasses PRODUCT = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.hourmeter");

    @Test
    void coreKnowsNoOtherModule() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "io.hourmeter", "io.hourmeter.usage..", "io.hourmeter.client..", "io.hourmeter.config..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.hourmeter.servlet..",
                        "io.hourmeter.stripe..",
                        "io.hourmeter.server..",
                        "io.hourmeter.test..",
                        "io.hourmeter.examples..")
                .check(PRODUCT);
    }

    @Test
    void filterAndPaymentsKnowNeitherEachOtherNorTheServer() {
        noClasses()
                .that()
                .resideInAPackage("io.hourmeter.servlet..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.hourmeter.stripe..", "io.hourmeter.server..")
                .check(PRODUCT);
        noClasses()
                .that()
                .resideInAPackage("io.hourmeter.stripe..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.hourmeter.servlet..", "io.hourmeter.server..")
                .check(PRODUCT);
    }

    @Test
    void onlyTheTestKitAndExamplesKnowTheServer() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.hourmeter.server..", "io.hourmeter.test..", "io.hourmeter.examples..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.hourmeter.server..")
                .check(PRODUCT);
    }

    @Test
    void ledgerKnowsNothingOfHttp() {
        noClasses()
                .that()
                .resideInAPackage("io.hourmeter.server.ledger..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.hourmeter.server", "io.hourmeter.server.http..", "jakarta.servlet..", "org.eclipse.jetty..")
                .check(PRODUCT);
    }

    @Test
    void sqlStaysInTheLedger() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.hourmeter.server.ledger..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.sql..", "javax.sql..", "org.sqlite..", "com.zaxxer..")
                .check(PRODUCT);
    }

    @Test
    void servletTypesStayAtTheEdge() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        "io.hourmeter.servlet..",
                        "io.hourmeter.stripe.web..",
                        "io.hourmeter.server.http..",
                        "io.hourmeter.examples..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jakarta.servlet..")
                .check(PRODUCT);
    }

    @Test
    void secretsAreComparedInConstantTime() {
        for (String keeper : List.of(
                "io.hourmeter.LicenseKey",
                "io.hourmeter.usage.node.SessionIds",
                "io.hourmeter.server.http.Tokens",
                "io.hourmeter.stripe.WebhookSignature")) {
            classes()
                    .that()
                    .haveFullyQualifiedName(keeper)
                    .should()
                    .callMethod(MessageDigest.class, "isEqual", byte[].class, byte[].class)
                    .check(PRODUCT);
        }
        noClasses()
                .should()
                .callMethod(Arrays.class, "equals", byte[].class, byte[].class)
                .orShould()
                .callMethod(String.class, "contentEquals", CharSequence.class)
                .check(PRODUCT);
    }

    @Test
    void packagesOfTheServerHaveNoCycles() {
        slices().matching("io.hourmeter.server.(*)..").should().beFreeOfCycles().check(PRODUCT);
    }
}
