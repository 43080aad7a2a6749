package io.hourmeter.tests.containers;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** One TCP connection, written and read byte by byte. Not thread-safe. */
final class Wire implements AutoCloseable {

    private static final String END_OF_HEAD = "\r\n\r\n";

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final String keyHeader;

    /** Connects; the header with the key ends with its line, or is empty. */
    Wire(int port, String keyHeader) throws IOException {
        this.keyHeader = keyHeader;
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout((int) Patience.LIMIT.toMillis());
        socket.setTcpNoDelay(true);
        in = socket.getInputStream();
        out = socket.getOutputStream();
    }

    /** Sends the head of a request. */
    Wire head(String method, String path, String... headers) throws IOException {
        StringBuilder head = new StringBuilder();
        head.append(method).append(' ').append(path).append(" HTTP/1.1\r\nHost: localhost\r\n");
        head.append(keyHeader);
        for (String header : headers) {
            head.append(header).append("\r\n");
        }
        return text(head.append("\r\n").toString());
    }

    Wire text(String text) throws IOException {
        return bytes(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    Wire bytes(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
        return this;
    }

    /** Reads up to and including the empty line after a head. */
    String readHead() throws IOException {
        return readUntil(END_OF_HEAD);
    }

    /** Reads up to and including a text. */
    String readUntil(String end) throws IOException {
        StringBuilder read = new StringBuilder();
        while (read.length() < end.length() || read.lastIndexOf(end) != read.length() - end.length()) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("the connection ended after: " + read);
            }
            read.append((char) next);
        }
        return read.toString();
    }

    /** Reads until the server closes. */
    String readAll() throws IOException {
        ByteArrayOutputStream rest = new ByteArrayOutputStream();
        in.transferTo(rest);
        return rest.toString(StandardCharsets.ISO_8859_1);
    }

    /** Reads so many bytes. */
    byte[] read(int count) throws IOException {
        byte[] bytes = in.readNBytes(count);
        if (bytes.length < count) {
            throw new EOFException("the connection ended after " + bytes.length + " of " + count + " bytes");
        }
        return bytes;
    }

    /** Breaks the connection as a client that crashes does: the server receives RST, not FIN. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
