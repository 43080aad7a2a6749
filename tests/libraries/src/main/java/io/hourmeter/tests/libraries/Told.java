package io.hourmeter.tests.libraries;

/** What a host tells the test on its standard output, each on a line of its own. */
final class Told {

    static final String PORT = "port=";
    static final String KEY = "key=";

    private Told() {}

    static void port(int port) {
        System.out.println(PORT + port);
    }

    static void key(String key) {
        System.out.println(KEY + key);
    }
}
