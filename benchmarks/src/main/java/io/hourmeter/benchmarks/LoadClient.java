package io.hourmeter.benchmarks;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/** One kept-alive connection that asks, waits for the answer, and asks again, each time with another key. */
final class LoadClient implements AutoCloseable {

    private static final int SOCKET_TIMEOUT_MILLIS = 30_000;
    private static final String LENGTH = "content-length: ";
    private static final int LONGEST_LINE = 1_024;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final byte[] request;
    private final int keyAt;
    private final byte[] line = new byte[LONGEST_LINE];

    LoadClient(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(SOCKET_TIMEOUT_MILLIS);
        in = new BufferedInputStream(socket.getInputStream());
        out = socket.getOutputStream();
        String head = "GET " + LoadServer.PATH + " HTTP/1.1\r\nHost: localhost\r\nX-License-Key: ";
        keyAt = head.length();
        request = (head + Keys.text(0) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
    }

    /** Asks until a moment; notes how long each answer took. */
    Histogram ask(byte[][] keys, int[] order, int from, long until) throws IOException {
        Histogram nanos = new Histogram(3);
        int next = from;
        for (long now = System.nanoTime(); now < until; ) {
            System.arraycopy(keys[order[next]], 0, request, keyAt, Keys.LENGTH);
            next = next + 1 == order.length ? 0 : next + 1;
            out.write(request);
            readAnswer();
            long end = System.nanoTime();
            nanos.recordValue(end - now);
            now = end;
        }
        return nanos;
    }

    private void readAnswer() throws IOException {
        String status = readLine();
        if (!status.startsWith("HTTP/1.1 200")) {
            throw new IOException("answered " + status);
        }
        int length = -1;
        for (String header = readLine(); !header.isEmpty(); header = readLine()) {
            if (header.regionMatches(true, 0, LENGTH, 0, LENGTH.length())) {
                length = Integer.parseInt(header.substring(LENGTH.length()).toLowerCase(Locale.ROOT));
            }
        }
        in.skipNBytes(length);
    }

    private String readLine() throws IOException {
        int length = 0;
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("the server hung up");
            }
            line[length++] = (byte) c;
        }
        return new String(line, 0, length - 1, StandardCharsets.US_ASCII);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
