package io.hourmeter.tests.containers;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.WebSocket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** What a client's WebSocket receives, each text in one part as the suite sends them. */
final class Received implements WebSocket.Listener {

    private final BlockingQueue<String> texts = new LinkedBlockingQueue<>();

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
        texts.add(data.toString());
        socket.request(1);
        return null;
    }

    /** Waits for the next text. */
    String next() throws InterruptedException {
        String text = texts.poll(Patience.LIMIT.toSeconds(), TimeUnit.SECONDS);
        assertThat(text).as("a message within %s", Patience.LIMIT).isNotNull();
        return text;
    }
}
