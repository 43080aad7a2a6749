package io.hourmeter.internal;

import java.security.CodeSource;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Checks at start that the libraries which an application brings are there and new enough, so that a class that is missing
 * stops the start with one line instead of failing a request later. Whoever opens something calls this first; it needs
 * none of these libraries itself. docs/compatibility.md has the versions, and why.
 */
public final class LibraryVersions {

    private static final List<Library> CORE = List.of(
            new Library("slf4j-api", "1.6.0", "org.slf4j.LoggerFactory", "org.slf4j.helpers.FormattingTuple"),
            new Library(
                    "jackson-annotations",
                    "2.12.0",
                    "com.fasterxml.jackson.annotation.JsonProperty",
                    "com.fasterxml.jackson.annotation.JsonKey"),
            new Library(
                    "jackson-core",
                    "2.12.0",
                    "com.fasterxml.jackson.core.JsonFactory",
                    "com.fasterxml.jackson.core.StreamReadCapability"),
            new Library(
                    "jackson-databind",
                    "2.12.0",
                    "com.fasterxml.jackson.databind.ObjectMapper",
                    "com.fasterxml.jackson.databind.cfg.CoercionConfigs"),
            new Library(
                    "caffeine",
                    "2.7.0",
                    "com.github.benmanes.caffeine.cache.Caffeine",
                    "com.github.benmanes.caffeine.cache.AsyncCache"),
            new Library("kotlin-stdlib", "1.8.0", "kotlin.Unit", "kotlin.enums.EnumEntries"));

    private static final List<Library> STRIPE = List.of(
            new Library("stripe-java", "29.5.0", "com.stripe.Stripe", "com.stripe.service.V1Services"),
            new Library("gson", "2.9.1", "com.google.gson.Gson", "com.google.gson.ReflectionAccessFilter"));

    private static final List<Library> LEDGER = List.of(
            new Library(
                    "HikariCP",
                    "4.0.0",
                    "com.zaxxer.hikari.HikariDataSource",
                    "com.zaxxer.hikari.pool.HikariPool$KeepaliveTask"),
            new Library("sqlite-jdbc", "3.39.2.0", "org.sqlite.JDBC", "org.sqlite.core.SafeStmtPtr"));

    private static final List<Library> HTTP_SERVER = List.of(new Library(
            "jetty-server",
            "12.0.24",
            "org.eclipse.jetty.server.Server",
            "org.eclipse.jetty.server.NetworkConnectionLimit"));

    /** A native image has been linked as a whole, and knows no class by name that it was not told of. */
    private static final boolean LINKED_AHEAD = System.getProperty("org.graalvm.nativeimage.imagecode") != null;

    private LibraryVersions() {}

    /**
     * A library that an application may bring in another version than the one it was compiled against.
     *
     * @param artifact its name
     * @param least the oldest version that works
     * @param always a class that it has in every version
     * @param since a class that it has since that version
     */
    record Library(String artifact, String least, String always, String since) {}

    /** Every library that is checked. */
    static List<Library> all() {
        return Stream.of(CORE, STRIPE, LEDGER, HTTP_SERVER)
                .flatMap(List::stream)
                .toList();
    }

    /**
     * Checks what metering-core works with.
     *
     * @throws LibraryException if something is missing or too old
     */
    public static void requireCore() {
        require(LibraryVersions.class, CORE);
    }

    /**
     * Checks what metering-core and metering-stripe work with.
     *
     * @param user a class of metering-stripe, which may have another class loader
     * @throws LibraryException if something is missing or too old
     */
    public static void requireStripe(Class<?> user) {
        requireCore();
        require(user, STRIPE);
    }

    /**
     * Checks what metering-core and the ledger of metering-server work with.
     *
     * @param user a class of metering-server, which may have another class loader
     * @throws LibraryException if something is missing or too old
     */
    public static void requireLedger(Class<?> user) {
        requireCore();
        require(user, LEDGER);
    }

    /**
     * Checks what a license server with its HTTP port works with.
     *
     * @param user a class of metering-server, which may have another class loader
     * @throws LibraryException if something is missing or too old
     */
    public static void requireLicenseServer(Class<?> user) {
        requireLedger(user);
        require(user, HTTP_SERVER);
    }

    private static void require(Class<?> user, List<Library> libraries) {
        if (LINKED_AHEAD) {
            return;
        }
        String complaints = libraries.stream()
                .flatMap(library -> complaint(library, user.getClassLoader()))
                .collect(Collectors.joining("; "));
        if (!complaints.isEmpty()) {
            throw new LibraryException("Hourmeter cannot start: " + complaints);
        }
    }

    private static Stream<String> complaint(Library library, @Nullable ClassLoader loader) {
        Class<?> found = find(library.always, loader);
        if (found == null) {
            return Stream.of(
                    library.artifact + " is missing on the class path; it needs " + library.least + " or newer");
        }
        if (find(library.since, loader) == null) {
            return Stream.of(library.artifact + " " + whichOne(library, found) + " is too old; it needs "
                    + library.least + " or newer");
        }
        return Stream.empty();
    }

    private static @Nullable Class<?> find(String name, @Nullable ClassLoader loader) {
        try {
            return Class.forName(name, false, loader);
        } catch (ClassNotFoundException | LinkageError e) {
            return null;
        }
    }

    /** Version and place, as far as they can be told: the version is part of the name that Maven gives to a jar. */
    private static String whichOne(Library library, Class<?> found) {
        CodeSource source = found.getProtectionDomain().getCodeSource();
        String place = source == null || source.getLocation() == null
                ? "an unknown place"
                : source.getLocation().toString();
        Matcher version =
                Pattern.compile("/" + library.artifact + "-(\\d[^/!]*)\\.jar").matcher(place);
        return (version.find() ? version.group(1) : "of an unknown version") + " in " + place;
    }

    /** A library is missing or too old. The message is one line for the person who can mend it. */
    public static final class LibraryException extends IllegalStateException {

        private static final long serialVersionUID = 1L;

        private LibraryException(String message) {
            super(message);
        }
    }
}
