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
import java.util.Arrays;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request whose body was read ahead and is whole for the application nevertheless. */
final class PeekedRequest extends HttpServletRequestWrapper {

    private final HttpServletResponse response;
    private final PeekedBody body;
    private @Nullable BufferedReader reader;
    private boolean streaming;
    private boolean form;
    private @Nullable Map<String, String[]> fields;
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

    /** Whether nobody knows more of this body than before: it was read by somebody else. */
    boolean isNothing() {
        return body.isNothing();
    }

    /** Bytes of the body that are no longer to come. */
    long ahead() {
        return body.ahead();
    }

    /**
     * The body is a form, which the container can no longer read: {@code getParameter} is answered here, where the container
     * would have. Of methods other than POST the servlet specification leaves that to it.
     */
    void hasForm() {
        String method = getMethod();
        form = method.equals("POST")
                || ServerInfo.isUndertow(this)
                || (method.equals("PUT") && ServerInfo.isJetty(this));
    }

    @Override
    public @Nullable String getParameter(String name) {
        String[] values = getParameterValues(name);
        return values == null || values.length == 0 ? null : values[0];
    }

    @Override
    public String @Nullable [] getParameterValues(String name) {
        if (!form) {
            return super.getParameterValues(name);
        }
        String[] values = getParameterMap().get(name);
        return values == null ? null : values.clone();
    }

    @Override
    public Enumeration<String> getParameterNames() {
        return form ? Collections.enumeration(getParameterMap().keySet()) : super.getParameterNames();
    }

    /** The query first, as the servlet specification says. The container's part may change with a forward. */
    @Override
    public Map<String, String[]> getParameterMap() {
        if (!form) {
            return super.getParameterMap();
        }
        Map<String, String[]> all = new LinkedHashMap<>(super.getParameterMap());
        fields().forEach((name, own) -> all.merge(name, own, PeekedRequest::joined));
        return Collections.unmodifiableMap(all);
    }

    private static String[] joined(String[] some, String[] others) {
        String[] all = Arrays.copyOf(some, some.length + others.length);
        System.arraycopy(others, 0, all, some.length, others.length);
        return all;
    }

    /** Read at the first question, since the application may name the charset before it. */
    private Map<String, String[]> fields() {
        Map<String, String[]> read = fields;
        if (read == null) {
            Charset charset = formCharset();
            Map<String, List<String>> lists = QueryString.fields(body.whole(charset), charset);
            read = new LinkedHashMap<>();
            for (Map.Entry<String, List<String>> field : lists.entrySet()) {
                read.put(field.getKey(), field.getValue().toArray(String[]::new));
            }
            fields = read;
        }
        return read;
    }

    /** Where nothing is said, all containers take it as ISO-8859-1 but Jetty. */
    private Charset formCharset() {
        String name = getCharacterEncoding();
        if (name == null) {
            return ServerInfo.isJetty(this) ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1;
        }
        try {
            return Charset.forName(name);
        } catch (IllegalArgumentException e) {
            return StandardCharsets.ISO_8859_1;
        }
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
