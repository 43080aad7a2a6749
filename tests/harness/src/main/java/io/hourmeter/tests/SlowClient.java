package io.hourmeter.tests;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * How a client behaves that holds what a server has: what it sends first, what it sends from then on and how often, and
 * whether it reads what comes back. {@link SlowClients} opens many of one kind. Immutable.
 */
public final class SlowClient {

    private static final long NEVER = -1;

    private final String name;
    private final byte[] first;
    private final @Nullable IntFunction<String> next;
    private final long pauseMillis;
    private final boolean reads;
    private final boolean comesBack;

    private SlowClient(
            String name,
            byte[] first,
            @Nullable IntFunction<String> next,
            long pauseMillis,
            boolean reads,
            boolean comesBack) {
        this.name = name;
        this.first = first;
        this.next = next;
        this.pauseMillis = pauseMillis;
        this.reads = reads;
        this.comesBack = comesBack;
    }

    /**
     * Connects and says nothing.
     *
     * @return the client
     */
    public static SlowClient silent() {
        return sending("silent after connect", "");
    }

    /**
     * Sends a text and then nothing more.
     *
     * @param name of the behaviour, for the table
     * @param text what is sent, as ISO-8859-1
     * @return the client
     */
    public static SlowClient sending(String name, String text) {
        return new SlowClient(name, bytes(text), null, NEVER, true, false);
    }

    /**
     * Begins a request and sends a further header every now and then, without an end.
     *
     * @param pause between two headers
     * @return the client
     */
    public static SlowClient drippingHeaders(Duration pause) {
        return new SlowClient(
                "a header every " + text(pause),
                bytes("GET / HTTP/1.1\r\nHost: localhost\r\n"),
                i -> "X-" + i + ": x\r\n",
                pause.toMillis(),
                true,
                false);
    }

    /**
     * Sends a head that promises a body, and then nothing.
     *
     * @param head as {@link #head} makes it, with a Content-Length
     * @return the client
     */
    public static SlowClient promisingABody(String head) {
        return sending("body promised, then silent", head);
    }

    /**
     * Sends a head and then its body byte by byte.
     *
     * @param head as {@link #head} makes it, with a Content-Length
     * @param pause between two bytes
     * @return the client
     */
    public static SlowClient drippingABody(String head, Duration pause) {
        return new SlowClient(
                "a byte of body every " + text(pause), bytes(head), i -> " ", pause.toMillis(), true, false);
    }

    /**
     * Sends a head and a part of its body, and then nothing.
     *
     * @param head as {@link #head} makes it, with a Content-Length of more than the bytes
     * @param bytes how much of the body is sent; blanks
     * @return the client
     */
    public static SlowClient stoppingInABody(String head, int bytes) {
        byte[] begin = bytes(head);
        byte[] all = Arrays.copyOf(begin, begin.length + bytes);
        Arrays.fill(all, begin.length, all.length, (byte) ' ');
        return new SlowClient("silent after " + bytes + " bytes of body", all, null, NEVER, true, false);
    }

    /**
     * Sends a request again and again, as fast as the server takes it, without waiting for the answers.
     *
     * @param request the whole of it
     * @return the client
     */
    public static SlowClient pipelining(String request) {
        return repeating("pipelining", Duration.ZERO, i -> request);
    }

    /**
     * Sends one text after the other.
     *
     * @param name of the behaviour, for the table
     * @param pause between two texts; zero: as fast as the server takes them
     * @param next the text for each of 0, 1, 2, … on one connection
     * @return the client
     */
    public static SlowClient repeating(String name, Duration pause, IntFunction<String> next) {
        return new SlowClient(name, new byte[0], next, pause.toMillis(), true, false);
    }

    /**
     * Sends a request, reads the answer and keeps the connection.
     *
     * @param request the whole of it
     * @return the client
     */
    public static SlowClient idleAfter(String request) {
        return sending("idle after an answer", request);
    }

    /**
     * The same under another name.
     *
     * @param begin what stands before the name in the table
     * @return the client
     */
    public SlowClient named(String begin) {
        return new SlowClient(begin + name, first, next, pauseMillis, reads, comesBack);
    }

    /**
     * The same, but it never reads: what the server answers fills the buffers between them.
     *
     * @return the client
     */
    public SlowClient readingNothing() {
        return new SlowClient(name + ", reads nothing", first, next, pauseMillis, false, comesBack);
    }

    /**
     * The same, but one that the server closes is opened again at once.
     *
     * @return the client
     */
    public SlowClient comingBack() {
        return new SlowClient(name + ", comes back", first, next, pauseMillis, reads, true);
    }

    /**
     * The head of a request.
     *
     * @param method for example POST
     * @param path beginning with a slash
     * @param headers each as {@code Name: value}
     * @return its lines and the empty one
     */
    public static String head(String method, String path, String... headers) {
        StringBuilder head = new StringBuilder(method + ' ' + path + " HTTP/1.1\r\nHost: localhost\r\n");
        for (String header : headers) {
            head.append(header).append("\r\n");
        }
        return head.append("\r\n").toString();
    }

    String name() {
        return name;
    }

    byte[] first() {
        return first;
    }

    /** What is sent after a pause; null for nothing. */
    byte @Nullable [] next(int number) {
        return next == null ? null : bytes(next.apply(number));
    }

    boolean sendsMore() {
        return next != null;
    }

    long pauseMillis() {
        return pauseMillis;
    }

    boolean reads() {
        return reads;
    }

    boolean comesBack() {
        return comesBack;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String text(Duration pause) {
        return pause.toMillis() % 1000 == 0 ? pause.toSeconds() + " s" : pause.toMillis() + " ms";
    }
}
