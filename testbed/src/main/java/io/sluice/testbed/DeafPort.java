package io.sluice.testbed;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * A loopback port that answers no connect, as an address behind a firewall that drops packets: its
 * queue of connections is full, and nobody accepts. Linux then drops what asks for one more.
 */
public final class DeafPort implements AutoCloseable {
    /** More than the kernel queues for a backlog of one. */
    private static final int CALLERS = 8;

    private final ServerSocket listener;
    private final List<SocketChannel> callers = new ArrayList<>();

    private DeafPort(ServerSocket listener) {
        this.listener = listener;
    }

    public static DeafPort open() throws IOException {
        var port = new DeafPort(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
        for (int i = 0; i < CALLERS; i++) {
            SocketChannel caller = SocketChannel.open();
            port.callers.add(caller);
            caller.configureBlocking(false);
            caller.connect(new InetSocketAddress(port.listener.getInetAddress(), port.port()));
        }
        if (port.callers.getLast().finishConnect()) {
            port.close();
            throw new IOException("the kernel still accepts for a port whose queue is full");
        }
        return port;
    }

    public int port() {
        return listener.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        for (SocketChannel caller : callers) {
            caller.close();
        }
        listener.close();
    }
}
