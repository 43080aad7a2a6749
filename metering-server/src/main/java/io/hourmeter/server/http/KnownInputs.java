package io.hourmeter.server.http;

import io.hourmeter.LicenseKey;
import io.hourmeter.wire.CallJson;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Which members of the body and which query parameters a call knows.
 *
 * <p>A call that changes something, or lists, refuses every other by name: a member that is ignored is a wish that is
 * not granted, and the caller takes the answer for the grant. Calls that only read one thing, and the usage message,
 * which nodes of the next or the last version send, ignore what they do not know.
 *
 * @param strict false when what is not known is ignored
 * @param members of the body
 * @param parameters of the query
 */
record KnownInputs(boolean strict, List<String> members, List<String> parameters) {

    /** Everything, of which the call uses what it knows. */
    static final KnownInputs ANY = new KnownInputs(false, List.of(), List.of());

    /** Names that an error text may repeat; what else stands in the place of a name may be a secret. */
    private static final Pattern PLAIN_NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_]{0,39}");

    /** The members of a record of {@link CallJson} and no query. */
    static KnownInputs ofBody(Class<? extends Record> message) {
        return new KnownInputs(true, CallJson.names(message), List.of());
    }

    /** These query parameters. */
    static KnownInputs ofQuery(String... parameters) {
        return new KnownInputs(true, List.of(), List.of(parameters));
    }

    /**
     * Refuses a body with another member.
     *
     * @throws ProblemException 400 that names it, and those that are known
     */
    void checkMembers(Iterable<String> names) {
        check("member", names, members);
    }

    /**
     * Refuses a query with another parameter.
     *
     * @throws ProblemException 400 that names it, and those that are known
     */
    void checkParameters(Iterable<String> names) {
        check("query parameter", names, parameters);
    }

    private void check(String what, Iterable<String> names, List<String> known) {
        if (!strict) {
            return;
        }
        for (String name : names) {
            if (!known.contains(name)) {
                throw ProblemException.invalid("unknown " + what + shown(name) + "; this call knows "
                        + (known.isEmpty() ? "none" : String.join(", ", known)));
            }
        }
    }

    private static String shown(String name) {
        boolean plain =
                PLAIN_NAME.matcher(name).matches() && LicenseKey.parse(name).isEmpty();
        return plain ? " " + name : " (its name is not repeated here)";
    }
}
