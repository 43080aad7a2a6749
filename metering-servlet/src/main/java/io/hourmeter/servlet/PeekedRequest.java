package io.hourmeter.servlet;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.UnsupportedEncodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request whose body was read ahead and is whole for the application nevertheless. */
final class PeekedRequest extends HttpServletRequestWrapper {

    private final HttpServletResponse response;
    private final PeekedBody body;
    private @Nullable BufferedReader reader;
    private boolean streaming;
    private @Nullable String encoding;

    PeekedRequest(HttpServletRequest request, HttpServletResponse response, PeekedBody body) {
        super(request);
        this.response = response;
        this.body = body;
    }

    List<String> texts(String field) {
        return body.texts(field);
    }

    List<String> values(String parameter) {
        return body.values(parameter);
    }

    void chainReturned() {
        body.chainReturned();
    }

    @Override
    public ServletInputStream getInputStream() {
        if (reader != null) {
            throw new IllegalStateException("getReader has been called for this request");
        }
        streaming = true;
        return body;
    }

    @Override
    public BufferedReader getReader() throws UnsupportedEncodingException {
        if (streaming) {
            throw new IllegalStateException("getInputStream has been called for this request");
        }
        if (reader == null) {
            reader = new BufferedReader(new InputStreamReader(body, charset()));
        }
        return reader;
    }

    /** What the servlet specification says; where a container has another default, it answers it as the encoding. */
    private Charset charset() throws UnsupportedEncodingException {
        String name = getCharacterEncoding();
        return name == null ? StandardCharsets.ISO_8859_1 : charset(name);
    }

    private static Charset charset(String name) throws UnsupportedEncodingException {
        try {
            return Charset.forName(name);
        } catch (IllegalArgumentException e) {
            throw new UnsupportedEncodingException(name);
        }
    }

    @Override
    public @Nullable String getCharacterEncoding() {
        return encoding != null ? encoding : super.getCharacterEncoding();
    }

    /** Kept here, because a container ignores it after the body was begun. */
    @Override
    public void setCharacterEncoding(String name) throws UnsupportedEncodingException {
        super.setCharacterEncoding(name);
        charset(name);
        if (reader == null) {
            encoding = name;
        }
    }

    /** Without this, the asynchronous context would carry on with the container's request, whose body is gone. */
    @Override
    public AsyncContext startAsync() {
        return super.startAsync(this, response);
    }
}
