package io.hourmeter.internal;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The proxies whose {@code Forwarded} and {@code X-Forwarded-For}, {@code -Proto}, {@code -Host} and {@code -Prefix} count.
 * Anybody can send these headers, so they count only when the peer of the connection is one of these, and in a chain only
 * as far as trusted proxies wrote it: the chain is walked from its end, and the first address that is no trusted proxy is
 * the client. Immutable and thread-safe.
 *
 * <p>A header that is nonsense is as if it were not there; nothing here throws because of a request. Proxies usually set
 * one of the two kinds of header and pass the other on as the client wrote it, so where both are there and say different
 * things, neither counts.
 */
public final class TrustedProxies {

    /** No proxy is trusted. */
    public static final TrustedProxies NONE = new TrustedProxies(List.of());

    /** More proxies than stand in a row anywhere; bounds the work on a header that a stranger wrote. */
    private static final int MOST_HOPS = 32;

    /** Longer than any chain of that many proxies; a longer header is not read. */
    private static final int LONGEST_HEADER = 4096;

    /** Longest path that is taken for a prefix. */
    private static final int LONGEST_PREFIX = 256;

    private static final Pattern HOST =
            Pattern.compile("(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})|\\[[0-9A-Fa-f:.]{2,45}])(?::[0-9]{1,5})?");

    /** Segments of visible characters that mean nothing in a Set-Cookie header or at the beginning of a URL. */
    private static final Pattern PREFIX = Pattern.compile("(?:/[A-Za-z0-9._~!$&'()*+=:@%-]+)*");

    private static final Pattern DOT_SEGMENT = Pattern.compile("(?i)/(?:\\.|%2e){1,2}(?=/|$)");

    private final List<IpNetwork> networks;

    private TrustedProxies(List<IpNetwork> networks) {
        this.networks = List.copyOf(networks);
    }

    /**
     * Reads a list of addresses and networks.
     *
     * @param texts like {@code 10.0.0.0/8}, {@code 127.0.0.1} or {@code 2001:db8::/32}
     * @return the proxies
     * @throws IllegalArgumentException if one is neither an address nor a network
     */
    public static TrustedProxies of(List<String> texts) {
        return texts.isEmpty()
                ? NONE
                : new TrustedProxies(texts.stream().map(IpNetwork::parse).toList());
    }

    /**
     * Whether everybody is a trusted proxy, which lets everybody claim any address.
     *
     * @return true when one of the networks holds all addresses of its kind
     */
    public boolean trustsEverybody() {
        return networks.stream().anyMatch(IpNetwork::holdsAll);
    }

    /**
     * How a request looks from outside.
     *
     * @param peer address of the other end of the connection; null for none, as with a socket of the file system
     * @param scheme of the connection, {@code http} or {@code https}
     * @param host the {@code Host} header; null for none
     * @param header the values of a header by its name, in the order of the request; null or empty when it is not there
     * @return what the client sees
     */
    public ForwardedRequest read(
            @Nullable String peer,
            String scheme,
            @Nullable String host,
            Function<String, @Nullable List<String>> header) {
        String ownScheme = scheme.toLowerCase(Locale.ROOT);
        String ownHost = host == null ? "" : host.strip();
        InetAddress peerAddress = peer == null ? null : IpNetwork.address(peer);
        if (peerAddress == null) {
            return new ForwardedRequest(peer == null ? "" : peer, ownScheme, ownHost, null);
        }
        String ownAddress = peerAddress.getHostAddress();
        if (!trusts(peerAddress)) {
            return new ForwardedRequest(ownAddress, ownScheme, ownHost, null);
        }
        Claim standard = fromForwarded(header);
        Claim usual = fromXForwarded(header);
        String address = agreed(standard.address, usual.address);
        String claimedScheme = agreed(standard.scheme, usual.scheme);
        String claimedHost = agreed(standard.host, usual.host);
        return new ForwardedRequest(
                address == null ? ownAddress : address,
                claimedScheme == null ? ownScheme : claimedScheme,
                claimedHost == null ? ownHost : claimedHost,
                prefix(values(header, "X-Forwarded-Prefix")));
    }

    private boolean trusts(InetAddress address) {
        for (IpNetwork network : networks) {
            if (network.contains(address)) {
                return true;
            }
        }
        return false;
    }

    /** What one kind of header says; null for what it does not say. */
    private record Claim(
            @Nullable String address,
            @Nullable String scheme,
            @Nullable String host) {}

    private static @Nullable String agreed(@Nullable String one, @Nullable String other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return one.equals(other) ? one : null;
    }

    /** RFC 7239: each proxy adds one element, which says all it knows of the hop before it. */
    private Claim fromForwarded(Function<String, @Nullable List<String>> header) {
        List<Map<String, String>> elements = new ArrayList<>();
        for (String text : splitOutsideQuotes(values(header, "Forwarded"), ',')) {
            elements.add(parameters(text));
        }
        List<String> chain = elements.stream()
                .map(element -> element.getOrDefault("for", ""))
                .toList();
        int client = client(chain);
        if (client < 0) {
            return new Claim(null, null, null);
        }
        Map<String, String> element = elements.get(client);
        return new Claim(known(chain, client), scheme(element.get("proto")), host(element.get("host")));
    }

    private Claim fromXForwarded(Function<String, @Nullable List<String>> header) {
        List<String> chain = split(header, "X-Forwarded-For");
        int client = client(chain);
        return new Claim(
                client < 0 ? null : known(chain, client),
                scheme(beside(split(header, "X-Forwarded-Proto"), chain, client)),
                host(beside(split(header, "X-Forwarded-Host"), chain, client)));
    }

    /**
     * The value that was written together with the client's address: proxies that add to the chain add to the other headers
     * as well, or replace them. Where the lengths differ, the last value is the one that a trusted proxy wrote.
     */
    private static @Nullable String beside(List<String> values, List<String> chain, int client) {
        if (values.isEmpty()) {
            return null;
        }
        return values.get(client >= 0 && values.size() == chain.size() ? client : values.size() - 1);
    }

    /** Index of the element that a trusted proxy wrote about who is not one; -1 for an empty chain. */
    private int client(List<String> chain) {
        int last = chain.size() - 1;
        for (int i = last; i >= 0 && last - i < MOST_HOPS; i--) {
            InetAddress address = IpNetwork.address(IpNetwork.withoutPort(chain.get(i)));
            if (i == 0 || address == null || !trusts(address)) {
                return i;
            }
        }
        return -1;
    }

    /** The client's address; when it is hidden or nonsense, that of the trusted proxy that was asked for it. */
    private static @Nullable String known(List<String> chain, int client) {
        for (int i = client; i < chain.size(); i++) {
            InetAddress address = IpNetwork.address(IpNetwork.withoutPort(chain.get(i)));
            if (address != null) {
                return address.getHostAddress();
            }
        }
        return null;
    }

    private static @Nullable String scheme(@Nullable String text) {
        if (text == null) {
            return null;
        }
        String scheme = text.toLowerCase(Locale.ROOT);
        return scheme.equals("http") || scheme.equals("https") ? scheme : null;
    }

    private static @Nullable String host(@Nullable String text) {
        return text != null && HOST.matcher(text).matches() ? text : null;
    }

    /**
     * Several proxies that each take off a part of the path add their parts in the order of the path. An empty value says
     * that the application's own paths begin at the root.
     */
    private static @Nullable String prefix(List<String> values) {
        if (values.isEmpty()) {
            return null;
        }
        StringBuilder path = new StringBuilder();
        for (String part : parts(values)) {
            String text = part;
            while (text.endsWith("/")) {
                text = text.substring(0, text.length() - 1);
            }
            path.append(text);
        }
        boolean usable = path.length() <= LONGEST_PREFIX
                && PREFIX.matcher(path).matches()
                && !DOT_SEGMENT.matcher(path).find();
        return usable ? path.toString() : null;
    }

    private static List<String> values(Function<String, @Nullable List<String>> header, String name) {
        List<String> values = header.apply(name);
        if (values == null || values.stream().mapToInt(String::length).sum() > LONGEST_HEADER) {
            return List.of();
        }
        return values;
    }

    /** The parts of a header of the second kind, which knows no quotes. */
    private static List<String> split(Function<String, @Nullable List<String>> header, String name) {
        return parts(values(header, name));
    }

    private static List<String> parts(List<String> values) {
        return values.stream()
                .flatMap(value -> Arrays.stream(value.split(",")))
                .map(String::strip)
                .filter(part -> !part.isEmpty())
                .toList();
    }

    /**
     * The parts of header values, in order. A quotation that does not end would swallow what a trusted proxy has written
     * behind it, so with one there are none.
     */
    private static List<String> splitOutsideQuotes(List<String> values, char separator) {
        List<String> parts = new ArrayList<>();
        for (String value : values) {
            boolean quoted = false;
            int begin = 0;
            for (int i = 0; i < value.length(); i++) {
                char c = value.charAt(i);
                if (c == separator && !quoted) {
                    parts.add(value.substring(begin, i).strip());
                    begin = i + 1;
                } else if (c == '"') {
                    quoted = !quoted;
                } else if (c == '\\' && quoted) {
                    i++; // the next character stands for itself
                }
            }
            if (quoted) {
                return List.of();
            }
            parts.add(value.substring(begin).strip());
        }
        parts.removeIf(String::isEmpty);
        return parts;
    }

    /** {@code for="[2001:db8::1]";proto=https} by lower-case names; a name that stands twice says nothing. */
    private static Map<String, String> parameters(String element) {
        Map<String, String> parameters = new LinkedHashMap<>();
        for (String pair : splitOutsideQuotes(List.of(element), ';')) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                String name = pair.substring(0, equals).strip().toLowerCase(Locale.ROOT);
                String value = unquoted(pair.substring(equals + 1).strip());
                parameters.merge(name, value, (first, second) -> "");
            }
        }
        return parameters;
    }

    private static String unquoted(String text) {
        if (text.length() < 2 || !text.startsWith("\"") || !text.endsWith("\"")) {
            return text;
        }
        return text.substring(1, text.length() - 1).replaceAll("\\\\(.)", "$1");
    }
}
