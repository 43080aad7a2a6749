package io.hourmeter.examples.springboot;

import io.hourmeter.usage.Admission;
import io.hourmeter.usage.Granted;
import io.hourmeter.usage.Refused;
import io.hourmeter.usage.UsageTracker;
import java.io.IOException;
import org.springframework.stereotype.Component;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketSession;
import org.springframework.web.socket.handler.TextWebSocketHandler;

/**
 * An echo that is metered while messages flow: pauses up to {@code usage.idle.timeout} count, longer ones do not. Each
 * message is admitted like a request, and the first that is refused closes the socket with 1008.
 */
@Component
class MessageSocket extends TextWebSocketHandler {

    private final UsageTracker tracker;

    MessageSocket(UsageTracker tracker) {
        this.tracker = tracker;
    }

    @Override
    protected void handleTextMessage(WebSocketSession socket, TextMessage message) throws IOException {
        Admission admission = tracker.admit(Sockets.license(socket));
        if (admission instanceof Granted use) {
            try (use) {
                socket.sendMessage(new TextMessage(use.hoursRemaining() + " " + message.getPayload()));
            }
        } else if (admission instanceof Refused refused) {
            socket.close(OpenSocket.refusal(refused));
        }
    }
}
