package io.sluice.app;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.sluice.config.ListenerConfig;
import io.sluice.config.ServiceConfig;
import io.sluice.config.TenantConfig;
import io.sluice.net.ChannelMove;
import io.sluice.net.Loop;
import io.sluice.pool.Caps;
import io.sluice.pool.NowhereConnection;
import io.sluice.pool.Pool;
import io.sluice.pool.PoolKey;
import io.sluice.spi.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Logs a client in whatever it says, and brings it home. */
final class LineLogin extends ChannelInboundHandlerAdapter {
    private final Proxy proxy;
    private final ListenerConfig listener;

    LineLogin(Proxy proxy, ListenerConfig listener) {
        this.proxy = proxy;
        this.listener = listener;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        var tls = listener.tls();
        if (tls != null) {
            ctx.pipeline()
                    .addFirst(proxy.tls().server(tls).context().newHandler(ctx.channel().alloc()));
        }
        ctx.pipeline().addBefore(ctx.name(), "lines", new LineBasedFrameDecoder(1000));
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf line = (ByteBuf) message;
        List<String> words = List.of(line.toString(StandardCharsets.UTF_8).split(" ", 4));
        line.release();
        TenantConfig tenant = proxy.config().tenants().get(words.get(1));
        if (proxy.isDraining() || tenant == null) {
            ctx.writeAndFlush(ByteBufUtil.writeUtf8(ctx.alloc(), "refused\n"))
                    .addListener(_ -> ctx.close());
            return;
        }
        ServiceConfig service = requireNonNull(tenant.services().get("line"));
        String backend = service.backend().name();
        Loop home = proxy.homes().enter(tenant.name(), backend, proxy.loops().current());
        PoolKey key =
                new PoolKey("line", tenant.name(), backend, words.get(2), words.get(3), "", 0);
        ChannelMove.move(
                ctx.channel(),
                home,
                () -> arrive(ctx, tenant, key, home),
                failure -> {
                    throw new AssertionError(failure);
                });
    }

    private void arrive(ChannelHandlerContext ctx, TenantConfig tenant, PoolKey key, Loop home) {
        Pool pool = proxy.pools(home).get(key, () -> newPool(tenant, key, home));
        var session =
                new LineSession(
                        proxy.nextId(), ctx.channel(), pool, proxy.guards(home, tenant), proxy);
        ctx.pipeline().replace(this, "session", session);
        session.begin();
        ctx.channel().writeAndFlush(Unpooled.copiedBuffer("welcome\n", StandardCharsets.UTF_8));
        ctx.channel().config().setAutoRead(true);
    }

    private Pool newPool(TenantConfig tenant, PoolKey key, Loop home) {
        ServiceConfig service = requireNonNull(tenant.services().get("line"));
        var database = requireNonNull(service.databases().get(key.database()));
        var user = requireNonNull(service.users().get(key.user()));
        return new Pool(
                key,
                home,
                user.pool(),
                proxy.ledger(),
                Caps.of(proxy.ledger(), proxy.config(), tenant, service, database, user),
                (pool, permit, opening) -> {
                    var connection = new NowhereConnection(pool, permit);
                    home.execute(() -> opening.opened(connection));
                    return connection;
                },
                proxy.stats().of("line", key.tenant(), key.database(), home.index()),
                proxy.switches());
    }
}
