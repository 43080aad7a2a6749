package io.hourmeter.server.http;

import java.util.List;
import java.util.Optional;
import org.eclipse.jetty.server.Request;

/**
 * One call of the server: method, path template, who may make it, what it understands, and what answers it.
 *
 * @param method HTTP method
 * @param template path in which {@code {key}} stands for one segment; also the name of the call in logs, where the real
 *     path, which may hold a license key, must not appear
 * @param needs what it asks of its caller
 * @param inputs members and parameters that it knows
 * @param action what answers
 */
record Route(String method, String template, Permission needs, KnownInputs inputs, Action action) {

    private static final String PLACEHOLDER = "{key}";

    /** What answers a call. May throw {@link ProblemException} and what the ledger throws. */
    @FunctionalInterface
    interface Action {
        ApiResponse answer(ApiRequest call);
    }

    /**
     * Refuses a query that this call does not understand.
     *
     * @throws ProblemException 400 for a parameter that it does not know
     */
    void checkQuery(Request request) {
        if (inputs.strict()) {
            inputs.checkParameters(Query.of(request).names());
        }
    }

    /** Answers a call, once it is known that its caller may make it. */
    ApiResponse answer(ApiRequest call) {
        return action.answer(call);
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
