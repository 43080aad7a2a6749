package com.example;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A license server with one license of ten hours: it grants every lease and adds up what they used. */
final class OneLicenseServer implements AutoCloseable {

    static final String KEY = "RL-0123ABCD-EFGH4567-JKMN89PQ";

    private static final long PURCHASED_MILLIS = 36_000_000;
    private static final Pattern ITEM = Pattern.compile("\\{\"lease\":\"([0-9a-f-]{36})\".*?\"used_ms\":(null|[0-9]+).*?\"done\":(true|false)");

    private final HttpServer http;
    private final Map<String, Long> usedMillis = new HashMap<>();

    OneLicenseServer() throws IOException {
        http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        http.createContext("/api/usage", this::answer);
        http.start();
    }

    int port() {
        return http.getAddress().getPort();
    }

    synchronized long usedMillis() {
        return usedMillis.values().stream().mapToLong(Long::longValue).sum();
    }

    private synchronized void answer(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        List<String> answers = new ArrayList<>();
        for (Matcher item = ITEM.matcher(body); item.find(); ) {
            long used = item.group(2).equals("null") ? 0 : Long.parseLong(item.group(2));
            usedMillis.merge(item.group(1), used, Math::max);
            boolean done = Boolean.parseBoolean(item.group(3));
            answers.add("{\"lease\":\"" + item.group(1) + "\",\"license\":\"lic_0123456789ab\",\"state\":\""
                    + (done ? "CLOSED" : "OK") + "\",\"authorized_ms\":" + (used + 900_000) + ",\"remaining_ms\":"
                    + (PURCHASED_MILLIS - usedMillis()) + "}");
        }
        byte[] json = ("{\"items\":[" + String.join(",", answers) + "]}").getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, json.length);
        exchange.getResponseBody().write(json);
        exchange.close();
    }

    @Override
    public void close() {
        http.stop(0);
    }
}
