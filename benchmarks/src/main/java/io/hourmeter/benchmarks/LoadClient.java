package io.hourmeter.benchmarks;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.HdrHistogram.Histogram;

/**
 * One kept-alive connection that asks, waits for the answer, and asks again, each time with another key. It runs on the
 * cores of the server, so it does as little as it can.
 */
final class LoadClient {

    private static final int SOCKET_TIMEOUT_MILLIS = 30_000;
    private static final int LONGEST_ANSWER = 4_096;
    private static final byte[] STATUS = "HTTP/1.1 200 ".getBytes(StandardCharsets.US_ASCII);

    private final InputStream in;
    private final OutputStream out;
    private final byte[] request;
    private final int keyAt;
    private final byte[] ending;
    private final byte[] answer = new byte[LONGEST_ANSWER];

    LoadClient(int port, Application application) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(SOCKET_TIMEOUT_MILLIS);
        in = socket.getInputStream();
        out = socket.getOutputStream();
        String head = "GET " + LoadServer.PATH + " HTTP/1.1\r\nHost: localhost\r\n" + LoadServer.KEY_HEADER + ": ";
        ending = application.end().getBytes(StandardCharsets.US_ASCII);
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
        int length = 0;
        while (length < ending.length
                || !Arrays.equals(answer, length - ending.length, length, ending, 0, ending.length)) {
            int read = in.read(answer, length, answer.length - length);
            if (read <= 0) {
                throw new EOFException("no answer but " + new String(answer, 0, length, StandardCharsets.US_ASCII));
            }
            length += read;
        }
        if (!Arrays.equals(answer, 0, STATUS.length, STATUS, 0, STATUS.length)) {
            throw new IOException("answered " + new String(answer, 0, length, StandardCharsets.US_ASCII));
        }
    }
}
