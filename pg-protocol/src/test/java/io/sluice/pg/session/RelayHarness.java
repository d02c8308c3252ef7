package io.sluice.pg.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.sluice.app.ConfigFile;
import io.sluice.app.Sluice;
import io.sluice.config.Loaded;
import io.sluice.config.ServiceConfig;
import io.sluice.config.TenantConfig;
import io.sluice.metrics.Stats;
import io.sluice.net.Clock;
import io.sluice.net.Loop;
import io.sluice.net.TlsContexts;
import io.sluice.pg.config.PgSettings;
import io.sluice.pg.config.PoolMode;
import io.sluice.pg.message.Frontend;
import io.sluice.pg.statement.TextBudget;
import io.sluice.pool.Ledger;
import io.sluice.pool.Permit;
import io.sluice.pool.Pool;
import io.sluice.pool.PoolKey;
import io.sluice.pool.ServerConnection;
import io.sluice.session.ClientSession;
import io.sluice.tenant.Destination;
import io.sluice.testbed.BackendBytes;
import io.sluice.testbed.FakeConnection;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * One session between two channels without sockets: what each side sends is fed in any pieces, and
 * what reaches the other side is collected. Everything but the channels is real.
 *
 * <p>Buffers come from an allocator of its own, so that {@link Conversation#end} knows what was not
 * released.
 */
final class RelayHarness implements AutoCloseable {
    private static final String CONFIG =
            """
            sluice.listen { postgres = ["127.0.0.1:0"], http = "127.0.0.1:0" }
            sluice.transport = nio
            sluice.limits.max-clients = 10
            sluice.backends.main { protocol = postgres, hosts = ["127.0.0.1:1"], max-connections = 10 }
            sluice.pool { min = 0, max = 1, reserve = 0 }
            sluice.log.disconnections = false
            sluice.tenants.acme.postgres {
              backend = main
              databases.app { dbname = app }
              users.app { verify = ["secret"], server { user = acme, secret = "secret" } }
            }
            sluice.tiers.tight.max-concurrent = 1
            sluice.tenants.tight { tier = tight }
            sluice.tenants.tight.postgres = ${sluice.tenants.acme.postgres}
            """;

    private final Sluice sluice;
    private final Loop loop;
    private final TextBudget texts = TextBudget.ofHeap();
    private int sessions;

    private RelayHarness(Sluice sluice) {
        this.sluice = sluice;
        this.loop = sluice.loops().iterator().next();
    }

    static RelayHarness start(Path folder) throws IOException {
        Path path = folder.resolve("sluice.conf");
        Files.writeString(path, CONFIG);
        ConfigFile file = ConfigFile.at(path);
        try (TlsContexts tls = new TlsContexts()) {
            return switch (file.load(tls)) {
                case Loaded.Refused(var errors) ->
                        throw new IllegalArgumentException(errors.toString());
                case Loaded.Ready ready ->
                        new RelayHarness(Sluice.start(file, ready, Clock.SYSTEM));
            };
        }
    }

    /** An ordinary session that has been welcomed, with one server connection that is idle. */
    Conversation begin() {
        return begin(Transcript.Beginning.ORDINARY);
    }

    /** As {@link #begin()}, for whose session is said. */
    Conversation begin(Transcript.Beginning beginning) {
        Conversation conversation = new Conversation(beginning);
        onLoop(conversation::open);
        if (!beginning.settings().isEmpty()) {
            awaitSent(conversation::toServer);
            onLoop(() -> {
                conversation.server(BackendBytes.oneRow("set_config", "x"));
                return null;
            });
        }
        awaitSent(conversation::toClient);
        return conversation;
    }

    private void awaitSent(Callable<byte[]> sent) {
        while (onLoop(sent).length == 0) {
            Thread.onSpinWait(); // the permit and the connection come in tasks of their own
        }
    }

    /** Runs on the loop of the sessions. */
    <T extends @Nullable Object> T onLoop(Callable<T> work) {
        try {
            return CompletableFuture.supplyAsync(
                            () -> {
                                try {
                                    return work.call();
                                } catch (Exception e) {
                                    throw new CompletionException(e);
                                }
                            },
                            loop.executor())
                    .join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof AssertionError error) {
                throw error;
            }
            throw e;
        }
    }

    @Override
    public void close() {
        sluice.close();
    }

    /** One client and its server. Used on the loop only. */
    final class Conversation {
        private final UnpooledByteBufAllocator allocator =
                new UnpooledByteBufAllocator(false, false);
        private final EmbeddedChannel client = channel();
        private final EmbeddedChannel server = channel();
        private @Nullable PgPool pgPool;
        private @Nullable PgSession session;
        private final Transcript.Beginning beginning;
        private boolean mayHaveSaidGoodbye;

        private Conversation(Transcript.Beginning beginning) {
            this.beginning = beginning;
        }

        private EmbeddedChannel channel() {
            EmbeddedChannel channel = new EmbeddedChannel();
            channel.config().setAllocator(allocator);
            return channel;
        }

        private @Nullable Void open() {
            TenantConfig tenant =
                    Objects.requireNonNull(sluice.config().tenants().get(beginning.tenant()));
            ServiceConfig service = Objects.requireNonNull(tenant.services().get("postgres"));
            var user = Objects.requireNonNull(service.users().get("app"));
            PgSettings settings = (PgSettings) service.protocolSettings();
            Destination destination =
                    Objects.requireNonNull(
                            Destination.find(
                                    sluice.config(), "postgres", tenant.name(), "app", "app"));
            PgPool made = new PgPool(sluice, loop, destination, texts.of("acme"));
            pgPool = made;
            Pool pool =
                    new Pool(
                            new PoolKey("postgres", tenant.name(), "main", "app", "app", "", 0),
                            loop,
                            user.pool(),
                            new Ledger(loop),
                            List.of(),
                            this::connect,
                            new Stats(),
                            sluice.switches());
            made.attach(pool);
            sessions++;
            PgSession session =
                    new PgSession(
                            new SessionContext(
                                    sluice,
                                    sessions,
                                    made,
                                    sluice.guards(loop, tenant),
                                    user,
                                    settings,
                                    PoolMode.TRANSACTION,
                                    beginning.settings(),
                                    new CancelKey(sessions, new byte[4]),
                                    "",
                                    () -> {}),
                            client);
            this.session = session;
            client.pipeline().addLast(session);
            session.begin();
            return null;
        }

        private ServerConnection connect(
                Pool pool, Permit permit, ServerConnection.Opening opening) {
            PgServerConnection connection =
                    new PgServerConnection(Objects.requireNonNull(pgPool), pool, permit);
            // A pool asks for its first connection once; a second is never answered.
            if (server.isActive() && server.pipeline().get(BackendRelay.class) == null) {
                loop.execute(() -> {
                    connection.onOpen(
                            server,
                            new InetSocketAddress("127.0.0.1", 1),
                            new ServerStartup.Key(1, new byte[4]),
                            FakeConnection.PARAMETERS,
                            "");
                    opening.opened(connection);
                });
            }
            return connection;
        }

        /** The client sends. */
        void client(byte[] bytes) {
            for (byte b : bytes) {
                mayHaveSaidGoodbye |= b == Frontend.TERMINATE;
            }
            feed(client, bytes);
        }

        /** The server sends. */
        void server(byte[] bytes) {
            feed(server, bytes);
        }

        private void feed(EmbeddedChannel channel, byte[] bytes) {
            if (channel.isActive() && bytes.length > 0) {
                ByteBuf read = allocator.buffer(bytes.length).writeBytes(bytes);
                channel.writeInbound(read);
            }
        }

        /** The client's channel reports a failure. */
        void failClient(Throwable cause) {
            client.pipeline().fireExceptionCaught(cause);
        }

        PgSession session() {
            return Objects.requireNonNull(session);
        }

        boolean clientIsOpen() {
            return client.isActive();
        }

        boolean serverIsOpen() {
            return server.isActive();
        }

        /** What was flushed to the client since the last call. */
        byte[] toClient() {
            return sent(client);
        }

        /** What was flushed to the server since the last call. */
        byte[] toServer() {
            return sent(server);
        }

        private static byte[] sent(EmbeddedChannel channel) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            channel.runPendingTasks();
            for (ByteBuf next = channel.readOutbound();
                    next != null;
                    next = channel.readOutbound()) {
                byte[] bytes = new byte[next.readableBytes()];
                next.readBytes(bytes);
                next.release();
                all.writeBytes(bytes);
            }
            return all.toByteArray();
        }

        /** Memory that the session's buffers take now, in bytes. */
        long memory() {
            return allocator.metric().usedHeapMemory() + allocator.metric().usedDirectMemory();
        }

        /** Closes both sides; nothing may be left. */
        void end() {
            client.close();
            client.runPendingTasks();
            server.close();
            server.runPendingTasks();
            client.checkException();
            server.checkException();
            toClient();
            toServer();
            PgPool pool = Objects.requireNonNull(pgPool);
            if (pool.pool().waiting() != 0 && mayHaveSaidGoodbye) {
                // It asked for something ahead of its goodbye, and no other server comes here.
                session().end(ClientSession.EndCode.KILLED, "the test is over");
            }
            if (pool.statements().size() != 0 || texts.of("acme").bytes() != 0) {
                throw new AssertionError("statements are still counted as used");
            }
            if (pool.pool().sessions() != 0 || pool.pool().waiting() != 0) {
                throw new AssertionError("the session is still counted");
            }
            if (memory() != 0) {
                throw new AssertionError(memory() + " bytes of buffers were not released");
            }
        }
    }
}
