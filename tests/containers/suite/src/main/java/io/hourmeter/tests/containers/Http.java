package io.hourmeter.tests.containers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.util.concurrent.CompletableFuture;

/** A customer's HTTP/1.1 client. Thread-safe. */
final class Http {

    private static final HttpClient CLIENT = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Patience.LIMIT)
            .build();

    private final int port;
    private final String key;

    Http(int port, String key) {
        this.port = port;
        this.key = key;
    }

    /** A request without a key. */
    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Patience.LIMIT);
    }

    /** A request with the key in the header. */
    HttpRequest.Builder keyed(String path) {
        return request(path).header("X-License-Key", key);
    }

    /** To a path without the filter. */
    HttpResponse<String> free(String path) {
        return send(keyed(Site.FREE + path));
    }

    /** To a path behind the filter, with the key. */
    HttpResponse<String> metered(String path) {
        return send(keyed(Site.METERED + path));
    }

    HttpResponse<String> send(HttpRequest.Builder request) {
        return send(request, HttpResponse.BodyHandlers.ofString());
    }

    <T> HttpResponse<T> send(HttpRequest.Builder request, HttpResponse.BodyHandler<T> body) {
        try {
            return CLIENT.send(request.build(), body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    CompletableFuture<HttpResponse<String>> later(HttpRequest.Builder request) {
        return CLIENT.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /**
     * Opens a WebSocket.
     *
     * @return fails with a {@link java.net.http.WebSocketHandshakeException} if there is none
     */
    CompletableFuture<WebSocket> socket(String path, boolean withKey, WebSocket.Listener listener) {
        WebSocket.Builder builder = CLIENT.newWebSocketBuilder().connectTimeout(Patience.LIMIT);
        if (withKey) {
            builder.header("X-License-Key", key);
        }
        return builder.buildAsync(URI.create("ws://127.0.0.1:" + port + path), listener);
    }

    /** A connection of its own, for what a decent client cannot be made to do. */
    Wire wire() throws IOException {
        return new Wire(port, "X-License-Key: " + key + "\r\n");
    }

    /** The same of somebody without a key. */
    Wire stranger() throws IOException {
        return new Wire(port, "");
    }
}
