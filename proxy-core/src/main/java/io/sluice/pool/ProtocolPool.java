package io.sluice.pool;

import io.sluice.config.BackendConfig;
import io.sluice.config.Secret;
import io.sluice.config.TimeoutsConfig;
import io.sluice.net.Loop;
import io.sluice.spi.Proxy;
import io.sluice.tenant.Destination;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a protocol adds to a pool; extended by each. It knows where the pool's connections lead, as
 * the configuration in force says, opens them, and keeps beside them what is shared by the pool's
 * sessions.
 *
 * <p><b>Threads:</b> confined to the pool's loop.
 */
public abstract class ProtocolPool implements ServerConnection.Connector {
    private final Proxy proxy;
    private final Loop loop;
    private Destination destination;
    private @Nullable Pool pool;

    /**
     * @param destination whom the pool is for, in the configuration in force
     */
    protected ProtocolPool(Proxy proxy, Loop loop, Destination destination) {
        this.proxy = proxy;
        this.loop = loop;
        this.destination = destination;
    }

    /**
     * The pool of a destination at its home, made on first use and when it was torn down; on that
     * loop.
     *
     * @param key of {@link PoolKey#of}, in the lane that most of its sessions use
     * @param type what {@code maker} makes
     */
    public static <P extends ProtocolPool> P of(
            Proxy proxy, Loop home, PoolKey key, Class<P> type, Supplier<P> maker) {
        Pool pool =
                proxy.pools(home)
                        .get(
                                key,
                                () -> {
                                    ProtocolPool made = maker.get();
                                    Pool attached = made.make(key);
                                    made.attach(attached);
                                    return attached;
                                });
        return type.cast(pool.connector());
    }

    /** The pool of the same connections in another lane, made on first use. */
    protected final Pool in(Lane lane) {
        PoolKey key = pool().key().in(lane);
        return proxy.pools(loop).get(key, () -> make(key));
    }

    private Pool make(PoolKey key) {
        return new Pool(
                key,
                loop,
                sizes(key.lane(), destination.user().pool()),
                proxy.ledger(),
                Caps.of(proxy.ledger(), proxy.config(), destination, key.lane()),
                this,
                proxy.stats().of(key.protocol(), key.tenant(), key.database(), loop.index()),
                proxy.switches());
    }

    /** The pool that this belongs to; set once, right after both are made. */
    public final void attach(Pool newPool) {
        pool = newPool;
    }

    /** Takes what holds from now on, for sessions that are there, too. */
    @Override
    public void follow(Destination now) {
        destination = now;
    }

    public final Proxy proxy() {
        return proxy;
    }

    public final Loop loop() {
        return loop;
    }

    public final Pool pool() {
        return Objects.requireNonNull(pool, "not attached");
    }

    /** Whom the pool is for, as the configuration in force knows it. */
    public final Destination destination() {
        return destination;
    }

    public final BackendConfig backend() {
        return destination.service().backend();
    }

    /** By its name on the server. */
    public final String serverDatabase() {
        return destination.database().serverName();
    }

    /** Who the proxy logs in as. */
    public final String serverUser() {
        return destination.user().serverUser();
    }

    /** Null: the server asks none. */
    public final @Nullable Secret serverSecret() {
        return destination.user().serverSecret();
    }

    public final TimeoutsConfig timeouts() {
        return destination.user().timeouts();
    }
}
