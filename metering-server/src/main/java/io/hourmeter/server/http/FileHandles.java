package io.hourmeter.server.http;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How many files and connections this process may have open ({@code ulimit -n}). */
final class FileHandles {

    private static final Path LIMITS = Path.of("/proc/self/limits");
    private static final Pattern SOFT_LIMIT = Pattern.compile("Max open files\\s+(\\d+)\\s.*");

    private FileHandles() {}

    /** The limit; {@link Long#MAX_VALUE} where there is none, or the system does not say. */
    static long most() {
        try {
            return Files.isReadable(LIMITS) ? most(Files.readAllLines(LIMITS)) : Long.MAX_VALUE;
        } catch (IOException e) {
            return Long.MAX_VALUE;
        }
    }

    static long most(List<String> limits) {
        return limits.stream()
                .map(SOFT_LIMIT::matcher)
                .filter(Matcher::matches)
                .mapToLong(line -> Long.parseLong(line.group(1)))
                .findFirst()
                .orElse(Long.MAX_VALUE);
    }
}
