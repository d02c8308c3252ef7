package io.sluice.testbed;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A free loopback port on which every connection has a conversation on a thread of its own, and is
 * closed at its end. What goes wrong in one is thrown by {@link #close}.
 */
final class ScriptedPort implements AutoCloseable {

    /** What one connection does. */
    interface Conversation {

        /** Runs on the connection's own thread; returning closes the connection. */
        void hold(Socket socket) throws IOException, InterruptedException;
    }

    private final String name;
    private final ServerSocket listener;
    private final Conversation conversation;
    private final Thread acceptor;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private volatile boolean closing;
    private volatile boolean refusing;

    private ScriptedPort(String name, ServerSocket listener, Conversation conversation) {
        this.name = name;
        this.listener = listener;
        this.conversation = conversation;
        this.acceptor = Thread.ofVirtual().name(name + "-accept").unstarted(this::acceptAll);
    }

    /** Listens from now on; {@code name} is the threads' own. */
    static ScriptedPort open(String name, Conversation conversation) throws IOException {
        var listener = new ServerSocket();
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
        var port = new ScriptedPort(name, listener, conversation);
        port.acceptor.start();
        return port;
    }

    String host() {
        return listener.getInetAddress().getHostAddress();
    }

    int number() {
        return listener.getLocalPort();
    }

    /** Breaks all connections at once; new ones are accepted. */
    void breakConnections() throws IOException {
        for (Socket socket : open) {
            socket.setSoLinger(true, 0);
            socket.close();
        }
    }

    /** Ends listening, so that new connections are refused; those that are open go on. */
    void refuseConnections() throws IOException, InterruptedException {
        refusing = true;
        listener.close();
        acceptor.join(); // until then the kernel goes on accepting for it
    }

    /**
     * Ends listening and all connections.
     *
     * @throws AssertionError if a conversation failed; the first such failure, with all others
     *     suppressed in it
     */
    @Override
    public void close() throws IOException {
        closing = true;
        listener.close();
        for (Socket socket : open) {
            socket.close();
        }
        var all = new ArrayList<>(failures);
        if (!all.isEmpty()) {
            var failure =
                    new AssertionError("a script went wrong: " + all.getFirst(), all.getFirst());
            all.stream().skip(1).forEach(failure::addSuppressed);
            throw failure;
        }
    }

    private void acceptAll() {
        while (!closing) {
            try {
                Socket socket = listener.accept();
                open.add(socket);
                Thread.ofVirtual().name(name).start(() -> serve(socket));
            } catch (IOException e) {
                if (!closing && !refusing) {
                    failures.add(e);
                }
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            hold(socket);
        } catch (IOException e) {
            failures.add(e);
        } finally {
            open.remove(socket);
        }
    }

    /** Notes a failure before the connection is closed, so that who sees that finds it noted. */
    private void hold(Socket socket) {
        try {
            socket.setTcpNoDelay(true);
            conversation.hold(socket);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException | RuntimeException | AssertionError e) {
            if (!closing && !socket.isClosed()) {
                failures.add(e);
            }
        }
    }
}
