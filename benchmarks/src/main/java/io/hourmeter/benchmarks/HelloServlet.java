package io.hourmeter.benchmarks;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The same few bytes for everybody. */
final class HelloServlet extends HttpServlet {

    static final String BODY = "{\"hello\":\"world\"}";

    private static final long serialVersionUID = 1;

    private static final byte[] BYTES = BODY.getBytes(StandardCharsets.US_ASCII);

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setContentType("application/json");
        response.setContentLength(BYTES.length);
        response.getOutputStream().write(BYTES);
    }
}
