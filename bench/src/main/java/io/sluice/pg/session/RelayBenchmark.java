package io.sluice.pg.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import io.sluice.app.ConfigFile;
import io.sluice.app.Sluice;
import io.sluice.config.Loaded;
import io.sluice.metrics.Stats;
import io.sluice.net.Clock;
import io.sluice.net.Loop;
import io.sluice.net.TlsContexts;
import io.sluice.pg.config.PgSettings;
import io.sluice.pg.config.PoolMode;
import io.sluice.pg.settings.Settings;
import io.sluice.pg.statement.TextBudget;
import io.sluice.pool.Ledger;
import io.sluice.pool.Permit;
import io.sluice.pool.Pool;
import io.sluice.pool.PoolKey;
import io.sluice.pool.ServerConnection;
import io.sluice.tenant.Destination;
import io.sluice.testbed.BackendBytes;
import io.sluice.testbed.FrontendBytes;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What one query and its answer cost from read to write: scanning both, lease and settling
 * included, sockets not. Here rather than in {@code io.sluice.bench} because what it measures is
 * the package's own.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
@State(Scope.Benchmark)
public class RelayBenchmark {
    private static final int EXCHANGES = 256;

    /** As much as a read of a busy connection brings. */
    private static final int READ = 64 * 1024;

    private static final String CONFIG =
            """
            sluice.listen { postgres = ["127.0.0.1:0"], http = "127.0.0.1:0" }
            sluice.transport = nio
            sluice.limits.max-clients = 10
            sluice.backends.main { protocol = postgres, hosts = ["127.0.0.1:1"], max-connections = 10 }
            sluice.pool { min = 0, max = 1, reserve = 0 }
            sluice.tenants.acme.postgres {
              backend = main
              databases.app { dbname = app }
              users.app { verify = ["secret"], server { user = acme, secret = "secret" } }
            }
            """;

    /** The answer: one row, a thousand rows of 40 bytes, or one row of a mebibyte. */
    @Param({"row", "rows", "large"})
    public String answer = "row";

    private final Channel client = sink();
    private final Channel server = sink();
    private final List<ByteBuf> answers = new ArrayList<>();
    private ByteBuf query = Unpooled.EMPTY_BUFFER;
    private @Nullable Path folder;
    private @Nullable Sluice sluice;
    private @Nullable Loop loop;

    /** A session that has been welcomed, with one idle server connection. */
    @Setup(Level.Trial)
    public void begin() throws IOException {
        query = direct(FrontendBytes.query("SELECT abalance FROM pgbench_accounts WHERE aid = 1;"));
        byte[] bytes = answer(answer);
        for (int from = 0; from < bytes.length; from += READ) {
            int length = Math.min(READ, bytes.length - from);
            answers.add(Unpooled.directBuffer(length).writeBytes(bytes, from, length));
        }
        folder = Files.createTempDirectory("sluice-bench");
        Path path = Files.writeString(folder.resolve("sluice.conf"), CONFIG);
        ConfigFile file = ConfigFile.at(path);
        try (TlsContexts tls = new TlsContexts()) {
            sluice =
                    switch (file.load(tls)) {
                        case Loaded.Refused(var errors) ->
                                throw new IllegalArgumentException(errors.toString());
                        case Loaded.Ready ready -> Sluice.start(file, ready, Clock.SYSTEM);
                    };
        }
        loop = sluice.loops().iterator().next();
        CompletableFuture<@Nullable Void> open = new CompletableFuture<>();
        loop.execute(() -> openSession(open));
        open.join();
    }

    private static byte[] answer(String kind) {
        byte[] row =
                switch (kind) {
                    case "row" -> BackendBytes.dataRow("12345");
                    case "rows" ->
                            FrontendBytes.all(
                                    Collections.nCopies(1000, BackendBytes.dataRow("x".repeat(29)))
                                            .toArray(byte[][]::new));
                    case "large" -> BackendBytes.dataRow("x".repeat(1 << 20));
                    default -> throw new IllegalArgumentException(kind);
                };
        return FrontendBytes.all(
                BackendBytes.rowDescription("abalance"),
                row,
                BackendBytes.commandComplete("SELECT 1"),
                BackendBytes.readyForQuery('I'));
    }

    private static ByteBuf direct(byte[] bytes) {
        return Unpooled.directBuffer(bytes.length).writeBytes(bytes);
    }

    /** A channel that takes whatever is written to it. */
    private static Channel sink() {
        return new EmbeddedChannel(
                new ChannelOutboundHandlerAdapter() {
                    @Override
                    public void write(
                            ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
                        ReferenceCountUtil.release(message);
                        promise.trySuccess();
                    }
                });
    }

    private void openSession(CompletableFuture<@Nullable Void> opened) {
        Sluice running = Objects.requireNonNull(sluice);
        Loop home = Objects.requireNonNull(loop);
        var tenant = Objects.requireNonNull(running.config().tenants().get("acme"));
        var service = Objects.requireNonNull(tenant.services().get("postgres"));
        var user = Objects.requireNonNull(service.users().get("app"));
        PgSettings settings = (PgSettings) service.protocolSettings();
        Destination destination =
                Objects.requireNonNull(
                        Destination.find(running.config(), "postgres", "acme", "app", "app"));
        PgPool pgPool = new PgPool(running, home, destination, TextBudget.ofHeap().of("acme"));
        Pool pool =
                new Pool(
                        new PoolKey("postgres", "acme", "main", "app", "app", "", 0),
                        home,
                        user.pool(),
                        new Ledger(home),
                        List.of(),
                        (ofPool, permit, opening) ->
                                connect(pgPool, ofPool, permit, opening, opened),
                        new Stats(),
                        running.switches());
        pgPool.attach(pool);
        PgSession session =
                new PgSession(
                        new SessionContext(
                                running,
                                1,
                                pgPool,
                                running.guards(home, tenant),
                                user,
                                settings,
                                PoolMode.TRANSACTION,
                                Settings.NONE,
                                new CancelKey(1, new byte[4]),
                                "",
                                () -> {}),
                        client);
        client.pipeline().addLast(session);
        session.begin();
    }

    private ServerConnection connect(
            PgPool pgPool,
            Pool pool,
            Permit permit,
            ServerConnection.Opening opening,
            CompletableFuture<@Nullable Void> opened) {
        PgServerConnection connection = new PgServerConnection(pgPool, pool, permit);
        pool.loop()
                .execute(() -> {
                    connection.onOpen(
                            server,
                            new InetSocketAddress("127.0.0.1", 1),
                            new ServerStartup.Key(1, new byte[4]),
                            Map.of("client_encoding", "UTF8"),
                            "");
                    opening.opened(connection);
                    pool.loop().execute(() -> opened.complete(null)); // behind the welcome
                });
        return connection;
    }

    /** Ends the proxy and frees what was fed to it. */
    @TearDown(Level.Trial)
    public void end() throws IOException {
        Objects.requireNonNull(sluice).close();
        query.release();
        answers.forEach(ByteBuf::release);
        Path made = Objects.requireNonNull(folder);
        Files.delete(made.resolve("sluice.conf"));
        Files.delete(made);
    }

    /** A query and its answer, on the thread of the loop. */
    @Benchmark
    @OperationsPerInvocation(EXCHANGES)
    public void exchange() {
        CompletableFuture.runAsync(
                        () -> {
                            for (int i = 0; i < EXCHANGES; i++) {
                                read(client, query);
                                for (ByteBuf piece : answers) {
                                    read(server, piece);
                                }
                            }
                        },
                        Objects.requireNonNull(loop).executor())
                .join();
    }

    private static void read(Channel channel, ByteBuf bytes) {
        channel.pipeline().fireChannelRead(bytes.retainedDuplicate());
        channel.pipeline().fireChannelReadComplete();
    }
}
