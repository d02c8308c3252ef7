package io.sluice.pg.login;

import io.sluice.pg.config.PgBinder;
import io.sluice.spi.Protocol;
import io.sluice.spi.ProtocolBinder;
import io.sluice.spi.Proxy;
import java.util.List;

/** PostgreSQL, as core finds it. */
public final class PostgresProtocol implements Protocol {

    @Override
    public String name() {
        return PostgresNames.PROTOCOL;
    }

    @Override
    public ProtocolBinder binder() {
        return new PgBinder();
    }

    @Override
    public List<String> alpn() {
        return List.of(PostgresNames.ALPN);
    }

    @Override
    public Server start(Proxy proxy) {
        return new PostgresServer(proxy);
    }
}
