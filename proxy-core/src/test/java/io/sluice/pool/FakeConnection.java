package io.sluice.pool;

import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/** A server connection without a server, which notes whether it was given up for another pool. */
final class FakeConnection extends ServerConnection {
    private boolean gaveWay;

    FakeConnection(Pool pool, Permit permit) {
        super(pool, permit);
    }

    boolean gaveWay() {
        return gaveWay;
    }

    @Override
    public @Nullable Channel channel() {
        return null;
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
        gaveWay = true;
        pool().onClosed(this);
    }

    @Override
    public long serverId() {
        return 0;
    }

    @Override
    public int preparedStatements() {
        return 0;
    }

    @Override
    public String tls() {
        return "";
    }

    @Override
    public boolean isBeingCancelled() {
        return false;
    }
}
