package io.hourmeter.servlet;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.Charset;
import org.jspecify.annotations.Nullable;

/**
 * A response that can be {@link Cut}. A writer of it writes to its stream, unbuffered: the container's own could not be broken
 * off, and nobody would flush one of ours when the request is completed.
 */
final class CutResponse extends HttpServletResponseWrapper {

    private final HttpServletResponse response;
    private final Cut cut;
    private @Nullable Stream stream;
    private @Nullable PrintWriter writer;
    private boolean streaming;

    CutResponse(HttpServletResponse response, Cut cut) {
        super(response);
        this.response = response;
        this.cut = cut;
    }

    @Override
    public ServletOutputStream getOutputStream() throws IOException {
        if (writer != null) {
            throw new IllegalStateException("getWriter has been called for this response");
        }
        streaming = true;
        return stream();
    }

    @Override
    public PrintWriter getWriter() throws IOException {
        if (streaming) {
            throw new IllegalStateException("getOutputStream has been called for this response");
        }
        PrintWriter open = writer;
        if (open == null) {
            String charset = response.getCharacterEncoding();
            // As the container's writer does: the header says what is written.
            response.setCharacterEncoding(charset);
            open = new PrintWriter(new Encoding(stream(), Charset.forName(charset)));
            writer = open;
        }
        return open;
    }

    private Stream stream() throws IOException {
        Stream open = stream;
        if (open == null) {
            open = new Stream(response.getOutputStream());
            stream = open;
        }
        return open;
    }

    @Override
    public void flushBuffer() throws IOException {
        cut.beginFlush();
        try {
            super.flushBuffer();
        } finally {
            cut.endWrite();
        }
    }

    @Override
    public void reset() {
        super.reset();
        streaming = false;
        stream = null;
        writer = null;
    }

    private final class Stream extends ServletOutputStream {

        private final ServletOutputStream out;

        Stream(ServletOutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int b) throws IOException {
            cut.beginWrite();
            try {
                out.write(b);
            } finally {
                cut.endWrite();
            }
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            cut.beginWrite();
            try {
                out.write(bytes, offset, length);
            } finally {
                cut.endWrite();
            }
        }

        @Override
        public void flush() throws IOException {
            cut.beginFlush();
            try {
                out.flush();
            } finally {
                cut.endWrite();
            }
        }

        @Override
        public void close() throws IOException {
            cut.beginFlush();
            try {
                out.close();
            } finally {
                cut.endWrite();
            }
        }

        @Override
        public boolean isReady() {
            return out.isReady();
        }

        @Override
        public void setWriteListener(WriteListener listener) {
            cut.hasWriteListener();
            out.setWriteListener(listener);
        }
    }

    /** Keeps nothing but the first half of a character that has two. */
    private static final class Encoding extends Writer {

        private final ServletOutputStream out;
        private final Charset charset;
        private String half = "";

        Encoding(ServletOutputStream out, Charset charset) {
            this.out = out;
            this.charset = charset;
        }

        @Override
        public void write(char[] chars, int offset, int length) throws IOException {
            String text = half + new String(chars, offset, length);
            boolean more = !text.isEmpty() && Character.isHighSurrogate(text.charAt(text.length() - 1));
            half = more ? text.substring(text.length() - 1) : "";
            byte[] bytes = text.substring(0, text.length() - half.length()).getBytes(charset);
            out.write(bytes, 0, bytes.length);
        }

        @Override
        public void flush() throws IOException {
            out.flush();
        }

        @Override
        public void close() throws IOException {
            out.close();
        }
    }
}
