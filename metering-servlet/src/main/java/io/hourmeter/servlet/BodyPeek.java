package io.hourmeter.servlet;

import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads a small body ahead of the application and hands it on byte for byte. Every other body is left to the
 * application untouched, however it is sent.
 */
final class BodyPeek {

    /** Largest body that is looked into: a key is short, and this much is held in memory for each such request. */
    static final int MAX_BYTES = 65_536;

    /** Largest form: the most that Tomcat reads of one by itself. Others take less. */
    static final int MAX_FORM_BYTES = 2 << 20;

    /** First buffer; most JSON bodies fit. It doubles with what arrives, not with what a header promises. */
    private static final int FIRST_BUFFER = MAX_BYTES / 16;

    private BodyPeek() {}

    /**
     * Reads the body if it may be JSON of at most {@value #MAX_BYTES} bytes.
     *
     * @param request whose body nobody has read yet
     * @param response handed to asynchronous contexts that the application starts without naming one
     * @param turn says how long what has not arrived may be waited for
     * @return a request whose body is still whole; null when the body was not touched
     */
    static @Nullable PeekedRequest peekJson(
            HttpServletRequest request, HttpServletResponse response, BodyWaits.Turn turn) {
        return isJson(mediaType(request)) ? peek(request, response, MAX_BYTES, turn) : null;
    }

    /** The same for the fields of a form, of at most {@value #MAX_FORM_BYTES} bytes. */
    static @Nullable PeekedRequest peekForm(
            HttpServletRequest request, HttpServletResponse response, BodyWaits.Turn turn) {
        PeekedRequest peeked = isForm(request) ? peek(request, response, MAX_FORM_BYTES, turn) : null;
        if (peeked != null) {
            peeked.hasForm();
        }
        return peeked;
    }

    private static @Nullable PeekedRequest peek(
            HttpServletRequest request, HttpServletResponse response, int most, BodyWaits.Turn turn) {
        if (!readable(request, most)) {
            return null;
        }
        ServletInputStream live;
        try {
            live = request.getInputStream();
        } catch (IOException | IllegalStateException e) {
            // A filter before this one took the reader.
            return null;
        }
        return new PeekedRequest(request, response, read(request, live, most, turn));
    }

    private static boolean readable(HttpServletRequest request, int most) {
        long length = request.getContentLengthLong();
        if (length == 0 || length > most) {
            return false;
        }
        if (length < 0
                && request.getProtocol().startsWith("HTTP/1")
                && request.getHeader("Transfer-Encoding") == null) {
            // Before HTTP/2 a request that announces no body has none.
            return false;
        }
        String encoding = request.getHeader("Content-Encoding");
        return (encoding == null || encoding.equalsIgnoreCase("identity"))
                && request.getHeader("Upgrade") == null
                && !request.getMethod().equals("CONNECT");
    }

    private static boolean isJson(String type) {
        return type.equals("application/json") || (type.startsWith("application/") && type.endsWith("+json"));
    }

    /** Whether the body holds the fields of a form, one beside the other as in a query. */
    static boolean isForm(HttpServletRequest request) {
        return mediaType(request).equals("application/x-www-form-urlencoded");
    }

    private static String mediaType(HttpServletRequest request) {
        String type = request.getContentType();
        if (type == null) {
            return "";
        }
        int end = type.indexOf(';');
        return (end < 0 ? type : type.substring(0, end)).strip().toLowerCase(Locale.ROOT);
    }

    /**
     * Reads to the end or beyond the limit or as long as it may, whichever comes first. The buffer doubles, so that the read
     * which passes the limit has room for as much again and leaves nothing behind in the container's buffer: Tomcat
     * overwrites what is left there when an asynchronous reader follows a blocking one.
     */
    private static PeekedBody read(HttpServletRequest request, ServletInputStream live, int most, BodyWaits.Turn turn) {
        byte[] buffer = new byte[FIRST_BUFFER];
        int length = 0;
        // Of a chunked body nobody knows what comes at once: Tomcat counts the beginning of a chunk as available.
        long whole = request.getContentLengthLong();
        boolean ends = request.getProtocol().startsWith("HTTP/1");
        while (length <= most) {
            if (length == buffer.length) {
                buffer = Arrays.copyOf(buffer, 2 * length);
            }
            // Nothing but the container's failures counts as a broken body, since that one goes on to the application.
            boolean atOnce;
            try {
                atOnce = length < whole ? live.available() > 0 : whole >= 0 && ends;
            } catch (IOException | RuntimeException e) {
                return new PeekedBody(request, live, buffer, length, PeekedBody.End.BROKEN, e);
            }
            if (!atOnce && !turn.mayWait()) {
                break;
            }
            int read;
            try {
                read = live.read(buffer, length, buffer.length - length);
            } catch (IOException | RuntimeException e) {
                // The application meets the same failure at the same place. Jetty reports a malformed body unchecked.
                return new PeekedBody(request, live, buffer, length, PeekedBody.End.BROKEN, e);
            }
            if (read < 0) {
                return new PeekedBody(request, live, buffer, length, PeekedBody.End.COMPLETE, null);
            }
            length += read;
        }
        return new PeekedBody(request, live, buffer, length, PeekedBody.End.MORE_FOLLOWS, null);
    }
}
