package com.example;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A license server of the three older calls, with one license of ten hours. */
final class OlderLicenseServer implements AutoCloseable {

    static final String KEY = "RL-0123ABCD-EFGH4567-JKMN89PQ";

    private static final BigDecimal PURCHASED = BigDecimal.TEN;
    private static final Pattern HOURS = Pattern.compile("\"hours\"\\s*:\\s*([0-9]+(?:\\.[0-9]+)?)");

    private final HttpServer http;
    private BigDecimal used = BigDecimal.ZERO;

    OlderLicenseServer() throws IOException {
        http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        http.createContext("/", this::answer);
        http.start();
    }

    int port() {
        return http.getAddress().getPort();
    }

    synchronized BigDecimal usedHours() {
        return used;
    }

    private synchronized void answer(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        switch (exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath()) {
            case "POST /api/licenses/" + KEY + "/validate" ->
                reply(exchange, 200, "{\"valid\":true,\"license\":{\"key\":\"" + KEY + "\",\"status\":\"active\"," + hours() + "}}");
            case "GET /api/licenses/" + KEY + "/hours" -> reply(exchange, 200, "{\"success\":true," + hours() + "}");
            case "POST /api/licenses/" + KEY + "/usage" -> {
                Matcher asked = HOURS.matcher(body);
                if (!asked.find()) {
                    reply(exchange, 400, "{\"success\":false,\"error\":\"hours\"}");
                    return;
                }
                BigDecimal deducted = new BigDecimal(asked.group(1)).min(PURCHASED.subtract(used));
                used = used.add(deducted);
                reply(
                        exchange,
                        200,
                        "{\"success\":true,\"hours_deducted\":" + deducted.toPlainString() + "," + hours() + "}");
            }
            default -> reply(exchange, 404, "{\"success\":false,\"error\":\"Not found\"}");
        }
    }

    private String hours() {
        return "\"hours_remaining\":" + PURCHASED.subtract(used).toPlainString() + ",\"purchased_hours\":" + PURCHASED
                + ",\"used_hours\":" + used.toPlainString();
    }

    private static void reply(HttpExchange exchange, int status, String json) throws IOException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    @Override
    public void close() {
        http.stop(0);
    }
}
