package io.hourmeter.internal;

/**
 * Tells a fault that a program outlives from one that it does not. Whoever catches {@link Throwable}, because a fault of
 * metering must be nobody else's, asks here first.
 */
public final class FatalErrors {

    private FatalErrors() {}

    /**
     * Throws on what is to end the thread or the process: too little memory, a virtual machine that is broken, a thread
     * that is stopped. A stack that overflowed is as good as new where it is caught. Containers draw the same line.
     *
     * @param thrown what was caught
     */
    @SuppressWarnings("removal") // the JVMs that still throw it are supported
    public static void throwIfFatal(Throwable thrown) {
        if (thrown instanceof StackOverflowError) {
            return;
        }
        if (thrown instanceof VirtualMachineError fatal) {
            throw fatal;
        }
        if (thrown instanceof ThreadDeath death) {
            throw death;
        }
    }
}
