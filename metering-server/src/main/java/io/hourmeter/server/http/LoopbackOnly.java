package io.hourmeter.server.http;

import io.hourmeter.ErrorCode;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Locale;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;

/**
 * Guards a server without tokens, which trusts whoever is on this machine. A browser on this machine also runs pages
 * of strangers; these are told apart by the Host they believe to talk to (DNS rebinding) and by the Origin and
 * Sec-Fetch-Site that the browser adds to what they send.
 */
final class LoopbackOnly {

    private static final Pattern IPV4_LOOPBACK = Pattern.compile("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}");

    private LoopbackOnly() {}

    /**
     * Lets a caller on this machine pass.
     *
     * @throws Refusal 403 for every other
     */
    static void check(Request request) {
        SocketAddress remote = request.getConnectionMetaData().getRemoteSocketAddress();
        if (!(remote instanceof InetSocketAddress inet) || !isLoopback(inet.getAddress())) {
            throw refused("this license server has no tokens and serves callers on its own machine only");
        }
        if (!isLoopbackName(Request.getServerName(request))) {
            throw refused("the Host of the request is no loopback name; a license server without tokens answers only"
                    + " to localhost, 127.0.0.1 and [::1]");
        }
        for (String origin : request.getHeaders().getValuesList(HttpHeader.ORIGIN)) {
            if (!origin.equalsIgnoreCase(ownOrigin(request))) {
                throw refused("the request comes from a page of another origin (Origin), and no token is configured");
            }
        }
        for (String site : request.getHeaders().getValuesList("Sec-Fetch-Site")) {
            if (site.equalsIgnoreCase("cross-site")) {
                throw refused("the request comes from a page of another site (Sec-Fetch-Site), and no token is"
                        + " configured");
            }
        }
    }

    static boolean isLoopbackName(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        return name.equals("localhost")
                || name.endsWith(".localhost")
                || name.equals("::1")
                || name.equals("[::1]")
                || name.equals("[0:0:0:0:0:0:0:1]")
                || IPV4_LOOPBACK.matcher(name).matches();
    }

    private static boolean isLoopback(InetAddress address) {
        return address != null && address.isLoopbackAddress();
    }

    private static String ownOrigin(Request request) {
        String scheme = request.isSecure() ? "https" : "http";
        int port = Request.getServerPort(request);
        int usual = request.isSecure() ? 443 : 80;
        return scheme + "://" + Request.getServerName(request) + (port == usual ? "" : ":" + port);
    }

    private static Refusal refused(String detail) {
        return Refusal.of(ErrorCode.FORBIDDEN, detail);
    }
}
