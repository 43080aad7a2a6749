package io.hourmeter.internal;

import java.net.URI;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The public address of an application ({@code payment.public.url}), and what follows from it and from what a trusted
 * proxy says: the path and the protection of our cookies. Immutable and thread-safe.
 */
public final class PublicUrl {

    /** Nobody said what the public address is. */
    public static final PublicUrl NONE = new PublicUrl("", null, "");

    private final String text;
    private final @Nullable String origin;
    private final String path;

    private PublicUrl(String text, @Nullable String origin, String path) {
        this.text = text;
        this.origin = origin;
        this.path = path;
    }

    /**
     * Reads the setting.
     *
     * @param text empty, or an http or https URL without query, fragment, or slash at its end
     * @return the address
     */
    public static PublicUrl of(String text) {
        if (text.isEmpty()) {
            return NONE;
        }
        URI uri = URI.create(text);
        return new PublicUrl(text, originOf(uri), uri.getRawPath());
    }

    /**
     * Whether there is one.
     *
     * @return false for none
     */
    public boolean isSet() {
        return origin != null;
    }

    /**
     * The address as it was given.
     *
     * @return without a slash at its end; empty for none
     */
    public String text() {
        return text;
    }

    /**
     * What a browser on this address writes into an {@code Origin} header.
     *
     * @return scheme, host, and port where it is not the usual one; null for none
     */
    public @Nullable String origin() {
        return origin;
    }

    /**
     * What the public has in place of the context path.
     *
     * @return empty, or beginning with a slash and not ending with one
     */
    public String path() {
        return path;
    }

    /**
     * The origin of a URL.
     *
     * @param url http or https
     * @return as a browser writes it; null for what has none, such as the text {@code null}
     */
    public static @Nullable String originOf(URI url) {
        String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
        String authority = url.getRawAuthority();
        if (authority == null || !(scheme.equals("http") || scheme.equals("https"))) {
            return null;
        }
        String host = authority.toLowerCase(Locale.ROOT);
        String port = scheme.equals("http") ? ":80" : ":443";
        return scheme + "://" + (host.endsWith(port) ? host.substring(0, host.length() - port.length()) : host);
    }

    /**
     * The same of a text that anybody may have written.
     *
     * @param text of any form
     * @return null for what is no URL as well
     */
    public static @Nullable String originOf(String text) {
        try {
            return originOf(URI.create(text));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /**
     * What follows name and value in the {@code Set-Cookie} of a cookie of ours. Its path is that of the public address
     * or what a trusted proxy says, else the root: a proxy without a word of it may have put the application anywhere.
     *
     * @param seen the request that is answered
     * @return with a semicolon first
     */
    public String cookieAttributes(ForwardedRequest seen) {
        String prefix = seen.prefix();
        String wanted = path.isEmpty() && prefix != null ? prefix : path;
        // A path of a setting may have parameters; in a cookie they would be attributes.
        String usable = wanted.isEmpty() || wanted.indexOf(';') >= 0 ? "/" : wanted;
        boolean secure = seen.secure()
                || (origin != null
                        && origin.startsWith("https:")
                        && origin.equals("https://" + seen.host().toLowerCase(Locale.ROOT)));
        return "; Path=" + usable + "; HttpOnly; SameSite=Lax" + (secure ? "; Secure" : "");
    }
}
