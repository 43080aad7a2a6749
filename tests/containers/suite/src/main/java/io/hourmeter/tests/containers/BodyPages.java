package io.hourmeter.tests.containers;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** Servlets that say what body they received. */
final class BodyPages {

    private static final int BUFFER = 8_192;

    private BodyPages() {}

    static Site addTo(Site site) {
        return site.with("/body", (request, response) -> response.getWriter().print(digest(request.getInputStream())))
                .with("/body/async", BodyPages::readAsynchronously)
                .with(
                        "/form",
                        (request, response) -> response.getWriter()
                                .print(Arrays.toString(request.getParameterValues("a")) + " "
                                        + Arrays.toString(request.getParameterValues("b"))))
                .with(
                        "/form/forward",
                        (request, response) -> request.getRequestDispatcher(Pages.sibling(request, "/form") + "?a=0")
                                .forward(request, response))
                .with(
                        "/multipart",
                        (request, response) -> response.getWriter()
                                .print("text=" + request.getParameter("text") + " file="
                                        + digest(request.getPart("file").getInputStream())));
    }

    private static Digest digest(InputStream in) throws IOException {
        Digest digest = new Digest();
        byte[] buffer = new byte[BUFFER];
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            digest.add(buffer, read);
        }
        return digest;
    }

    private static void readAsynchronously(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        AsyncContext async = request.startAsync();
        async.setTimeout(Patience.LIMIT.toMillis());
        ServletInputStream in = request.getInputStream();
        in.setReadListener(new Reader(in, async));
    }

    /** Reads what is there and answers at the end. Called by one thread at a time. */
    private static final class Reader implements ReadListener {

        private final ServletInputStream in;
        private final AsyncContext async;
        private final Digest digest = new Digest();
        private final byte[] buffer = new byte[BUFFER];

        Reader(ServletInputStream in, AsyncContext async) {
            this.in = in;
            this.async = async;
        }

        @Override
        public void onDataAvailable() throws IOException {
            while (in.isReady()) {
                int read = in.read(buffer);
                if (read < 0) {
                    return;
                }
                digest.add(buffer, read);
            }
        }

        @Override
        public void onAllDataRead() throws IOException {
            async.getResponse().getWriter().print(digest);
            async.complete();
        }

        @Override
        public void onError(Throwable failure) {
            ((HttpServletResponse) async.getResponse()).setStatus(HttpServletResponse.SC_BAD_REQUEST);
            async.complete();
        }
    }
}
