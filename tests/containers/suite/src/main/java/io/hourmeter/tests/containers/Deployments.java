package io.hourmeter.tests.containers;

import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** The class loaders of the unpacked applications that have started in this JVM, without keeping any of them. */
public final class Deployments {

    private static final Queue<WeakReference<ClassLoader>> SEEN = new ConcurrentLinkedQueue<>();

    private Deployments() {}

    /**
     * An application starts.
     *
     * @param loader its own
     */
    public static void started(ClassLoader loader) {
        SEEN.add(new WeakReference<>(loader));
    }

    static int started() {
        return SEEN.size();
    }

    /** How many of them have not been collected; asks for a collection. */
    static long alive() {
        System.gc();
        return List.copyOf(SEEN).stream().filter(each -> each.get() != null).count();
    }

    static void forget() {
        SEEN.clear();
    }
}
