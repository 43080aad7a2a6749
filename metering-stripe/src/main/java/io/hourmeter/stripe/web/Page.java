package io.hourmeter.stripe.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The page and its two files, read from the jar once. */
final class Page {

    /** The one thing in the page that depends on the settings: where its script puts the key. */
    private static final String HEADER_PLACEHOLDER = "data-key-header=\"X-License-Key\"";

    private final byte[] html;
    private final Asset css = new Asset("payments.css", "text/css;charset=utf-8");
    private final Asset script = new Asset("payments.js", "text/javascript;charset=utf-8");

    /** {@code header} is a header name, so that nothing in it needs escaping. */
    Page(String header) {
        String text = new String(read("index.html"), StandardCharsets.UTF_8);
        html = text.replace(HEADER_PLACEHOLDER, "data-key-header=\"" + header + "\"")
                .getBytes(StandardCharsets.UTF_8);
    }

    void write(HttpServletResponse response) throws IOException {
        Replies.body(response, "text/html;charset=utf-8", html);
    }

    /** The files hold nothing of a customer, so a browser may keep them as long as it asks whether they changed. */
    void writeAsset(String name, HttpServletRequest request, HttpServletResponse response) throws IOException {
        Asset asset = name.endsWith(".css") ? css : script;
        response.setHeader("Cache-Control", "no-cache");
        response.setHeader("ETag", asset.tag);
        if (asset.tag.equals(request.getHeader("If-None-Match"))) {
            response.setStatus(HttpServletResponse.SC_NOT_MODIFIED);
            return;
        }
        Replies.body(response, asset.mediaType, asset.bytes);
    }

    static byte[] read(String name) {
        try (InputStream in = Page.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing in the jar of metering-stripe");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + name + " from the jar of metering-stripe", e);
        }
    }

    private static final class Asset {
        private final byte[] bytes;
        private final String mediaType;
        private final String tag;

        Asset(String name, String mediaType) {
            this.bytes = read(name);
            this.mediaType = mediaType;
            this.tag = '"' + digest(bytes) + '"';
        }

        private static String digest(byte[] bytes) {
            try {
                byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
                return HexFormat.of().formatHex(hash, 0, 8);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java platform has SHA-256", e);
            }
        }
    }
}
