package io.sluice.console;

import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import io.sluice.pool.NowhereConnection;
import io.sluice.pool.Permit;
import io.sluice.pool.Pool;
import io.sluice.pool.ServerConnection;
import org.jspecify.annotations.Nullable;

/** Has what the console shows of a server connection; open at once. */
final class FakeServer extends NowhereConnection {
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
}
