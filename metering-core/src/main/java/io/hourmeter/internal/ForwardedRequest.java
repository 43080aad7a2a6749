package io.hourmeter.internal;

import java.net.InetAddress;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A request as the client sent it to the outermost proxy that is trusted; without one as it arrived. Immutable.
 *
 * @param clientAddress the client's IP address in one spelling for each address; as it was given where it is none
 * @param scheme {@code http} or {@code https}
 * @param host name or address, with a port where it is not the usual one, as in a {@code Host} header; empty for none
 * @param prefix what stands before the application's own paths in the client's address, in place of the context path:
 *     empty, or beginning with a slash and not ending with one; null when no trusted proxy says so
 */
public record ForwardedRequest(
        String clientAddress,
        String scheme,
        String host,
        @Nullable String prefix) {

    /**
     * Whether the client's connection is encrypted.
     *
     * @return true for https
     */
    public boolean secure() {
        return scheme.equals("https");
    }

    /**
     * Whose share the client uses where something is limited for each address.
     *
     * @return {@link ClientAddress#network} of the client's address
     */
    public String clientNetwork() {
        return ClientAddress.network(clientAddress);
    }

    /**
     * Whether the client is on this machine.
     *
     * @return true for a loopback address
     */
    public boolean fromLoopback() {
        InetAddress address = IpNetwork.address(clientAddress);
        return address != null && address.isLoopbackAddress();
    }

    /**
     * Whether the client called this machine by a name that no other machine can have.
     *
     * @return true for {@code localhost}, a name below it, and loopback addresses, with or without a port
     */
    public boolean toLoopback() {
        String name = IpNetwork.withoutPort(host).toLowerCase(Locale.ROOT);
        InetAddress address = IpNetwork.address(name);
        return address != null ? address.isLoopbackAddress() : name.equals("localhost") || name.endsWith(".localhost");
    }
}
