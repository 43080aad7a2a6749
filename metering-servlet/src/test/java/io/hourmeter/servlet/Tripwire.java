package io.hourmeter.servlet;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What each method of the classes under test calls first (see {@link TripwireLoader}): notes that it was called, or fails
 * in its name. Only on the thread that is watched, which is that of a request on its way.
 */
public final class Tripwire {

    private static volatile @Nullable Thread watched;
    private static volatile @Nullable Set<String> recorded;
    private static volatile @Nullable String armed;
    private static volatile Supplier<Throwable> fault = AssertionError::new;
    private static volatile boolean tripped;

    private Tripwire() {}

    /** Called at the beginning of each method. */
    public static void enter(String method) {
        if (Thread.currentThread() != watched) {
            return;
        }
        Set<String> names = recorded;
        if (names != null) {
            names.add(method);
        }
        if (method.equals(armed)) {
            tripped = true;
            throw Tripwire.<RuntimeException>asUnchecked(fault.get());
        }
    }

    @SuppressWarnings("unchecked") // the type is erased: whatever it is, it is thrown as it is
    private static <T extends Throwable> T asUnchecked(Throwable thrown) throws T {
        throw (T) thrown;
    }

    /** From now on this thread is on the way. */
    public static void watch() {
        watched = Thread.currentThread();
    }

    /** Nobody is. */
    public static void lookAway() {
        watched = null;
    }

    /** Notes the methods that are called on the way. */
    public static Set<String> record() {
        Set<String> names = ConcurrentHashMap.newKeySet();
        recorded = names;
        return names;
    }

    public static void stopRecording() {
        recorded = null;
    }

    /** Has a method fail whenever it is called on the way. */
    public static void arm(String method, Supplier<Throwable> with) {
        tripped = false;
        fault = with;
        armed = method;
    }

    /** Returns whether the method has failed. */
    public static boolean disarm() {
        armed = null;
        return tripped;
    }
}
