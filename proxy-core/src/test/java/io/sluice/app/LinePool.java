package io.sluice.app;

import io.sluice.net.Loop;
import io.sluice.pool.NowhereConnection;
import io.sluice.pool.Permit;
import io.sluice.pool.Pool;
import io.sluice.pool.ProtocolPool;
import io.sluice.pool.ServerConnection;
import io.sluice.spi.Proxy;
import io.sluice.tenant.Destination;

/**
 * A pool of {@link LineProtocol}. Its connections lead nowhere, but to the backend {@code real}.
 */
final class LinePool extends ProtocolPool {
    LinePool(Proxy proxy, Loop loop, Destination destination) {
        super(proxy, loop, destination);
    }

    @Override
    public ServerConnection open(Pool pool, Permit permit, ServerConnection.Opening opening) {
        if (backend().name().equals("real")) {
            LineConnection connection = new LineConnection(this, pool, permit);
            new LineStartup(this, connection, opening).begin();
            return connection;
        }
        var connection = new NowhereConnection(pool, permit);
        loop().execute(() -> opening.opened(connection));
        return connection;
    }
}
