package io.hourmeter.server.http;

import io.hourmeter.ErrorCode;
import io.hourmeter.internal.CrossSiteCheck;
import io.hourmeter.internal.ForwardedRequest;
import io.hourmeter.internal.TrustedProxies;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Locale;
import org.eclipse.jetty.server.Request;

/**
 * Guards a server without tokens, which trusts whoever is on this machine. A browser on this machine also runs pages
 * of strangers; these are told apart by the Host they believe to talk to (DNS rebinding) and by {@link CrossSiteCheck}.
 */
final class LoopbackOnly {

    private LoopbackOnly() {}

    /**
     * Lets a caller on this machine pass.
     *
     * @throws ProblemException 403 for every other
     */
    static void check(Request request, TrustedProxies proxies) {
        SocketAddress remote = request.getConnectionMetaData().getRemoteSocketAddress();
        if (!(remote instanceof InetSocketAddress inet) || !isLoopback(inet.getAddress())) {
            throw refused("this license server has no tokens and serves callers on its own machine only");
        }
        ForwardedRequest seen = proxies.read(
                inet.getAddress().getHostAddress(),
                request.isSecure() ? "https" : "http",
                hostAndPort(request),
                request.getHeaders()::getValuesList);
        // Whom a proxy on this machine speaks for is judged as well, and in its own words.
        if (!seen.fromLoopback()) {
            throw refused("this license server has no tokens and serves callers on its own machine only; a proxy says"
                    + " that the call comes from elsewhere");
        }
        if (!seen.toLoopback()) {
            throw refused("the Host of the request is no loopback name; a license server without tokens answers only"
                    + " to localhost, 127.0.0.1 and [::1]");
        }
        String own = seen.scheme() + "://" + seen.host().toLowerCase(Locale.ROOT);
        CrossSiteCheck.judge(request.getHeaders()::getValuesList, own::equals).ifPresent(finding -> {
            throw refused(finding.sentence() + "; with a token this is not looked at");
        });
    }

    private static boolean isLoopback(InetAddress address) {
        return address != null && address.isLoopbackAddress();
    }

    /** As a browser writes it in an Origin: without the usual port. */
    private static String hostAndPort(Request request) {
        int port = Request.getServerPort(request);
        int usual = request.isSecure() ? 443 : 80;
        return Request.getServerName(request) + (port == usual ? "" : ":" + port);
    }

    private static ProblemException refused(String detail) {
        return ProblemException.of(ErrorCode.FORBIDDEN, detail);
    }
}
