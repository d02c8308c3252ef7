package io.sluice.net;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.uring.IoUring;
import io.sluice.config.ListenerConfig;
import io.sluice.config.SocketOptions;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Assumptions;

/** Loops of a transport, where there is one to test, and how a test keeps them busy. */
final class TestLoops {
    /** Any port of this machine, with sockets as the system has them. */
    static final ListenerConfig ANY_PORT =
            new ListenerConfig(
                    new InetSocketAddress("127.0.0.1", 0),
                    128,
                    false,
                    null,
                    false,
                    null,
                    0,
                    new SocketOptions(Duration.ZERO, Duration.ofSeconds(1), 1, Duration.ZERO));

    private TestLoops() {}

    /** Starts loops; skips the test where the kernel does not have the transport. */
    static Loops start(Transport transport, int size) {
        boolean available =
                switch (transport) {
                    case EPOLL -> Epoll.isAvailable();
                    case IO_URING -> IoUring.isAvailable();
                    case NIO -> true;
                };
        Assumptions.assumeTrue(available, transport + " is not available here");
        return new Loops(transport, size, Clock.SYSTEM);
    }

    /** Keeps the loop from looking at its events until the latch is released. */
    static CountDownLatch hold(Loop loop) throws InterruptedException {
        CountDownLatch isHeld = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        loop.execute(() -> {
            isHeld.countDown();
            try {
                released.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        isHeld.await();
        return released;
    }
}
