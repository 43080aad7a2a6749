package io.hourmeter.internal;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An IP address, or all that begin with the same bits. Reads literals only: no text that comes from outside makes a name
 * look-up. Immutable.
 */
record IpNetwork(InetAddress first, int bits) {

    /** No zeros before a number: some read them as octal. */
    private static final Pattern IPV4 = Pattern.compile(
            "(0|[1-9][0-9]{0,2})\\.(0|[1-9][0-9]{0,2})\\." + "(0|[1-9][0-9]{0,2})\\.(0|[1-9][0-9]{0,2})");

    private static final Pattern IPV6 = Pattern.compile("(?=.*:)[0-9A-Fa-f:.]{2,45}");
    private static final Pattern BITS = Pattern.compile("[0-9]{1,3}");

    /**
     * Reads an address, or an address and a number of bits after a slash.
     *
     * @throws IllegalArgumentException saying what is wrong
     */
    static IpNetwork parse(String text) {
        int slash = text.indexOf('/');
        InetAddress address = address(slash < 0 ? text : text.substring(0, slash));
        if (address == null) {
            throw new IllegalArgumentException("has a part that is no IP address or network");
        }
        int most = address.getAddress().length * Byte.SIZE;
        String bits = slash < 0 ? Integer.toString(most) : text.substring(slash + 1);
        if (!BITS.matcher(bits).matches() || Integer.parseInt(bits) > most) {
            throw new IllegalArgumentException("has a network whose number of bits is not 0 to " + most);
        }
        IpNetwork network = new IpNetwork(address, Integer.parseInt(bits));
        if (!network.first.equals(network.masked(address))) {
            throw new IllegalArgumentException(
                    "has a network with more in its address than its bits, such as 10.0.0.1/8" + " for 10.0.0.0/8");
        }
        return network;
    }

    /** The address that a literal means, in brackets or with a zone or not; null when it is none. */
    static @Nullable InetAddress address(String literal) {
        String text = literal;
        if (text.startsWith("[") && text.endsWith("]")) {
            text = text.substring(1, text.length() - 1);
        }
        int zone = text.indexOf('%');
        if (zone > 0) {
            text = text.substring(0, zone);
        }
        try {
            Matcher four = IPV4.matcher(text);
            if (four.matches()) {
                byte[] bytes = new byte[4];
                for (int i = 0; i < bytes.length; i++) {
                    int part = Integer.parseInt(four.group(i + 1));
                    if (part > 255) {
                        return null;
                    }
                    bytes[i] = (byte) part;
                }
                return InetAddress.getByAddress(bytes);
            }
            // In brackets the platform takes it for a literal and never asks a name server.
            return IPV6.matcher(text).matches() ? InetAddress.getByName('[' + text + ']') : null;
        } catch (UnknownHostException e) {
            return null;
        }
    }

    /** {@code localhost:80}, {@code 192.0.2.1:80} and {@code [2001:db8::1]:80} without the port. */
    static String withoutPort(String text) {
        int bracket = text.indexOf(']');
        if (text.startsWith("[") && bracket > 0) {
            return text.substring(0, bracket + 1);
        }
        int colon = text.indexOf(':');
        return colon >= 0 && colon == text.lastIndexOf(':') ? text.substring(0, colon) : text;
    }

    boolean contains(InetAddress address) {
        return address.getAddress().length == first.getAddress().length && first.equals(masked(address));
    }

    boolean holdsAll() {
        return bits == 0;
    }

    /** The first address of the network of as many bits that an address is in. */
    InetAddress masked(InetAddress address) {
        byte[] bytes = address.getAddress();
        for (int i = 0; i < bytes.length; i++) {
            int kept = Math.max(0, Math.min(Byte.SIZE, bits - i * Byte.SIZE));
            bytes[i] &= (byte) (0xff << (Byte.SIZE - kept));
        }
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address has 4 or 16 bytes", e);
        }
    }
}
