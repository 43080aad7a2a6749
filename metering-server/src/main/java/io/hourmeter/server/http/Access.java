package io.hourmeter.server.http;

import io.hourmeter.ErrorCode;
import io.hourmeter.internal.TrustedProxies;
import java.util.List;
import java.util.Locale;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;

/**
 * Decides who a caller is and what it may do. Without tokens every caller on this machine may do everything; as soon as
 * one token is configured only tokens count. Immutable.
 */
final class Access {

    private static final String SCHEME = "bearer ";
    private static final String CHALLENGE = "Bearer realm=\"license-server\"";

    private final Tokens tokens;
    private final TrustedProxies proxies;

    Access(Tokens tokens, TrustedProxies proxies) {
        this.tokens = tokens;
        this.proxies = proxies;
    }

    /** Whether no token is configured. */
    boolean trustsThisMachine() {
        return tokens.none();
    }

    /**
     * Finds out who sends a request. A token that is not known makes no caller: it is refused where a token is needed.
     *
     * @throws ProblemException 403 when no token is configured and the request comes from elsewhere
     */
    Caller identify(Request request) {
        if (tokens.none()) {
            LoopbackOnly.check(request, proxies);
            return Caller.LOCAL;
        }
        List<String> values = request.getHeaders().getValuesList(HttpHeader.AUTHORIZATION);
        if (values.size() != 1 || !values.get(0).toLowerCase(Locale.ROOT).startsWith(SCHEME)) {
            return Caller.ANONYMOUS;
        }
        String token = values.get(0).substring(SCHEME.length()).strip();
        return tokens.permissionOf(token).map(Caller::withToken).orElse(Caller.ANONYMOUS);
    }

    /**
     * Lets a caller pass who may make a call.
     *
     * @throws ProblemException 401 without a known token, 403 when the token's scope is too low
     */
    static void require(Caller caller, Permission permission) {
        if (caller.may(permission)) {
            return;
        }
        if (!caller.permission().ofToken()) {
            throw unauthorized(
                    "this call needs a bearer token of scope " + permission.scope() + " that this server knows");
        }
        throw new ProblemException(ApiResponse.problem(
                        ErrorCode.FORBIDDEN,
                        "this call needs scope " + permission.scope() + ", the token has " + caller.actor())
                .with("WWW-Authenticate", CHALLENGE + ", error=\"insufficient_scope\""));
    }

    static ProblemException unauthorized(String detail) {
        return new ProblemException(
                ApiResponse.problem(ErrorCode.UNAUTHORIZED, detail).with("WWW-Authenticate", CHALLENGE));
    }
}
