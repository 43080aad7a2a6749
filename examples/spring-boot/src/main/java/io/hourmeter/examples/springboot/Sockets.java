package io.hourmeter.examples.springboot;

import io.hourmeter.LicenseRef;
import io.hourmeter.servlet.MeteringFilter;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.http.server.ServletServerHttpRequest;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.WebSocketSession;
import org.springframework.web.socket.config.annotation.EnableWebSocket;
import org.springframework.web.socket.config.annotation.WebSocketConfigurer;
import org.springframework.web.socket.config.annotation.WebSocketHandlerRegistry;
import org.springframework.web.socket.server.HandshakeInterceptor;

/**
 * Two sockets behind the filter, which refuses a handshake as it refuses any request. One is metered while it is open, the
 * other while messages flow.
 */
@Configuration(proxyBeanMethods = false)
@EnableWebSocket
class Sockets implements WebSocketConfigurer {

    private static final String LICENSE = "license";

    private final OpenSocket openSocket;
    private final MessageSocket messageSocket;

    Sockets(OpenSocket openSocket, MessageSocket messageSocket) {
        this.openSocket = openSocket;
        this.messageSocket = messageSocket;
    }

    @Override
    public void registerWebSocketHandlers(WebSocketHandlerRegistry registry) {
        registry.addHandler(openSocket, "/api/socket").addInterceptors(new KeepLicense());
        registry.addHandler(messageSocket, "/api/chat").addInterceptors(new KeepLicense());
    }

    /** The license under which the filter admitted a socket's handshake. */
    static LicenseRef license(WebSocketSession socket) {
        if (socket.getAttributes().get(LICENSE) instanceof LicenseRef license) {
            return license;
        }
        throw new IllegalStateException("a socket without a license, although every handshake has one");
    }

    /** The request of a handshake is gone when the socket is open. */
    private static final class KeepLicense implements HandshakeInterceptor {

        @Override
        public boolean beforeHandshake(
                ServerHttpRequest request,
                ServerHttpResponse response,
                WebSocketHandler handler,
                Map<String, Object> attributes) {
            Optional<LicenseRef> license = request instanceof ServletServerHttpRequest servlet
                    ? MeteringFilter.license(servlet.getServletRequest())
                    : Optional.empty();
            if (license.isEmpty()) {
                // Not metered: license.required=false, or the path is excluded.
                response.setStatusCode(HttpStatus.UNAUTHORIZED);
                return false;
            }
            attributes.put(LICENSE, license.get());
            return true;
        }

        @Override
        public void afterHandshake(
                ServerHttpRequest request,
                ServerHttpResponse response,
                WebSocketHandler handler,
                @Nullable Exception failure) {}
    }
}
