package io.hourmeter.server;

import java.io.IOException;

/** The license server in a process whose heap is used up by something else as soon as a byte of input comes. */
final class HeapEater {

    private static final int LARGEST = 1024 * 1024;

    /** Made before, since there is no room for a list that grows. */
    private static final Object[] KEPT = new Object[1_000_000];

    private HeapEater() {}

    public static void main(String[] arguments) throws IOException {
        Thread server = new Thread(() -> LicenseServerMain.main(arguments), "main of the license server");
        server.start();
        if (System.in.read() >= 0) {
            eat();
        }
    }

    private static void eat() {
        int kept = 0;
        int size = LARGEST;
        while (size > 0 && kept < KEPT.length) {
            try {
                KEPT[kept] = new byte[size];
                kept++;
            } catch (OutOfMemoryError e) {
                size /= 2;
            }
        }
    }
}
