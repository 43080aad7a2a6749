package io.hourmeter.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.usage.Granted;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServletRequest;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Containers differ in what they report of the end of an asynchronous request; here is each order that occurs. */
class AsyncReleaseTest {

    private final StubTracker tracker = new StubTracker();
    private final AtomicReference<AsyncListener> registered = new AtomicReference<>();
    private final AsyncContext async = (AsyncContext) Proxy.newProxyInstance(
            getClass().getClassLoader(), new Class<?>[] {AsyncContext.class}, (proxy, method, arguments) -> {
                if (method.getName().equals("addListener")) {
                    registered.set((AsyncListener) arguments[0]);
                }
                return null;
            });
    private final HttpServletRequest request = (HttpServletRequest) Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {HttpServletRequest.class},
            (proxy, method, arguments) -> switch (method.getName()) {
                case "isAsyncStarted" -> true;
                case "getAsyncContext" -> async;
                default -> null;
            });
    private final AsyncEvent event = new AsyncEvent(async);

    private AsyncListener released() {
        AsyncRelease.release((Granted) tracker.admit(StubTracker.KEY, null, null), request);
        assertThat(tracker.running).hasValue(1);
        return registered.get();
    }

    /** Tomcat, when a servlet has called startAsync and throws. */
    @Test
    void errorWithoutCompletionEndsTheUse() throws Exception {
        released().onError(event);
        assertThat(tracker.running).hasValue(0);
    }

    @Test
    void errorAndCompletionEndTheUseOnce() throws Exception {
        AsyncListener listener = released();
        listener.onError(event);
        listener.onComplete(event);
        assertThat(tracker.running).hasValue(0);
        assertThat(tracker.finished).hasValue(1);
    }

    @Test
    void timeoutDoesNotEndTheUseBeforeCompletion() throws Exception {
        AsyncListener listener = released();
        listener.onTimeout(event);
        assertThat(tracker.running).hasValue(1);
        listener.onComplete(event);
        assertThat(tracker.running).hasValue(0);
    }

    @Test
    void anotherCycleKeepsTheUse() throws Exception {
        AsyncListener listener = released();
        registered.set(null);
        listener.onStartAsync(event);
        assertThat(registered.get()).isSameAs(listener);
        assertThat(tracker.running).hasValue(1);
    }
}
