package io.hourmeter.tests;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What users of a module can see of it: the public types of the packages that its descriptor exports to everybody. A public
 * name is a promise, so each module has a list of its own, and none comes or goes unnoticed.
 *
 * <p>Immutable.
 */
public final class PublicApi {

    /** {@code -Dapi.update=true} writes the list anew; the difference is reviewed with the change. */
    private static final String UPDATE = "api.update";

    private final JavaClasses classes;
    private final Set<String> exported;

    private PublicApi(JavaClasses classes, Set<String> exported) {
        this.classes = classes;
        this.exported = exported;
    }

    /**
     * Reads the module that is being built.
     *
     * @param folder its compiled classes, {@code target/classes} as a rule
     */
    public static PublicApi of(Path folder) {
        Set<String> exported = ModuleFinder.of(folder).findAll().stream()
                .flatMap(module -> module.descriptor().exports().stream())
                .filter(exports -> !exports.isQualified())
                .map(ModuleDescriptor.Exports::source)
                .collect(Collectors.toSet());
        if (exported.isEmpty()) {
            throw new IllegalArgumentException(folder + " has no module descriptor, or one that exports nothing");
        }
        return new PublicApi(new ClassFileImporter().importPath(folder), exported);
    }

    /**
     * Compares with the list, or writes it.
     *
     * @param list a text file in the module's test resources
     * @throws AssertionError with both texts, if they differ
     */
    public void requireAsListedIn(Path list) throws IOException {
        String now = dump();
        if (Boolean.getBoolean(UPDATE)) {
            Files.writeString(list, now);
        }
        String then = Files.readString(list);
        if (!now.equals(then)) {
            throw new AssertionError(
                    "The public API is not as listed in " + list + "; if that is meant, run the test with -D" + UPDATE
                            + "=true.\nGone: " + without(then, now) + "\nNew: " + without(now, then));
        }
    }

    private static List<String> without(String one, String other) {
        List<String> rest = new ArrayList<>(one.lines().toList());
        rest.removeAll(other.lines().toList());
        return rest;
    }

    /** One line for each public type and each public member, sorted. */
    private String dump() {
        StringBuilder text = new StringBuilder();
        classes.stream()
                .filter(this::isVisible)
                .sorted(Comparator.comparing(JavaClass::getName))
                .forEach(type -> {
                    text.append(type.getName()).append('\n');
                    members(type)
                            .map(PublicApi::line)
                            .collect(Collectors.toCollection(TreeSet::new))
                            .forEach(line -> text.append("    ").append(line).append('\n'));
                });
        return text.toString();
    }

    /** Whether an application can use a type. */
    private boolean isVisible(JavaClass type) {
        return exported.contains(type.getPackageName())
                && type.getModifiers().contains(JavaModifier.PUBLIC)
                && type.getEnclosingClass().map(this::isVisible).orElse(true);
    }

    /**
     * Requires that no visible member mentions a type of a library, but for those named.
     *
     * @param allowed beginnings of names beside {@code java.} and {@code io.hourmeter.}
     * @param except simple names of types that are made for a library
     */
    public void requireNoLibrary(Set<String> allowed, Set<String> except) {
        for (JavaClass type : classes) {
            if (isVisible(type) && !except.contains(type.getSimpleName())) {
                members(type)
                        .flatMap(member -> mentioned(member).stream())
                        .map(JavaClass::getBaseComponentType)
                        .filter(mentioned -> !mentioned.isPrimitive())
                        .map(JavaClass::getName)
                        .filter(name -> !name.startsWith("java.") && !name.startsWith("io.hourmeter."))
                        .filter(name -> allowed.stream().noneMatch(name::startsWith))
                        .forEach(name -> {
                            throw new AssertionError(type.getName() + " shows " + name + " to its users");
                        });
            }
        }
    }

    private static Stream<JavaMember> members(JavaClass type) {
        return type.getMembers().stream()
                .filter(member -> member.getModifiers().contains(JavaModifier.PUBLIC)
                        || member.getModifiers().contains(JavaModifier.PROTECTED))
                .filter(member -> !member.getModifiers().contains(JavaModifier.SYNTHETIC)
                        && !member.getModifiers().contains(JavaModifier.BRIDGE));
    }

    private static String line(JavaMember member) {
        String kind = member.getModifiers().contains(JavaModifier.STATIC) ? "static " : "";
        if (member instanceof JavaCodeUnit unit) {
            return kind
                    + unit.getName()
                    + unit.getParameterTypes().stream()
                            .map(PublicApi::name)
                            .collect(Collectors.joining(", ", "(", ") "))
                    + name(unit.getReturnType());
        }
        return kind + member.getName() + " " + name(((JavaField) member).getType());
    }

    private static String name(JavaType type) {
        return type.getName().replaceAll("java\\.(?:lang|util|time|math)\\.(?:function\\.)?([A-Z])", "$1");
    }

    private static Collection<JavaClass> mentioned(JavaMember member) {
        if (member instanceof JavaCodeUnit unit) {
            return Stream.concat(
                            unit.getParameterTypes().stream().flatMap(one -> one.getAllInvolvedRawTypes().stream()),
                            unit.getReturnType().getAllInvolvedRawTypes().stream())
                    .toList();
        }
        return List.copyOf(((JavaField) member).getType().getAllInvolvedRawTypes());
    }
}
