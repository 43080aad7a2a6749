package io.hourmeter.tests.libraries;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The jars of an application of {@code src/hosts}, in the order in which Maven hands them to Java. */
record ClassPath(List<Path> jars) {

    private static final Path HOSTS = Path.of(System.getProperty("hosts"));
    private static final Pattern NAME = Pattern.compile("(.+?)-(\\d.*)\\.jar");

    /** As Maven makes it from the application's pom. */
    static ClassPath of(String host) {
        try {
            return new ClassPath(Stream.of(Files.readString(HOSTS.resolve(host).resolve("target/classpath"))
                            .strip()
                            .split(File.pathSeparator))
                    .map(Path::of)
                    .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Those of the named artifacts from another application, in place of its own. */
    ClassPath with(ClassPath other, String... artifacts) {
        List<String> replaced = List.of(artifacts);
        return new ClassPath(jars.stream()
                .map(jar -> replaced.contains(artifact(jar)) ? other.jar(artifact(jar)) : jar)
                .toList());
    }

    ClassPath without(String artifact) {
        return new ClassPath(
                jars.stream().filter(jar -> !artifact(jar).equals(artifact)).toList());
    }

    Path jar(String artifact) {
        return jars.stream()
                .filter(jar -> artifact(jar).equals(artifact))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + artifact + " among " + jars));
    }

    List<String> artifacts() {
        return jars.stream().map(ClassPath::artifact).toList();
    }

    boolean has(String artifact) {
        return jars.stream().anyMatch(jar -> artifact(jar).equals(artifact));
    }

    String version(String artifact) {
        Matcher name = NAME.matcher(jar(artifact).getFileName().toString());
        if (!name.matches()) {
            throw new AssertionError(name);
        }
        return name.group(2);
    }

    private static String artifact(Path jar) {
        Matcher name = NAME.matcher(jar.getFileName().toString());
        return name.matches() ? name.group(1) : jar.getFileName().toString();
    }

    /** As the option of Java has it. */
    String text() {
        return jars.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }
}
