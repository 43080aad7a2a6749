package io.hourmeter.internal;

/**
 * Errors that are caught, so that nobody waits for an answer in vain, and are told all the same to whoever is responsible
 * for the process. A process without memory or with classes that cannot be loaded otherwise stays and serves nobody.
 */
public final class UncaughtErrors {

    private UncaughtErrors() {}

    /**
     * Whether a process should rather begin anew than go on: too little memory, no more threads, a virtual machine that is
     * broken, a class that cannot be loaded, which stays so. Not a stack that overflowed.
     *
     * @param thrown what was caught
     * @return false for everything that concerns one call alone
     */
    public static boolean endsTheProcess(Throwable thrown) {
        return thrown instanceof LinkageError
                || (thrown instanceof VirtualMachineError && !(thrown instanceof StackOverflowError));
    }

    /**
     * Hands what {@link #endsTheProcess} to the handler for uncaught exceptions of the calling thread, as if it had not been
     * caught. A program of ours ends there; an application decides for itself. Does nothing with anything else, and throws
     * nothing but what that handler throws.
     *
     * @param thrown what was caught
     */
    public static void tell(Throwable thrown) {
        if (endsTheProcess(thrown)) {
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, thrown);
        }
    }
}
