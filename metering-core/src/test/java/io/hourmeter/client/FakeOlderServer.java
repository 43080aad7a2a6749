package io.hourmeter.client;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.hourmeter.LicenseKey;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A license server of the older kind: validate, hours and usage, binary floating point, no idempotency keys, plain
 * sentences. It loses answers and requests when it is told to.
 */
final class FakeOlderServer implements AutoCloseable {

    /** What goes wrong with one deduction. */
    enum Fault {
        NONE,
        /** Executed; the connection breaks before the answer. */
        ANSWER_LOST,
        /** Not executed; the connection breaks. */
        REQUEST_LOST,
        /** Executed, then the server fails. */
        FAILS_AFTER,
        /** The server fails before it does anything. */
        FAILS_BEFORE,
        /** Executed when {@link #release()} is called; the answer is lost. */
        HELD_BACK
    }

    static final class Account {
        double purchased;
        double used;
        String refusal = "";
    }

    private static final Pattern CALL = Pattern.compile("/api/licenses/([^/]+)/(validate|hours|usage)");
    private static final Pattern HOURS = Pattern.compile("\\{\"hours\":([0-9.]+)}");

    static {
        // Else each answer waits for the client's delayed acknowledgement.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    private final HttpServer http;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, Account> accounts = new ConcurrentHashMap<>();
    private final CountDownLatch held = new CountDownLatch(1);
    private final AtomicInteger deducting = new AtomicInteger();
    final Queue<Fault> faults = new ConcurrentLinkedQueue<>();
    final List<String> calls = new CopyOnWriteArrayList<>();
    final AtomicInteger mostDeductingAtOnce = new AtomicInteger();
    final AtomicInteger heldBackAndExecuted = new AtomicInteger();
    volatile boolean sparse;
    volatile boolean down;
    volatile int statusOfEverything;

    /** What answers every deduction instead of the server; empty for nothing. */
    volatile String inPlaceOfDeductions = "";

    /** Hours of deductions that were received and not executed. */
    volatile double lostHours;

    FakeOlderServer() throws IOException {
        this(0);
    }

    FakeOlderServer(int port) throws IOException {
        http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 50);
        http.setExecutor(threads);
        http.createContext("/", this::handle);
        http.start();
    }

    int port() {
        return http.getAddress().getPort();
    }

    String url() {
        return "http://127.0.0.1:" + port();
    }

    Account add(LicenseKey key, double hours) {
        Account account = new Account();
        account.purchased = hours;
        accounts.put(key.text(), account);
        return account;
    }

    long count(String ending) {
        return calls.stream().filter(call -> call.endsWith(ending)).count();
    }

    /** Lets deductions that were held back be executed. */
    void release() {
        held.countDown();
    }

    private void handle(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String path = exchange.getRequestURI().getPath();
        calls.add(exchange.getRequestMethod() + " " + path);
        if (down) {
            exchange.close();
            return;
        }
        if (statusOfEverything != 0) {
            answer(exchange, statusOfEverything, "{\"success\":false,\"error\":\"Unauthorized\"}");
            return;
        }
        Matcher call = CALL.matcher(path);
        if (!call.matches()) {
            answer(exchange, path.endsWith("lookup") ? 405 : 404, "<h1>Not Found</h1>");
            return;
        }
        Account account = accounts.get(call.group(1));
        switch (call.group(2)) {
            case "validate" -> validate(exchange, account);
            case "hours" -> hours(exchange, account);
            default -> usage(exchange, account, body);
        }
    }

    private void validate(HttpExchange exchange, @Nullable Account account) throws IOException {
        if (account == null) {
            answer(exchange, 400, "{\"valid\":false,\"error\":\"Invalid license key\"}");
        } else if (!account.refusal.isEmpty()) {
            answer(exchange, 400, "{\"valid\":false,\"error\":\"" + account.refusal + "\"}");
        } else if (account.purchased - account.used <= 0) {
            answer(exchange, 400, "{\"valid\":false,\"error\":\"No hours remaining\"}");
        } else if (sparse) {
            answer(exchange, 200, "{\"valid\":true}");
        } else {
            answer(
                    exchange,
                    200,
                    "{\"valid\":true,\"license\":{\"email\":\"a@b\",\"status\":\"active\",\"created_at\":\"2024-01-01T10:00:00\","
                            + "\"hours_remaining\":" + (account.purchased - account.used) + "}}");
        }
    }

    private void hours(HttpExchange exchange, @Nullable Account account) throws IOException {
        if (account == null) {
            answer(exchange, 404, "{\"success\":false,\"error\":\"License not found\"}");
            return;
        }
        String remaining = "{\"success\":true,\"hours_remaining\":" + (account.purchased - account.used);
        answer(
                exchange,
                200,
                sparse
                        ? remaining + "}"
                        : remaining + ",\"purchased_hours\":" + account.purchased + ",\"used_hours\":" + account.used
                                + "}");
    }

    private void usage(HttpExchange exchange, @Nullable Account account, String body) throws IOException {
        mostDeductingAtOnce.accumulateAndGet(deducting.incrementAndGet(), Math::max);
        try {
            Matcher hours = HOURS.matcher(body);
            if (account == null || !hours.matches()) {
                answer(exchange, 400, "{\"success\":false,\"error\":\"Invalid request\"}");
                return;
            }
            deduct(exchange, account, Double.parseDouble(hours.group(1)));
        } finally {
            deducting.decrementAndGet();
        }
    }

    private void deduct(HttpExchange exchange, Account account, double hours) throws IOException {
        String instead = inPlaceOfDeductions;
        if (!instead.isEmpty()) {
            answer(exchange, Integer.parseInt(instead.substring(0, 3)), instead.substring(4));
            return;
        }
        Fault fault = faults.poll();
        if (fault == Fault.REQUEST_LOST) {
            lostHours += hours;
            exchange.close();
            return;
        }
        if (fault == Fault.FAILS_BEFORE) {
            lostHours += hours;
            answer(exchange, 500, "<h1>Internal Server Error</h1>");
            return;
        }
        if (fault == Fault.HELD_BACK) {
            awaitRelease();
        }
        double deducted;
        double remaining;
        synchronized (account) {
            deducted = Math.min(hours, Math.max(0, account.purchased - account.used));
            account.used += deducted;
            remaining = account.purchased - account.used;
        }
        if (fault == Fault.HELD_BACK) {
            heldBackAndExecuted.incrementAndGet();
        }
        if (fault == Fault.ANSWER_LOST || fault == Fault.HELD_BACK) {
            exchange.close();
        } else if (fault == Fault.FAILS_AFTER) {
            answer(exchange, 500, "<h1>Internal Server Error</h1>");
        } else if (deducted == 0) {
            answer(exchange, 402, "{\"success\":false,\"error\":\"No hours remaining\"}");
        } else {
            answer(
                    exchange,
                    200,
                    sparse
                            ? "{\"success\":true}"
                            : "{\"success\":true,\"hours_deducted\":" + deducted + ",\"hours_remaining\":" + remaining
                                    + "}");
        }
    }

    private void awaitRelease() {
        try {
            held.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", body.startsWith("{") ? "application/json" : "text/html");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    @Override
    public void close() {
        held.countDown();
        http.stop(0);
        threads.shutdownNow();
    }
}
