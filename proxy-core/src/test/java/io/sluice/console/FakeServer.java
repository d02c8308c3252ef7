package io.sluice.console;

import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import io.sluice.pool.Permit;
import io.sluice.pool.Pool;
import io.sluice.pool.ServerConnection;
import org.jspecify.annotations.Nullable;

/** A server connection without a server: open at once, always healthy. */
final class FakeServer extends ServerConnection {
    private final EmbeddedChannel channel = new EmbeddedChannel();

    private FakeServer(Pool pool, Permit permit) {
        super(pool, permit);
    }

    static ServerConnection open(Pool pool, Permit permit, Opening opening) {
        FakeServer server = new FakeServer(pool, permit);
        pool.loop().execute(() -> opening.opened(server));
        return server;
    }

    @Override
    public @Nullable Channel channel() {
        return channel;
    }

    @Override
    protected boolean mustBeHeldBack() {
        return false;
    }

    @Override
    protected void check() {
        pool().onAlive(this);
    }

    @Override
    protected void reset() {
        pool().onClean(this);
    }

    @Override
    protected void onSweep(long now) {}

    @Override
    public void close(String reason) {
        pool().onClosed(this);
    }

    @Override
    public void retire(String reason) {
        close(reason);
    }

    @Override
    public long serverId() {
        return 4711;
    }

    @Override
    public int preparedStatements() {
        return 3;
    }

    @Override
    public String tls() {
        return "TLSv1.3/TLS_AES_256_GCM_SHA384";
    }

    @Override
    public boolean isBeingCancelled() {
        return false;
    }
}
