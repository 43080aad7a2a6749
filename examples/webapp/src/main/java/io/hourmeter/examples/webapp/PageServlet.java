package io.hourmeter.examples.webapp;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;

/** The page at {@code /} and its files, from the jar. */
final class PageServlet extends HttpServlet {

    private static final long serialVersionUID = 1L;

    /** Only the page's own files may be loaded, and it may talk only to this application. */
    private static final String CONTENT_SECURITY_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; "
            + "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static final String KEY_HEADER = "data-key-header=\"X-License-Key\"";

    private static final Map<String, String> MEDIA_TYPES = Map.of(
            "/app.css", "text/css;charset=utf-8",
            "/app.js", "text/javascript;charset=utf-8",
            "/icon.svg", "image/svg+xml");

    private final String keyHeader;

    /** {@code keyHeader} is where the page puts the key; empty for {@code Authorization: Bearer}. */
    PageServlet(String keyHeader) {
        this.keyHeader = keyHeader;
    }

    static Set<String> files() {
        return MEDIA_TYPES.keySet();
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setHeader("Content-Security-Policy", CONTENT_SECURITY_POLICY);
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setHeader("Referrer-Policy", "no-referrer");
        response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
        response.setHeader("Cache-Control", "no-cache");
        String path = request.getServletPath();
        String mediaType = MEDIA_TYPES.get(path);
        if (mediaType == null) {
            String html = new String(read("/index.html"), StandardCharsets.UTF_8)
                    .replace(KEY_HEADER, "data-key-header=\"" + keyHeader + "\"");
            write(response, "text/html;charset=utf-8", html.getBytes(StandardCharsets.UTF_8));
        } else {
            write(response, mediaType, read(path));
        }
    }

    private static void write(HttpServletResponse response, String mediaType, byte[] body) throws IOException {
        response.setContentType(mediaType);
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }

    private static byte[] read(String path) {
        try (InputStream in = PageServlet.class.getResourceAsStream(path.substring(1))) {
            if (in == null) {
                throw new IllegalStateException(path + " is missing in the jar");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + path + " from the jar", e);
        }
    }
}
