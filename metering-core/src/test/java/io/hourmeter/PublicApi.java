package io.hourmeter;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What users of the module can see of it. */
final class PublicApi {

    /** Packages that are exported to the other modules of this project only, or to nobody. */
    private static final Set<String> INTERNAL =
            Set.of("io.hourmeter.internal", "io.hourmeter.wire", "io.hourmeter.client.legacy");

    private PublicApi() {}

    /** One line for each public type and each public member, sorted. */
    static String dump(JavaClasses classes) {
        StringBuilder text = new StringBuilder();
        classes.stream()
                .filter(PublicApi::isVisible)
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
    static boolean isVisible(JavaClass type) {
        return !INTERNAL.contains(type.getPackageName())
                && type.getModifiers().contains(JavaModifier.PUBLIC)
                && type.getEnclosingClass().map(PublicApi::isVisible).orElse(true);
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

    /** Every type that the visible members of a type mention. */
    static Set<JavaClass> typesIn(JavaClass type) {
        return isVisible(type)
                ? members(type).flatMap(member -> mentioned(member).stream()).collect(Collectors.toSet())
                : Set.of();
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

    static void requireOwnOrPlatform(JavaClass type) {
        JavaClass element = type.getBaseComponentType();
        assertThat(element.isPrimitive() ? "java." : element.getName()).matches("(java|io\\.hourmeter)\\..*");
    }
}
