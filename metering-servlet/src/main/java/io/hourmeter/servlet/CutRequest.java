package io.hourmeter.servlet;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Has an asynchronous request go on with the response that can be {@link Cut}. */
final class CutRequest extends HttpServletRequestWrapper {

    private final CutResponse response;
    private final Cut cut;
    private volatile @Nullable AsyncContext started;

    CutRequest(HttpServletRequest request, CutResponse response, Cut cut) {
        super(request);
        this.response = response;
        this.cut = cut;
    }

    @Override
    public AsyncContext startAsync() {
        return startAsync(this, response);
    }

    @Override
    public AsyncContext startAsync(ServletRequest carried, ServletResponse answered) {
        AsyncContext own = super.startAsync(carried, answered);
        cut.startedAsync(own);
        AsyncContext given = new Guarded(own);
        started = given;
        return given;
    }

    @Override
    public AsyncContext getAsyncContext() {
        AsyncContext own = super.getAsyncContext();
        return Objects.requireNonNullElse(started, own);
    }

    /** What an application completes because a write was refused must not look like the end of its answer. */
    private final class Guarded implements AsyncContext {

        private final AsyncContext own;

        Guarded(AsyncContext own) {
            this.own = own;
        }

        @Override
        public void complete() {
            if (!cut.refusedAWrite()) {
                own.complete();
            }
        }

        @Override
        public ServletRequest getRequest() {
            return own.getRequest();
        }

        @Override
        public ServletResponse getResponse() {
            return own.getResponse();
        }

        @Override
        public boolean hasOriginalRequestAndResponse() {
            return own.hasOriginalRequestAndResponse();
        }

        @Override
        public void dispatch() {
            own.dispatch();
        }

        @Override
        public void dispatch(String path) {
            own.dispatch(path);
        }

        @Override
        public void dispatch(ServletContext context, String path) {
            own.dispatch(context, path);
        }

        @Override
        public void start(Runnable run) {
            own.start(run);
        }

        @Override
        public void addListener(AsyncListener listener) {
            own.addListener(listener);
        }

        @Override
        public void addListener(AsyncListener listener, ServletRequest request, ServletResponse answered) {
            own.addListener(listener, request, answered);
        }

        @Override
        public <T extends AsyncListener> T createListener(Class<T> type) throws ServletException {
            return own.createListener(type);
        }

        @Override
        public void setTimeout(long millis) {
            own.setTimeout(millis);
        }

        @Override
        public long getTimeout() {
            return own.getTimeout();
        }
    }
}
