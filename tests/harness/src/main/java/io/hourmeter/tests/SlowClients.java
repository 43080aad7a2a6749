package io.hourmeter.tests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Many {@link SlowClient}s of one kind on loopback, kept by one thread. Closing ends them all. What they ask for and read
 * is counted; thread-safe.
 */
public final class SlowClients implements AutoCloseable {

    /** The digits of {@code HTTP/1.1 401}. */
    private static final int STATUS_BEGIN = 9;

    private static final int STATUS_END = 12;

    /** The longest that a due text waits for the thread. */
    private static final long TICK_MILLIS = 10;

    /** Before one that was closed comes back. */
    private static final long BACK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final InetSocketAddress server;
    private final SlowClient behaviour;
    private final int count;
    private final Selector selector;
    private final Thread thread;
    private final AtomicInteger opened = new AtomicInteger();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicLong sentBytes = new AtomicLong();
    private final Map<String, AtomicInteger> firstAnswers = new ConcurrentHashMap<>();
    private volatile boolean closed;

    private SlowClients(int port, int count, SlowClient behaviour) throws IOException {
        this.server = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        this.behaviour = behaviour;
        this.count = count;
        this.selector = Selector.open();
        this.thread = new Thread(this::run, "slow-clients");
        this.thread.setDaemon(true);
    }

    /**
     * Begins to open them.
     *
     * @param port of the server on loopback
     * @param count how many
     * @param behaviour what each does
     * @return the clients, which the caller closes
     */
    public static SlowClients open(int port, int count, SlowClient behaviour) {
        try {
            SlowClients clients = new SlowClients(port, count, behaviour);
            clients.thread.start();
            return clients;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Waits until each has connected and sent what it sends first.
     *
     * @param limit how long at most
     * @return false when the server has not taken all of it by then
     */
    public boolean awaitBegun(Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (begun.get() < count) {
            if (System.nanoTime() - deadline > 0) {
                return false;
            }
            sleep(TICK_MILLIS);
        }
        return true;
    }

    /**
     * How many connections were made, those that came back included.
     *
     * @return zero or more
     */
    public int opened() {
        return opened.get();
    }

    /**
     * How many connections the server has not closed.
     *
     * @return at most the number asked for
     */
    public int held() {
        return open.get();
    }

    /**
     * What all have sent.
     *
     * @return bytes
     */
    public long sentBytes() {
        return sentBytes.get();
    }

    /**
     * The status of the first answer on each connection that had one.
     *
     * @param status for example 401
     * @return how many connections
     */
    public int answeredFirst(int status) {
        AtomicInteger found = firstAnswers.get(String.valueOf(status));
        return found == null ? 0 : found.get();
    }

    /** Ends all connections. Idempotent. */
    @Override
    public void close() {
        closed = true;
        selector.wakeup();
        try {
            thread.join(TimeUnit.SECONDS.toMillis(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** One connection; used by the thread alone. */
    private final class Client {

        private final SocketChannel channel;
        private final SelectionKey key;
        private ByteBuffer out = ByteBuffer.wrap(behaviour.first());
        private final StringBuilder answer = new StringBuilder();
        private boolean connected;
        private boolean hasBegun;
        private int number;
        private long dueNanos;

        Client() throws IOException {
            channel = SocketChannel.open();
            channel.configureBlocking(false);
            key = channel.register(selector, SelectionKey.OP_CONNECT, this);
            if (channel.connect(server)) {
                onConnected();
            }
        }

        void onReady(ByteBuffer trash, long now) throws IOException {
            if (!connected) {
                if (!channel.finishConnect()) {
                    return;
                }
                onConnected();
            }
            if (key.isReadable()) {
                read(trash);
            }
            if (key.isValid() && key.isWritable()) {
                write(now);
            }
        }

        private void onConnected() throws IOException {
            connected = true;
            opened.incrementAndGet();
            open.incrementAndGet();
            write(System.nanoTime());
        }

        void onTick(long now) throws IOException {
            if (connected && key.isValid() && !out.hasRemaining()) {
                write(now);
            }
        }

        private void write(long now) throws IOException {
            sentBytes.addAndGet(channel.write(out));
            if (!out.hasRemaining()) {
                if (!hasBegun) {
                    hasBegun = true;
                    begun.incrementAndGet();
                    dueNanos = now + TimeUnit.MILLISECONDS.toNanos(behaviour.pauseMillis());
                }
                takeNext(now);
                if (out.hasRemaining()) {
                    sentBytes.addAndGet(channel.write(out));
                }
            }
            boolean waitsForRoom = out.hasRemaining() || (behaviour.sendsMore() && behaviour.pauseMillis() == 0);
            key.interestOps(
                    (behaviour.reads() ? SelectionKey.OP_READ : 0) | (waitsForRoom ? SelectionKey.OP_WRITE : 0));
        }

        private void takeNext(long now) {
            if (!behaviour.sendsMore() || now - dueNanos < 0) {
                return;
            }
            byte[] next = behaviour.next(number++);
            if (next != null) {
                out = ByteBuffer.wrap(next);
            }
            dueNanos = now + TimeUnit.MILLISECONDS.toNanos(behaviour.pauseMillis());
        }

        private void read(ByteBuffer trash) throws IOException {
            trash.clear();
            int read = channel.read(trash);
            if (read < 0) {
                throw new IOException("closed by the server");
            }
            for (int i = 0; i < read && answer.length() < STATUS_END; i++) {
                answer.append((char) trash.get(i));
                if (answer.length() == STATUS_END) {
                    firstAnswers
                            .computeIfAbsent(answer.substring(STATUS_BEGIN), any -> new AtomicInteger())
                            .incrementAndGet();
                }
            }
        }

        void end() {
            if (connected) {
                open.decrementAndGet();
            }
            if (!hasBegun) {
                // Whoever waits for it would wait in vain.
                hasBegun = true;
                begun.incrementAndGet();
            }
            key.cancel();
            try {
                channel.close();
            } catch (IOException e) {
                // It is gone either way.
            }
        }
    }

    private void run() {
        ByteBuffer trash = ByteBuffer.allocate(64 * 1024);
        List<Client> clients = new ArrayList<>();
        List<Long> back = new ArrayList<>();
        try {
            for (int i = 0; i < count && !closed; i++) {
                clients.add(new Client());
                // Each has its turn while the others are still being opened.
                serve(clients, back, trash, 0);
            }
            while (!closed) {
                serve(clients, back, trash, TICK_MILLIS);
                long now = System.nanoTime();
                for (int i = back.size() - 1; i >= 0; i--) {
                    if (now - back.get(i) > BACK_NANOS) {
                        back.remove(i);
                        clients.add(new Client());
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the slow clients ended early", e);
        } finally {
            clients.forEach(Client::end);
            try {
                selector.close();
            } catch (IOException e) {
                // Nothing depends on it any more.
            }
        }
    }

    private void serve(List<Client> clients, List<Long> back, ByteBuffer trash, long waitMillis) throws IOException {
        if (waitMillis == 0) {
            selector.selectNow();
        } else {
            selector.select(waitMillis);
        }
        long now = System.nanoTime();
        List<Client> gone = new ArrayList<>();
        for (SelectionKey key : selector.selectedKeys()) {
            Client client = (Client) key.attachment();
            try {
                client.onReady(trash, now);
            } catch (IOException e) {
                gone.add(client);
            }
        }
        selector.selectedKeys().clear();
        if (behaviour.sendsMore() && waitMillis > 0) {
            for (Client client : clients) {
                try {
                    client.onTick(now);
                } catch (IOException e) {
                    gone.add(client);
                }
            }
        }
        for (Client client : gone) {
            if (clients.remove(client)) {
                client.end();
                if (behaviour.comesBack()) {
                    back.add(now);
                }
            }
        }
    }

    @Override
    public String toString() {
        return count + " x " + behaviour.name() + ", " + opened + " opened, " + open + " held, first answers "
                + firstAnswers;
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
