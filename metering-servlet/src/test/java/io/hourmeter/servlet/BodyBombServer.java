package io.hourmeter.servlet;

import io.hourmeter.config.Settings;
import java.io.InputStream;

/** An application that counts the bytes of a body, in a process whose heap is smaller than the bodies. */
final class BodyBombServer {

    private BodyBombServer() {}

    public static void main(String[] arguments) throws Exception {
        try (Web web = Web.metered(Web.settings(Settings.LICENSE_REQUIRED, "false"))
                .servlet("/*", (request, response) -> {
                    byte[] buffer = new byte[16_384];
                    long count = 0;
                    InputStream body = request.getInputStream();
                    for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
                        count += read;
                    }
                    response.getWriter().print("read " + count);
                })
                .start()) {
            System.out.println("port " + web.port());
            // The parent closes the pipe when it is done with this process.
            System.in.read();
        }
    }
}
