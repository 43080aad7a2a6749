package io.hourmeter.tests;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * Somebody who has to be served whatever others do: a customer, a health check. Each question has a connection of its
 * own, so that having to wait for one counts. Immutable.
 */
public final class Probe {

    private final String name;
    private final int port;
    private final byte[] request;
    private final String expected;

    private Probe(String name, int port, String request, int status) {
        this.name = name;
        this.port = port;
        this.request = request.getBytes(StandardCharsets.ISO_8859_1);
        this.expected = "HTTP/1.1 " + status;
    }

    /**
     * Asks by HTTP on loopback.
     *
     * @param name for the table
     * @param port of the server
     * @param request head and body; it must ask for {@code Connection: close}
     * @param status of the answer that is right
     * @return the probe
     */
    public static Probe http(String name, int port, String request, int status) {
        if (!request.contains("Connection: close")) {
            throw new IllegalArgumentException("a probe's request must have Connection: close");
        }
        return new Probe(name, port, request, status);
    }

    /**
     * Asks by GET.
     *
     * @param name for the table
     * @param port of the server
     * @param path with query, if any
     * @param headers each as {@code Name: value}
     * @return the probe, which expects 200
     */
    public static Probe get(String name, int port, String path, String... headers) {
        String head = SlowClient.head("GET", path, headers);
        return http(name, port, head.replaceFirst("\r\n\r\n$", "\r\nConnection: close\r\n\r\n"), 200);
    }

    String name() {
        return name;
    }

    /**
     * Asks once.
     *
     * @param limitMillis after which it gives up
     * @return how long it took from the first packet to the end of the answer, in milliseconds
     * @throws IOException if there is no answer in time, or another one
     */
    public long ask(int limitMillis) throws IOException {
        long start = System.nanoTime();
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), limitMillis);
            socket.getOutputStream().write(request);
            socket.getOutputStream().flush();
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            byte[] buffer = new byte[8192];
            while (true) {
                long left = limitMillis - millisSince(start);
                if (left <= 0) {
                    throw new SocketTimeoutException(name + ": no whole answer within " + limitMillis + " ms");
                }
                socket.setSoTimeout((int) left);
                int read = socket.getInputStream().read(buffer);
                if (read < 0) {
                    break;
                }
                answer.write(buffer, 0, read);
            }
            String text = answer.toString(StandardCharsets.ISO_8859_1);
            if (!text.startsWith(expected)) {
                throw new IOException(name + ": expected " + expected + ", got "
                        + (text.isEmpty() ? "nothing" : text.lines().findFirst().orElse("")));
            }
            return millisSince(start);
        }
    }

    private static long millisSince(long startNanos) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
    }
}
