package io.sluice.pool;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.sluice.net.ChannelFailures;
import io.sluice.net.Outlet;
import java.net.SocketAddress;
import java.util.Locale;
import java.util.Objects;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A server connection over a channel: opened by a {@link Startup}, and ended once, whoever ends it.
 *
 * <p><b>Threads:</b> confined to the loop of its pool.
 */
public abstract class ChannelConnection extends ServerConnection {
    private static final Logger LOG = LogManager.getLogger(ChannelConnection.class);

    /** Longest that a check, a reset or what it is held back for may take. */
    private static final long PATIENCE_NANOS = 10_000_000_000L;

    private final ProtocolPool protocolPool;
    private @Nullable Channel channel;
    private @Nullable SocketAddress address;
    private String tls = "";
    private boolean open;
    private boolean gone;
    private long busySince;

    protected ChannelConnection(ProtocolPool protocolPool, Pool pool, Permit permit) {
        super(pool, permit);
        this.protocolPool = protocolPool;
        this.busySince = pool.loop().now();
    }

    /** It is connected, and not logged in yet. */
    final void onConnected(Channel connected) {
        channel = connected;
    }

    /**
     * It is logged in.
     *
     * @param newTls as {@link #tls}
     */
    protected final void onOpen(Channel newChannel, SocketAddress newAddress, String newTls) {
        channel = newChannel;
        address = newAddress;
        tls = newTls;
        open = true;
    }

    // ---- what it knows

    /** Only once it is connected. */
    @Override
    public final Channel channel() {
        return Objects.requireNonNull(channel, "not connected");
    }

    public final boolean hasChannel() {
        return channel != null;
    }

    /** The very address that it is open to; null before it is. */
    public final @Nullable SocketAddress address() {
        return address;
    }

    @Override
    public final String tls() {
        return tls;
    }

    public final boolean usesTls() {
        return !tls.isEmpty();
    }

    /** Whether it was logged in once, perhaps not any more. */
    protected final boolean isOpen() {
        return open;
    }

    /** Whether it was ended, before it was open or after. */
    public final boolean isGone() {
        return gone;
    }

    // ---- sending

    /** Hands {@code bytes} to the channel, which releases them. */
    public final void send(ByteBuf bytes) {
        Outlet.write(channel(), bytes, usesTls());
    }

    /** Has all that was handed over go out. */
    public final void flush() {
        Outlet.flush(channel(), usesTls());
    }

    // ---- the end of it

    /** What the server is told before the connection is closed; null if nothing can be said now. */
    protected abstract @Nullable ByteBuf farewell();

    /**
     * Ends it: logs why, and closes the channel. The caller then tells whoever waits for an answer,
     * and the pool.
     *
     * @param orderly whether it is of our own will, which is of interest only to who asked for it
     * @return whether there is somebody to tell: not, if it was ended before, or was never open
     *     (who is opening it hears from the channel)
     */
    protected final boolean end(boolean orderly, String reason) {
        if (gone) {
            return false;
        }
        gone = true;
        boolean asked = !orderly || protocolPool.proxy().config().log().disconnections();
        // Whoever is opening it tells of a failure itself.
        LOG.log(
                open && asked ? Level.INFO : Level.DEBUG,
                "pool={} server={} closed: {} (age_s={})",
                pool().key(),
                serverId(),
                reason,
                (pool().loop().now() - openedAt()) / 1_000_000_000L);
        hangUp();
        return open;
    }

    private void hangUp() {
        Channel ending = channel;
        if (ending == null) {
            return;
        }
        ByteBuf farewell = open && ending.isActive() ? farewell() : null;
        if (farewell == null) {
            ending.close();
        } else {
            ending.writeAndFlush(farewell).addListener(ChannelFutureListener.CLOSE);
        }
    }

    /** The server has closed the connection. */
    public final void onDisconnected() {
        close("the server closed the connection");
    }

    public final void onChannelFailure(Throwable cause) {
        close("the connection failed: " + ChannelFailures.reason(this, cause));
    }

    // ---- patience

    /** A check or a reset begins, or that for which it is held back: it has so long from now on. */
    protected final void beginBusy() {
        busySince = pool().loop().now();
    }

    @Override
    protected void onSweep(long now) {
        if (now - busySince >= PATIENCE_NANOS && open) {
            close(
                    "%s took longer than %d s"
                            .formatted(stateWord(), PATIENCE_NANOS / 1_000_000_000L));
        }
    }

    @Override
    public String toString() {
        return "server %d of pool %s".formatted(serverId(), pool().key()).toLowerCase(Locale.ROOT);
    }
}
