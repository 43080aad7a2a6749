package io.hourmeter.stripe.web;

import io.hourmeter.Problem;
import io.hourmeter.wire.Json;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** How answers leave: the headers that protect them, and their bodies. */
final class Replies {

    /**
     * Nothing but the page's own files may be loaded, nothing may frame it, and it may send nothing elsewhere: a script
     * that got in some other way could neither run nor carry a key away.
     */
    private static final String CONTENT_SECURITY_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; "
            + "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    private Replies() {}

    /** Sets what every answer carries, before anything can go wrong. */
    static void protect(HttpServletResponse response) {
        response.setHeader("Content-Security-Policy", CONTENT_SECURITY_POLICY);
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setHeader("Referrer-Policy", "no-referrer");
        response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
        response.setHeader("Cache-Control", "no-store");
    }

    static void json(HttpServletResponse response, Map<String, ?> members) throws IOException {
        body(response, "application/json", Json.text(members).getBytes(StandardCharsets.UTF_8));
    }

    /** Answers with a problem document: the members of {@link Problem}, and {@code message}, which a page may show. */
    static void problem(HttpServletResponse response, Refusal refusal) throws IOException {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("type", "about:blank");
        members.put("title", refusal.title);
        members.put("status", refusal.status);
        members.put("detail", refusal.detail());
        members.put("code", refusal.code);
        members.put("message", refusal.text.text());
        members.put("success", false);
        members.put("error", refusal.detail());
        response.setStatus(refusal.status);
        if (refusal.retryAfter > 0) {
            response.setHeader("Retry-After", Long.toString(refusal.retryAfter));
        }
        body(response, Problem.MEDIA_TYPE, Json.text(members).getBytes(StandardCharsets.UTF_8));
    }

    /** The page or one of its files. */
    static void file(HttpServletRequest request, HttpServletResponse response, String mediaType, byte[] body)
            throws IOException {
        response.setContentType(mediaType);
        response.setContentLength(body.length);
        SlowReaders.write(request, response, body);
    }

    static void body(HttpServletResponse response, String mediaType, byte[] body) throws IOException {
        response.setContentType(mediaType);
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }
}
