package io.hourmeter.tests.network;

import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseServerUnavailableException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** The usual mistake: each read has the time-out, so that a server which sends a byte now and then is awaited for ever. */
final class PerReadClient {

    private static final byte[] REQUEST = "GET /api/health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
            .getBytes(StandardCharsets.US_ASCII);

    private PerReadClient() {}

    /** A client for a node that only reports and renews. */
    static LicenseClient of(int port, Duration timeout) {
        return (LicenseClient) Proxy.newProxyInstance(
                PerReadClient.class.getClassLoader(),
                new Class<?>[] {LicenseClient.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "sync" -> throw failedCall(port, timeout);
                    case "close" -> null;
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }

    private static LicenseServerUnavailableException failedCall(int port, Duration timeout) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout((int) timeout.toMillis());
            OutputStream out = socket.getOutputStream();
            out.write(REQUEST);
            InputStream in = socket.getInputStream();
            int read = in.read();
            while (read >= 0) {
                read = in.read();
            }
            return new LicenseServerUnavailableException("only its patience is of interest", null);
        } catch (IOException e) {
            return new LicenseServerUnavailableException("no answer", e);
        }
    }
}
