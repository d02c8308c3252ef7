package io.sluice.resp.login;

import io.sluice.resp.config.RespBinder;
import io.sluice.spi.Protocol;
import io.sluice.spi.ProtocolBinder;
import io.sluice.spi.Proxy;

/** Redis, as core finds it. */
public final class RespProtocol implements Protocol {
    /** Its name in the configuration. */
    public static final String NAME = "redis";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public ProtocolBinder binder() {
        return new RespBinder();
    }

    @Override
    public Server start(Proxy proxy) {
        return new RedisServer(proxy);
    }
}
