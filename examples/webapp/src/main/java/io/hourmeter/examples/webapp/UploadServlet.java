package io.hourmeter.examples.webapp;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/** Hashes the body as it arrives, so that anyone can see that the filter changes nothing in it. */
final class UploadServlet extends HttpServlet {

    private static final long serialVersionUID = 1L;

    private static final int BUFFER_BYTES = 64 * 1024;

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        MessageDigest sha256 = sha256();
        byte[] buffer = new byte[BUFFER_BYTES];
        long bytes = 0;
        InputStream body = request.getInputStream();
        for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
            sha256.update(buffer, 0, read);
            bytes += read;
        }
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("bytes", bytes);
        members.put("sha256", HexFormat.of().formatHex(sha256.digest()));
        Replies.json(response, members);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
