package io.hourmeter.internal;

import java.net.Inet6Address;
import java.net.InetAddress;

/** Whose share a client uses where something is limited for each address. */
public final class ClientAddress {

    /** What providers give to one customer at the least: one customer has 2^64 addresses of version 6. */
    private static final int CUSTOMER_BITS = 64;

    /** Proxies may tell a name of their own making in place of an address. */
    private static final int LONGEST_NAME = 64;

    private ClientAddress() {}

    /**
     * What all addresses of one customer have in common.
     *
     * @param address an IP address, or whatever a proxy tells in its place
     * @return the address, the network of an address of version 6, or a short text where it is none
     */
    public static String network(String address) {
        // One without a colon is of version 4, or none.
        InetAddress ip = address.indexOf(':') < 0 ? null : IpNetwork.address(address);
        if (ip instanceof Inet6Address) {
            return new IpNetwork(ip, CUSTOMER_BITS).masked(ip).getHostAddress();
        }
        if (ip != null) {
            return ip.getHostAddress(); // of version 4, written as one of version 6
        }
        return address.length() <= LONGEST_NAME ? address : address.substring(0, LONGEST_NAME);
    }
}
