package io.hourmeter.server.http;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One call of the server: method, path template, the scope it needs, and what answers it.
 *
 * @param method HTTP method
 * @param template path in which {@code {key}} stands for one segment; also the name of the call in logs, where the real
 *     path, which may hold a license key, must not appear
 * @param needs scope that a token must cover; null when the license key is enough or nothing is needed
 * @param action what answers
 */
record Route(String method, String template, @Nullable Scope needs, Action action) {

    private static final String PLACEHOLDER = "{key}";

    /** What answers a call. May throw {@link Refusal} and what the ledger throws. */
    @FunctionalInterface
    interface Action {
        Answer answer(Call call);
    }

    /** A path without a placeholder beats one with it. */
    boolean literal() {
        return !template.contains(PLACEHOLDER);
    }

    /**
     * Compares a path with the template.
     *
     * @return the segment at the placeholder, {@code ""} when the template has none; empty when the path is another
     */
    Optional<String> match(String path) {
        List<String> wanted = List.of(template.split("/", -1));
        List<String> given = List.of(path.split("/", -1));
        if (wanted.size() != given.size()) {
            return Optional.empty();
        }
        String segment = "";
        for (int i = 0; i < wanted.size(); i++) {
            if (wanted.get(i).equals(PLACEHOLDER) && !given.get(i).isEmpty()) {
                segment = given.get(i);
            } else if (!wanted.get(i).equals(given.get(i))) {
                return Optional.empty();
            }
        }
        return Optional.of(segment);
    }
}
