package io.hourmeter.tests.libraries;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/** A call of the application's own, by the OkHttp that it has: answers the jar that OkHttp is in, and the status. */
public final class OkHttpServlet extends HttpServlet {

    private static final long serialVersionUID = 1L;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        OkHttpClient client = new OkHttpClient();
        Request call = new Request.Builder().url(request.getParameter("url")).build();
        try (Response answer = client.newCall(call).execute()) {
            response.getWriter()
                    .write(OkHttpClient.class
                                    .getProtectionDomain()
                                    .getCodeSource()
                                    .getLocation()
                                    .getPath()
                            + " " + answer.code());
        }
    }
}
