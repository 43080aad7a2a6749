package io.hourmeter.tests.containers;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import java.util.function.Consumer;

/** A listener of the application that ends an asynchronous request in its own way when its time is out. */
record Ending(AsyncListenerAction action) implements AsyncListener {

    /** What to do with the request. */
    @FunctionalInterface
    interface AsyncListenerAction extends Consumer<AsyncContext> {}

    static Ending onTimeout(AsyncListenerAction action) {
        return new Ending(action);
    }

    @Override
    public void onTimeout(AsyncEvent event) {
        action.accept(event.getAsyncContext());
    }

    @Override
    public void onComplete(AsyncEvent event) {}

    @Override
    public void onError(AsyncEvent event) {}

    @Override
    public void onStartAsync(AsyncEvent event) {}
}
