package io.sluice.app;

import io.netty.channel.Channel;
import io.sluice.config.ListenerConfig;
import io.sluice.config.Section;
import io.sluice.net.Loop;
import io.sluice.spi.Protocol;
import io.sluice.spi.ProtocolBinder;
import io.sluice.spi.Proxy;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The smallest protocol there can be: a line is a request. {@code login TENANT DATABASE USER} comes
 * first, with a password behind it if that is to be checked; ahead of it may come {@code tls}, or
 * TLS unasked. {@code begin} and {@code end} bound a transaction, which holds a lease; anything
 * else is echoed.
 */
final class LineProtocol implements Protocol {
    /** How often its server was told of a new configuration. */
    final AtomicInteger reloads = new AtomicInteger();

    @Override
    public String name() {
        return "line";
    }

    @Override
    public ProtocolBinder binder() {
        return new ProtocolBinder() {
            @Override
            public Object bindGlobal(Section section) {
                return "global";
            }

            @Override
            public Object bindBackend(Section section) {
                return "backend";
            }

            @Override
            public Object bindService(Section section, Object global) {
                return "service";
            }

            @Override
            public Object bindDatabase(Section section, Object service) {
                return "database";
            }

            @Override
            public Object bindUser(Section section, Object service) {
                return "user";
            }
        };
    }

    @Override
    public List<String> alpn() {
        return List.of("line");
    }

    @Override
    public Server start(Proxy proxy) {
        return new Server() {
            @Override
            public void accept(Channel channel, ListenerConfig listener) {
                Loop loop = proxy.loops().current();
                channel.pipeline().addLast("login", new LineLogin(proxy, listener, channel, loop));
            }

            @Override
            public void onReload() {
                reloads.incrementAndGet();
            }
        };
    }
}
