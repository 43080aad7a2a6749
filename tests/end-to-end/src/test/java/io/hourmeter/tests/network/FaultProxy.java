package io.hourmeter.tests.network;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A TCP proxy on loopback that does to the connections through it what a {@link Fault} says, to new and to established
 * ones, from one moment to the next. Thread-safe; all threads are daemons and end with it.
 */
final class FaultProxy implements AutoCloseable {

    /** What becomes of somebody who connects. */
    enum Door {
        OPEN,
        /** Nobody listens: the connection is refused. */
        SHUT,
        /** The queue of the listener is full: the system drops the packet that would connect. */
        FULL
    }

    /** Small enough to be filled by a test, large enough for any burst of one. */
    private static final int BACKLOG = 50;

    private static final int CHUNK = 8_192;

    private final int target;
    private final int port;
    /** Bound and never listening: while the door is shut, nobody else gets the port, and whoever connects is refused. */
    private final Socket reservation = new Socket();

    private final Set<Link> links = ConcurrentHashMap.newKeySet();
    private final List<Socket> fillers = new ArrayList<>();
    private final AtomicInteger most = new AtomicInteger();
    private volatile Fault fault = Fault.NONE;
    private volatile ServerSocket listener;
    private Thread acceptor;

    /** Begins to forward to a port of this machine. */
    FaultProxy(int target) throws IOException {
        this.target = target;
        reservation.setOption(StandardSocketOptions.SO_REUSEPORT, true);
        reservation.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        port = reservation.getLocalPort();
        listener = listen(port);
        accept(listener);
    }

    int port() {
        return port;
    }

    /** Connections from clients that are open now. */
    int connections() {
        return links.size();
    }

    /** The most connections from clients that were ever open at once. */
    int mostConnections() {
        return most.get();
    }

    /** From now on this happens, until something else does. */
    synchronized void inject(Fault next) throws IOException {
        fault = next;
        if (next.door == Door.OPEN) {
            reopen();
        } else {
            shut();
            if (next.door == Door.FULL) {
                listener = listen(port);
                fill();
            }
        }
        for (Link link : links) {
            if (next.cutsEstablished) {
                link.cut(false);
            } else if (next.leavesServer) {
                close(link.server);
            }
        }
    }

    /** Forwards again. Connections that a fault has spoilt are cut, as a network that is back does sooner or later. */
    void heal() throws IOException {
        inject(Fault.NONE);
        links.forEach(link -> link.cut(false));
    }

    private void reopen() throws IOException {
        for (Socket filler : fillers) {
            close(filler);
        }
        boolean full = !fillers.isEmpty();
        fillers.clear();
        if (full) {
            shut();
        }
        if (listener.isClosed()) {
            listener = listen(port);
            accept(listener);
        }
    }

    private static ServerSocket listen(int port) throws IOException {
        ServerSocket socket = new ServerSocket();
        socket.setOption(StandardSocketOptions.SO_REUSEPORT, true);
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), BACKLOG);
        return socket;
    }

    /** Connects until the system lets nobody in any more. */
    private void fill() throws IOException {
        while (true) {
            Socket filler = new Socket();
            try {
                filler.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 100);
                fillers.add(filler);
            } catch (SocketTimeoutException e) {
                close(filler);
                return;
            }
        }
    }

    /** The system keeps a listener for as long as a thread waits on it, and would give it connections beside the next. */
    private void shut() throws IOException {
        close(listener);
        try {
            acceptor.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while the port was closed");
        }
    }

    private void accept(ServerSocket open) {
        acceptor = daemon("accept", () -> {
            while (!open.isClosed()) {
                try {
                    new Link(open.accept()).start();
                } catch (IOException e) {
                    // Closed, or the target is gone: whoever connected is cut off.
                }
            }
        });
    }

    private static Thread daemon(String name, Runnable task) {
        Thread thread = new Thread(task, "fault-proxy-" + name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static void close(AutoCloseable socket) {
        try {
            socket.close();
        } catch (Exception e) {
            // Nothing else can be done with it.
        }
    }

    @Override
    public synchronized void close() {
        close(listener);
        close(reservation);
        fillers.forEach(FaultProxy::close);
        links.forEach(link -> link.cut(false));
    }

    /** One connection through the proxy, in the hands of a {@link Fault}. */
    final class Link {

        private final Socket client;
        private final Socket server;
        private final CountDownLatch over = new CountDownLatch(1);
        private final ByteArrayOutputStream request = new ByteArrayOutputStream();
        private long requestBytes;
        private long answerBytes;

        Link(Socket client) throws IOException {
            this.client = client;
            this.client.setTcpNoDelay(true);
            try {
                this.server = new Socket(InetAddress.getLoopbackAddress(), target);
                this.server.setTcpNoDelay(true);
            } catch (IOException e) {
                client.close();
                throw e;
            }
        }

        void start() {
            links.add(this);
            most.accumulateAndGet(links.size(), Math::max);
            daemon("requests", () -> pump(client, true));
            daemon("answers", () -> pump(server, false));
        }

        private void pump(Socket from, boolean requests) {
            byte[] chunk = new byte[CHUNK];
            try {
                InputStream in = from.getInputStream();
                for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
                    if (requests) {
                        answerBytes = 0;
                        fault.effect.request(this, chunk, read);
                    } else {
                        requestBytes = 0;
                        fault.effect.answer(this, chunk, read);
                    }
                }
            } catch (IOException e) {
                // The peer is gone, or the fault has struck.
            }
            if (requests || !fault.leavesServer) {
                cut(false);
            }
        }

        void toServer(byte[] bytes, int length) throws IOException {
            server.getOutputStream().write(bytes, 0, length);
            requestBytes += length;
        }

        void toClient(byte[] bytes, int from, int length) throws IOException {
            client.getOutputStream().write(bytes, from, length);
            answerBytes += length;
        }

        int serverPort() {
            return target;
        }

        /** How much of the answer that is under way has been passed on. */
        long answered() {
            return answerBytes;
        }

        /** How much of the request that is under way has been passed on. */
        long requested() {
            return requestBytes;
        }

        /** Keeps a part of a request; true when the whole of it is there, which is then forgotten. */
        boolean completes(byte[] chunk, int length) {
            request.write(chunk, 0, length);
            String text = request.toString(StandardCharsets.ISO_8859_1);
            int head = text.indexOf("\r\n\r\n");
            if (head < 0) {
                return false;
            }
            String lower = text.substring(0, head).toLowerCase(Locale.ROOT);
            int at = lower.indexOf("content-length: ");
            int body = at < 0 ? 0 : Integer.parseInt(lower.substring(at + 16).split("\r\n", 2)[0]);
            if (text.length() < head + 4 + body) {
                return false;
            }
            request.reset();
            return true;
        }

        /** Waits, but not longer than the connection lasts. Returns false when it is over. */
        boolean pause(Duration pause) {
            try {
                return !over.await(pause.toNanos(), TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }

        /** Ends both sides, in peace or by a reset. */
        void cut(boolean reset) {
            over.countDown();
            if (links.remove(this) && reset) {
                try {
                    client.setSoLinger(true, 0);
                } catch (IOException e) {
                    // It is closed already.
                }
            }
            FaultProxy.close(client);
            FaultProxy.close(server);
        }
    }
}
