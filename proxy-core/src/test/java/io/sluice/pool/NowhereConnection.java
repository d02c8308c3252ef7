package io.sluice.pool;

import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/** A server connection that leads nowhere: always healthy, and clean at once. */
public class NowhereConnection extends ServerConnection {
    public NowhereConnection(Pool pool, Permit permit) {
        super(pool, permit);
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
        if (!isClosed()) {
            pool().onClosed(this);
        }
    }

    @Override
    public void retire(String reason) {
        close(reason);
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

    @Override
    public int openSlots() {
        return 0;
    }
}
