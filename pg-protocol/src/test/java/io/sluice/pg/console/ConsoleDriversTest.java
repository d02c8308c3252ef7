package io.sluice.pg.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.sluice.config.ConsoleConfig.Role;
import io.sluice.console.Console;
import io.sluice.console.Operator;
import io.sluice.console.Reply;
import io.sluice.console.Table;
import io.sluice.pg.message.Backend;
import io.sluice.pg.message.Messages;
import io.sluice.pg.message.TransactionStatus;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A JDBC driver with its default settings finds its way, behind a login that asks nothing. */
class ConsoleDriversTest {
    private static final Operator OPERATOR = new Operator("stats", Role.STATS, "here");

    private static final int ROWS = 2500;

    private final EventLoopGroup group =
            new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private @Nullable Channel server;

    /** Has a table of many rows; commands but SHOW are done. */
    private static final class FakeConsole implements Console {
        private static final List<Table.Column> COLUMNS =
                List.of(
                        new Table.Column("name", Table.Type.TEXT),
                        new Table.Column("n", Table.Type.INT4),
                        new Table.Column("total", Table.Type.NUMERIC));

        @Override
        public CompletionStage<Reply> execute(Operator operator, String command) {
            if (!command.startsWith("SHOW")) {
                return CompletableFuture.completedFuture(
                        command.startsWith("KILL")
                                ? new Reply.Failure(
                                        Reply.Failure.Kind.DENIED, "admin access needed")
                                : new Reply.Done("BEGIN"));
            }
            List<@Nullable Object[]> rows = new ArrayList<>();
            for (int i = 0; i < ROWS; i++) {
                rows.add(new @Nullable Object[] {"row " + i, i, i * 1_000_000L});
            }
            return CompletableFuture.completedFuture(
                    new Reply.Rows(new Table(COLUMNS, rows), "SHOW", List.of()));
        }

        @Override
        public List<Table.Column> columnsOf(String command) {
            return command.startsWith("SHOW") ? COLUMNS : List.of();
        }
    }

    /** Lets everybody in, without TLS. */
    private static final class Doorman extends ByteToMessageDecoder {
        @Override
        protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
            if (in.readableBytes() < 8 || in.readableBytes() < in.getInt(in.readerIndex())) {
                return;
            }
            int length = in.readInt();
            int code = in.readInt();
            in.skipBytes(length - 8);
            ByteBuf answer = ctx.alloc().buffer();
            if (code == Messages.SSL_REQUEST || code == Messages.GSSENC_REQUEST) {
                ctx.writeAndFlush(answer.writeByte('N'));
                return;
            }
            answer.writeByte(Backend.AUTHENTICATION).writeInt(8).writeInt(0);
            ConsoleMessages.parameterStatuses(answer);
            Messages.backendKeyData(answer, 1, new byte[4]);
            Messages.readyForQuery(answer, TransactionStatus.IDLE);
            ctx.pipeline().addLast(new ConsoleSession(new FakeConsole(), OPERATOR));
            ctx.writeAndFlush(answer);
            ctx.pipeline().remove(this);
        }
    }

    @BeforeEach
    void start() {
        server =
                new ServerBootstrap()
                        .group(group)
                        .channel(NioServerSocketChannel.class)
                        .childHandler(
                                new ChannelInitializer<Channel>() {
                                    @Override
                                    protected void initChannel(Channel channel) {
                                        channel.pipeline().addLast(new Doorman());
                                    }
                                })
                        .bind(InetAddress.getLoopbackAddress(), 0)
                        .syncUninterruptibly()
                        .channel();
    }

    @AfterEach
    void stop() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private Connection connect(String parameters) throws SQLException {
        Channel channel = Objects.requireNonNull(server);
        int port = ((InetSocketAddress) channel.localAddress()).getPort();
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + port + "/sluice?" + parameters, "watcher", "");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "preferQueryMode=simple",
                "preferQueryMode=extendedForPrepared",
                "preferQueryMode=extendedCacheEverything",
                "prepareThreshold=1",
                "prepareThreshold=-1" // binary from the first execution on
            })
    void showsATableInEveryQueryMode(String parameters) throws SQLException {
        try (Connection connection = connect(parameters);
                Statement statement = connection.createStatement()) {
            for (int time = 0; time < 3; time++) {
                try (ResultSet rows = statement.executeQuery("SHOW T")) {
                    for (int i = 0; i < ROWS; i++) {
                        assertThat(rows.next()).isTrue();
                        assertThat(rows.getString("name")).isEqualTo("row " + i);
                        assertThat(rows.getInt("n")).isEqualTo(i);
                        assertThat(rows.getLong("total")).isEqualTo(i * 1_000_000L);
                    }
                    assertThat(rows.next()).isFalse();
                }
            }
        }
    }

    @Test
    void survivesATransactionWithACursorAndAnError() throws SQLException {
        try (Connection connection = connect("")) {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.setFetchSize(100);
                int count = 0;
                try (ResultSet rows = statement.executeQuery("SHOW T")) {
                    while (rows.next()) {
                        count++;
                    }
                }
                assertThat(count).isEqualTo(ROWS);
                assertThatThrownBy(() -> statement.execute("KILL"))
                        .isInstanceOfSatisfying(
                                SQLException.class,
                                e -> assertThat(e.getSQLState()).isEqualTo("42501"));
                assertThat(statement.execute("SHOW T")).isTrue();
            }
            connection.commit();
            assertThat(connection.isValid(5)).isTrue();
        }
    }
}
