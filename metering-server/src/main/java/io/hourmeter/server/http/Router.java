package io.hourmeter.server.http;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Finds the route of a request. Immutable. */
final class Router {

    /** A route and what the path says at its placeholder. */
    record Match(Route route, String segment) {}

    private final List<Route> routes;
    private final Set<String> open;

    Router(List<Route> routes) {
        this.routes = List.copyOf(routes);
        this.open = routes.stream()
                .filter(route -> route.needs() == Permission.ANYBODY)
                .map(Route::template)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Whether a path is for anybody, whoever and wherever they are. */
    boolean isOpen(String path) {
        return open.contains(path);
    }

    /**
     * Finds the route.
     *
     * @param method of the request; HEAD is answered as GET, without the body
     * @param path decoded path
     * @throws ProblemException 404 for a path that no call has, 405 with Allow for another method
     */
    Match find(String method, String path) {
        List<Match> matches = routes.stream()
                .flatMap(route -> route.match(path).map(segment -> new Match(route, segment)).stream())
                .toList();
        if (matches.stream().anyMatch(match -> match.route().literal())) {
            matches = matches.stream().filter(match -> match.route().literal()).toList();
        }
        if (matches.isEmpty()) {
            throw new ProblemException(
                    ApiResponse.problem(404, "Not found", "NOT_FOUND", "the license server has no call of this path"));
        }
        String wanted = method.equals("HEAD") ? "GET" : method;
        List<Match> found = matches;
        return found.stream()
                .filter(match -> match.route().method().equals(wanted))
                .findFirst()
                .orElseThrow(() -> notAllowed(found));
    }

    private static ProblemException notAllowed(List<Match> matches) {
        String allowed = matches.stream()
                .map(match -> match.route().method())
                .flatMap(method -> method.equals("GET") ? Stream.of("GET", "HEAD") : Stream.of(method))
                .distinct()
                .sorted()
                .collect(Collectors.joining(", "));
        return new ProblemException(ApiResponse.problem(
                        405, "Method not allowed", "METHOD_NOT_ALLOWED", "this path answers to " + allowed + " only")
                .with("Allow", allowed));
    }
}
