package io.hourmeter.tests.containers;

import io.hourmeter.servlet.MeteringFilter;
import io.hourmeter.usage.Granted;
import io.hourmeter.usage.UsageTracker;
import jakarta.servlet.ServletContext;
import jakarta.websocket.CloseReason;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.HandshakeResponse;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.Session;
import jakarta.websocket.server.HandshakeRequest;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

/** WebSocket endpoints as an application has them. */
public final class Sockets {

    /** Where they are, as a pattern for a filter. */
    static final String ALL = "/socket/*";

    static final String ECHO = "/socket/echo";

    static final String OPEN = "/socket/open";

    private Sockets() {}

    /** Deploys them below a path, with the part of the container that answers handshakes. */
    static void deploy(ServletContext context, String prefix) {
        ServerContainer container = (ServerContainer) context.getAttribute(ServerContainer.class.getName());
        try {
            container.addEndpoint(ServerEndpointConfig.Builder.create(Echo.class, prefix + ECHO)
                    .build());
            container.addEndpoint(ServerEndpointConfig.Builder.create(Metered.class, prefix + OPEN)
                    .configurator(new Keys(context))
                    .build());
        } catch (DeploymentException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void send(Session session, String text) {
        try {
            session.getBasicRemote().sendText(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends back what it receives. */
    public static final class Echo extends Endpoint {

        /** For the container. */
        public Echo() {}

        @Override
        public void onOpen(Session session, EndpointConfig config) {
            session.addMessageHandler(new EchoText(session));
        }
    }

    private record EchoText(Session session) implements MessageHandler.Whole<String> {

        @Override
        public void onMessage(String message) {
            send(session, message);
        }
    }

    /** Metered from its opening to its close; says the id of its session first. As docs/sockets-and-jobs.md has it. */
    public static final class Metered extends Endpoint {

        private static final String USE = "use";

        /** For the container. */
        public Metered() {}

        @Override
        public void onOpen(Session session, EndpointConfig config) {
            Map<String, Object> properties = config.getUserProperties();
            UsageTracker tracker = (UsageTracker) properties.get(Keys.TRACKER);
            if (tracker.admit((String) properties.get(Keys.KEY)) instanceof Granted use) {
                session.getUserProperties().put(USE, use);
                send(session, use.sessionId());
            } else {
                close(session);
            }
        }

        private static void close(Session session) {
            try {
                session.close(new CloseReason(CloseReason.CloseCodes.VIOLATED_POLICY, "refused"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void onClose(Session session, CloseReason reason) {
            if (session.getUserProperties().get(USE) instanceof Granted use) {
                use.close();
            }
        }
    }

    /** Hands the key of a handshake to its socket; the properties are those of one connection. */
    private static final class Keys extends ServerEndpointConfig.Configurator {

        static final String KEY = "key";

        static final String TRACKER = "tracker";

        private final ServletContext context;

        Keys(ServletContext context) {
            this.context = context;
        }

        @Override
        public void modifyHandshake(ServerEndpointConfig config, HandshakeRequest request, HandshakeResponse response) {
            Map<String, Object> properties = config.getUserProperties();
            properties.put(TRACKER, context.getAttribute(MeteringFilter.TRACKER_ATTRIBUTE));
            properties.put(
                    KEY,
                    request.getHeaders()
                            .getOrDefault("X-License-Key", List.of(""))
                            .get(0));
        }
    }
}
