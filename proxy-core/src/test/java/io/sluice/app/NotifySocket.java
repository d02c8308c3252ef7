package io.sluice.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import io.netty.channel.unix.DomainDatagramSocketAddress;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** The socket behind {@code NOTIFY_SOCKET}, on which a service manager hears its services. */
final class NotifySocket implements AutoCloseable {
    private final Socket socket;
    private final ByteBuffer datagram = ByteBuffer.allocateDirect(4096);
    private final Queue<List<String>> heard = new ArrayDeque<>();

    private NotifySocket(Socket socket) {
        this.socket = socket;
    }

    /** Listens at a path, or at an abstract address where {@code name} begins with an {@code @}. */
    static NotifySocket listen(String name) throws IOException {
        Socket socket = Socket.newSocketDomainDgram();
        socket.bind(
                new DomainSocketAddress(name.startsWith("@") ? "\0" + name.substring(1) : name));
        return new NotifySocket(socket);
    }

    /** The lines of the next datagram; waits for it. */
    List<String> next() {
        await().until(() -> !heard.isEmpty() || hears());
        return heard.remove();
    }

    /** Waits until nothing has been said for so long; it must happen within some seconds. */
    void awaitSilence(Duration length) {
        long[] since = {System.nanoTime()};
        await().until(() -> {
            while (hears()) {
                since[0] = System.nanoTime();
            }
            return System.nanoTime() - since[0] > length.toNanos();
        });
        heard.clear();
    }

    private boolean hears() throws IOException {
        datagram.clear();
        @Nullable DomainDatagramSocketAddress from =
                socket.recvFromDomainSocket(datagram, 0, datagram.capacity());
        if (from == null) {
            return false;
        }
        byte[] bytes = new byte[from.receivedAmount()];
        datagram.get(0, bytes);
        heard.add(new String(bytes, UTF_8).lines().toList());
        return true;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
