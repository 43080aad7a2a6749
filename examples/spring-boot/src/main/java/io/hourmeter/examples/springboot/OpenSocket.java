package io.hourmeter.examples.springboot;

import io.hourmeter.LicenseRef;
import io.hourmeter.usage.Admission;
import io.hourmeter.usage.Granted;
import io.hourmeter.usage.Refused;
import io.hourmeter.usage.UsageTracker;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.task.TaskExecutor;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.PingMessage;
import org.springframework.web.socket.PongMessage;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketMessage;
import org.springframework.web.socket.WebSocketSession;
import org.springframework.web.socket.handler.ConcurrentWebSocketSessionDecorator;
import org.springframework.web.socket.handler.TextWebSocketHandler;

/** An echo that is metered from its opening to its close, and closes with 1008 when the time is up. */
@Component
class OpenSocket extends TextWebSocketHandler {

    private static final Logger LOG = LoggerFactory.getLogger(OpenSocket.class);

    /** A client that does not read is closed rather than waited for. */
    private static final int SEND_MILLIS = 5_000;

    private static final int SEND_BYTES = 64 * 1024;

    /**
     * A socket while it is metered.
     *
     * @param socket may be written to by several threads
     */
    private record Open(WebSocketSession socket, Granted use) {}

    private final Map<String, Open> open = new ConcurrentHashMap<>();
    private final UsageTracker tracker;
    private final TaskExecutor executor;

    OpenSocket(UsageTracker tracker, TaskExecutor applicationTaskExecutor) {
        this.tracker = tracker;
        this.executor = applicationTaskExecutor;
    }

    @Override
    public void afterConnectionEstablished(WebSocketSession session) {
        meter(new ConcurrentWebSocketSessionDecorator(session, SEND_MILLIS, SEND_BYTES), Sockets.license(session));
    }

    /** Begins the time of a socket. When it is up, asks again: hours may have been bought, else the answer is why not. */
    private void meter(WebSocketSession socket, LicenseRef license) {
        Admission admission = tracker.admit(license);
        if (admission instanceof Granted use) {
            Open before = open.put(socket.getId(), new Open(socket, use));
            if (before != null) {
                before.use.close();
            }
            // Not on the tracker's thread: the license server may have to be asked.
            use.onExhausted(() -> executor.execute(() -> meter(socket, license)));
            if (!socket.isOpen()) {
                end(socket);
            }
        } else if (admission instanceof Refused refused) {
            close(socket, refusal(refused));
        }
    }

    static CloseStatus refusal(Refused refused) {
        return CloseStatus.POLICY_VIOLATION.withReason(refused.reason().name());
    }

    @Override
    protected void handleTextMessage(WebSocketSession session, TextMessage message) {
        Open socket = open.get(session.getId());
        if (socket != null) {
            send(socket.socket, new TextMessage(socket.use.hoursRemaining() + " " + message.getPayload()));
        }
    }

    /** Browsers answer a ping by themselves, so that a socket in use is told from one whose network is gone. */
    @Scheduled(fixedRate = 30, timeUnit = TimeUnit.SECONDS)
    void ping() {
        open.values().forEach(socket -> send(socket.socket, new PingMessage()));
    }

    @Override
    protected void handlePongMessage(WebSocketSession session, PongMessage message) {
        Open socket = open.get(session.getId());
        if (socket != null) {
            // Else usage.request.limit ends its time. Whether it may go on, onExhausted tells.
            socket.use.keepAlive();
        }
    }

    @Override
    public void afterConnectionClosed(WebSocketSession session, CloseStatus status) {
        end(session);
    }

    private void end(WebSocketSession session) {
        Open socket = open.remove(session.getId());
        if (socket != null) {
            socket.use.close();
        }
    }

    private static void send(WebSocketSession socket, WebSocketMessage<?> message) {
        try {
            socket.sendMessage(message);
        } catch (IOException | IllegalStateException e) {
            LOG.debug("A socket could not be written to and is closed", e);
            close(socket, CloseStatus.SERVER_ERROR);
        }
    }

    static void close(WebSocketSession socket, CloseStatus status) {
        try {
            socket.close(status);
        } catch (IOException e) {
            LOG.debug("A socket could not be closed in an orderly way", e);
        }
    }
}
