package io.hourmeter.stripe.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;

/** The page and the files it loads, read once. */
final class Page {

    /** The one thing in the page that depends on the settings: where its script puts the key. */
    private static final String HEADER_PLACEHOLDER = "data-key-header=\"X-License-Key\"";

    private static final String CSS = "text/css;charset=utf-8";
    private static final String SCRIPT = "text/javascript;charset=utf-8";

    private final byte[] html;
    private final Map<String, Asset> assets = Map.of(
            "payments.css", new Asset(read("payments.css"), CSS),
            "payments.js", new Asset(read("payments.js"), SCRIPT),
            "account.js", new Asset(read("account.js"), SCRIPT),
            "balance.js", new Asset(read("balance.js"), SCRIPT),
            "shop.js", new Asset(read("shop.js"), SCRIPT),
            "history.js", new Asset(read("history.js"), SCRIPT),
            "format.js", new Asset(read("format.js"), SCRIPT),
            "return.js", new Asset(read("return.js"), SCRIPT),
            "chart.js", new Asset(read("chart/chart.umd.min.js"), SCRIPT));

    /** {@code header} is a header name, so that nothing in it needs escaping. */
    Page(String header) {
        String text = new String(read("index.html"), StandardCharsets.UTF_8);
        html = text.replace(HEADER_PLACEHOLDER, "data-key-header=\"" + header + "\"")
                .getBytes(StandardCharsets.UTF_8);
    }

    /** A template that belongs to the page. */
    static String text(String name) {
        return new String(read(name), StandardCharsets.UTF_8);
    }

    void write(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Replies.file(request, response, "text/html;charset=utf-8", html);
    }

    boolean hasAsset(String name) {
        return assets.containsKey(name);
    }

    /** The files hold nothing of a customer, so a browser may keep them as long as it asks whether they changed. */
    void writeAsset(String name, HttpServletRequest request, HttpServletResponse response) throws IOException {
        Asset asset = Objects.requireNonNull(assets.get(name), name);
        response.setHeader("Cache-Control", "no-cache");
        response.setHeader("ETag", asset.tag);
        if (asset.tag.equals(request.getHeader("If-None-Match"))) {
            response.setStatus(HttpServletResponse.SC_NOT_MODIFIED);
            return;
        }
        Replies.file(request, response, asset.mediaType, asset.bytes);
    }

    private static byte[] read(String name) {
        URL resource = Page.class.getResource(name);
        if (resource == null) {
            throw new IllegalStateException(name + " is missing in the jar of metering-stripe");
        }
        try (InputStream in = resource.openStream()) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + name + " of metering-stripe", e);
        }
    }

    private static final class Asset {
        private final byte[] bytes;
        private final String mediaType;
        private final String tag;

        Asset(byte[] bytes, String mediaType) {
            this.bytes = bytes;
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
