package io.sluice.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Socket;
import io.sluice.net.Loop;
import io.sluice.net.Loops;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Tells systemd how the process stands (sd_notify(3)): a datagram of {@code KEY=value} lines to
 * {@code NOTIFY_SOCKET}. Where nobody listens, nothing is sent.
 *
 * <p>The watchdog is only fed when every loop has answered since the last time: a process whose
 * loops hang is restarted.
 */
final class ServiceManager implements AutoCloseable {
    private static final Logger LOG = LogManager.getLogger(ServiceManager.class);

    private final byte @Nullable [] path;
    private final Duration watchdog;
    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("sluice-watchdog").factory());

    private ServiceManager(byte @Nullable [] path, Duration watchdog) {
        this.path = path;
        this.watchdog = watchdog;
    }

    /** The one that the environment names, if it does. */
    static ServiceManager in(Map<String, String> env) {
        String socket = env.getOrDefault("NOTIFY_SOCKET", "");
        if (socket.isEmpty() || !Epoll.isAvailable()) {
            return new ServiceManager(null, Duration.ZERO);
        }
        // "@name" is an abstract socket, whose address begins with a zero byte.
        String address = socket.startsWith("@") ? "\0" + socket.substring(1) : socket;
        String micros = env.getOrDefault("WATCHDOG_USEC", "0");
        return new ServiceManager(
                address.getBytes(UTF_8), Duration.ofNanos(Long.parseLong(micros) * 1000));
    }

    /** Clients are accepted; from now on the watchdog is fed as long as {@code loops} answer. */
    void ready(Loops loops) {
        send("READY=1\nSTATUS=accepting clients");
        if (path != null && watchdog.isPositive()) {
            long interval = watchdog.toNanos() / 3;
            var answered = new AtomicInteger(loops.size());
            timer.scheduleAtFixedRate(
                    () -> feed(loops, answered), 0, interval, TimeUnit.NANOSECONDS);
        }
    }

    private void feed(Loops loops, AtomicInteger answered) {
        if (answered.compareAndSet(loops.size(), 0)) {
            send("WATCHDOG=1");
            for (Loop loop : loops) {
                loop.execute(answered::incrementAndGet);
            }
        }
    }

    /** A reload has begun; {@link #reloaded} ends it. */
    void reloading() {
        send("RELOADING=1\nMONOTONIC_USEC=" + System.nanoTime() / 1000);
    }

    void reloaded() {
        send("READY=1\nSTATUS=accepting clients");
    }

    void stopping() {
        send("STOPPING=1\nSTATUS=draining");
    }

    private synchronized void send(String lines) {
        byte[] address = path;
        if (address == null) {
            return;
        }
        byte[] bytes = lines.getBytes(UTF_8);
        ByteBuffer datagram = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        try {
            Socket socket = Socket.newSocketDomainDgram();
            try {
                socket.sendToDomainSocket(datagram, 0, bytes.length, address);
            } finally {
                socket.close();
            }
        } catch (IOException e) {
            LOG.warn("the service manager does not hear us", e);
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
