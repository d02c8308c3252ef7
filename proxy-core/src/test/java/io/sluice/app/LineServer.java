package io.sluice.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ServerSocketFactory;

/**
 * A server of {@link LineProtocol} whose part the test plays: it has every line that comes, and
 * says what it is told to. Each connection has a thread that reads.
 */
final class LineServer implements AutoCloseable {
    private final ServerSocket listening;
    private final BlockingQueue<Socket> connections = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    LineServer(ServerSocketFactory sockets) {
        try {
            listening = sockets.createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return listening.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listening.accept();
                connections.add(socket);
                Thread.ofVirtual().start(() -> read(socket));
            }
        } catch (IOException e) {
            lines.add("not listening: " + e.getMessage());
        }
    }

    private void read(Socket socket) {
        try {
            var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                lines.add(line);
            }
            lines.add("closed");
        } catch (IOException e) {
            lines.add("failed: " + e.getMessage());
        }
    }

    /** The next connection that was made to it. */
    Socket connection() throws InterruptedException {
        return next(connections);
    }

    /** The next line that came, or {@code closed}. */
    String heard() throws InterruptedException {
        return next(lines);
    }

    private static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
        T next = queue.poll(20, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("nothing came");
        }
        return next;
    }

    static void say(Socket to, String text) {
        try {
            to.getOutputStream().write(text.getBytes(UTF_8));
            to.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        listening.close();
        for (Socket socket : connections) {
            socket.close();
        }
    }
}
