package io.hourmeter.examples.webapp;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.OptionalInt;

/** A body of a given size. The time counts until the client has read it. */
final class DownloadServlet extends HttpServlet {

    private static final long serialVersionUID = 1L;

    private static final int USUAL_MEGABYTES = 50;
    private static final int MOST_MEGABYTES = 10_000;
    private static final long MEGABYTE = 1_000_000;
    private static final int CHUNK_BYTES = 50_000;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        OptionalInt megabytes = Replies.number(request, response, "megabytes", USUAL_MEGABYTES, MOST_MEGABYTES);
        if (megabytes.isEmpty()) {
            return;
        }
        long length = megabytes.getAsInt() * MEGABYTE;
        response.setContentType("application/octet-stream");
        response.setHeader("Content-Disposition", "attachment; filename=\"download.bin\"");
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setContentLengthLong(length);
        byte[] chunk = new byte[CHUNK_BYTES];
        Arrays.fill(chunk, (byte) '.');
        OutputStream body = response.getOutputStream();
        for (long written = 0; written < length; written += chunk.length) {
            body.write(chunk);
        }
    }
}
