package io.sluice.pg.console;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.sluice.config.ConsoleConfig.Role;
import io.sluice.console.Console;
import io.sluice.console.Operator;
import io.sluice.console.Reply;
import io.sluice.console.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConsoleSessionTest {
    private static final Operator OPERATOR = new Operator("stats", Role.STATS, "here");

    private static final List<Table.Column> COLUMNS =
            List.of(
                    new Table.Column("name", Table.Type.TEXT),
                    new Table.Column("n", Table.Type.INT4),
                    new Table.Column("big", Table.Type.INT8),
                    new Table.Column("sum", Table.Type.NUMERIC));

    private final FakeConsole console = new FakeConsole();
    private final ConsoleSession session = new ConsoleSession(console, OPERATOR);
    private final EmbeddedChannel channel = new EmbeddedChannel(session);

    /** Knows {@code SHOW T}, and {@code WAIT}, which is answered when a test says so. */
    private static final class FakeConsole implements Console {
        CompletableFuture<Reply> waiting = new CompletableFuture<>();
        List<@Nullable Object[]> rows =
                List.of(
                        new @Nullable Object[] {"a", 1, 2L, 123_456_789L},
                        new @Nullable Object[] {null, -1, -2L, -10_000L},
                        new @Nullable Object[] {"é", 0, 0L, 0L});

        @Override
        public CompletionStage<Reply> execute(Operator operator, String command) {
            return switch (command) {
                case "" -> CompletableFuture.completedFuture(new Reply.Done(""));
                case "SHOW T" ->
                        CompletableFuture.completedFuture(
                                new Reply.Rows(new Table(COLUMNS, rows), "SHOW", List.of()));
                case "SET x" ->
                        CompletableFuture.completedFuture(
                                new Reply.Notice("SET ignored", "why", "SET"));
                case "WAIT" -> waiting;
                default ->
                        CompletableFuture.completedFuture(
                                new Reply.Failure(Reply.Failure.Kind.DENIED, "not you"));
            };
        }

        @Override
        public List<Table.Column> columnsOf(String command) {
            return command.equals("SHOW T") ? COLUMNS : List.of();
        }
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    // ---- messages

    private static ByteBuf message(char type, Object... fields) {
        ByteBuf body = Unpooled.buffer();
        for (Object field : fields) {
            switch (field) {
                case String text -> body.writeBytes(text.getBytes(UTF_8)).writeByte(0);
                case Character letter -> body.writeByte(letter);
                case Short number -> body.writeShort(number);
                case Integer number -> body.writeInt(number);
                default -> throw new IllegalArgumentException(field.toString());
            }
        }
        ByteBuf all = Unpooled.buffer().writeByte(type).writeInt(4 + body.readableBytes());
        return all.writeBytes(body);
    }

    private static ByteBuf all(ByteBuf... messages) {
        return Unpooled.wrappedBuffer(messages);
    }

    private static ByteBuf bindAndExecute(int maxRows, short... formats) {
        Object[] bind = new Object[4 + 1 + formats.length];
        bind[0] = "";
        bind[1] = "";
        bind[2] = (short) 0;
        bind[3] = (short) 0;
        bind[4] = (short) formats.length;
        for (int i = 0; i < formats.length; i++) {
            bind[5 + i] = formats[i];
        }
        return all(message('B', bind), message('E', "", maxRows));
    }

    private void send(ByteBuf bytes) {
        channel.writeInbound(bytes);
        channel.runPendingTasks();
    }

    private ByteBuf received() {
        ByteBuf all = Unpooled.buffer();
        for (ByteBuf next = channel.readOutbound(); next != null; next = channel.readOutbound()) {
            all.writeBytes(next);
            next.release();
        }
        return all;
    }

    /** The type letters of what came, which is taken. */
    private String types() {
        StringBuilder types = new StringBuilder();
        bodies(types);
        return types.toString();
    }

    private List<ByteBuf> bodies(StringBuilder types) {
        ByteBuf in = received();
        List<ByteBuf> bodies = new ArrayList<>();
        while (in.isReadable()) {
            types.append((char) in.readByte());
            bodies.add(in.readSlice(in.readInt() - 4));
        }
        return bodies;
    }

    // ---- simple protocol

    @Test
    void answersTheSimpleProtocol() {
        send(message('Q', "SHOW T"));
        assertThat(types()).isEqualTo("TDDDCZ");
        send(message('Q', ""));
        assertThat(types()).isEqualTo("IZ");
        send(message('Q', "SET x"));
        assertThat(types()).isEqualTo("NCZ");
        send(message('Q', "KILL"));
        assertThat(types()).isEqualTo("EZ");
    }

    @Test
    void sendsTextAsPsqlExpectsIt() {
        send(message('Q', "SHOW T"));
        List<ByteBuf> bodies = bodies(new StringBuilder());

        ByteBuf second = bodies.get(2);
        assertThat(second.readShort()).isEqualTo((short) 4);
        assertThat(second.readInt()).as("null").isEqualTo(-1);
        assertThat(second.readInt()).isEqualTo(2);
        assertThat(second.readCharSequence(2, UTF_8).toString()).isEqualTo("-1");
        assertThat(bodies.get(4).toString(UTF_8)).isEqualTo("SHOW\0");
        assertThat(bodies.get(5).toString(UTF_8)).isEqualTo("I");
    }

    // ---- extended protocol

    @Test
    void answersTheExtendedProtocol() {
        send(
                all(
                        message('P', "s", "SHOW T", (short) 0),
                        message('D', 'S', "s"),
                        message('H'),
                        message('B', "", "s", (short) 0, (short) 0, (short) 0),
                        message('D', 'P', ""),
                        message('E', "", 0),
                        message('C', 'S', "s"),
                        message('S')));
        assertThat(types()).isEqualTo("1tT2TDDDC3Z");
    }

    @Test
    void describesCommandsWithoutRowsAsSuch() {
        send(
                all(
                        message('P', "", "SET x", (short) 0),
                        message('D', 'S', ""),
                        bindAndExecute(0),
                        message('S')));
        assertThat(types()).isEqualTo("1tn2NCZ");
    }

    @Test
    void sendsBinaryToWhoAsksForIt() {
        send(
                all(
                        message('P', "", "SHOW T", (short) 0),
                        bindAndExecute(0, (short) 1),
                        message('S')));
        StringBuilder types = new StringBuilder();
        List<ByteBuf> bodies = bodies(types);
        assertThat(types).hasToString("12DDDCZ");

        ByteBuf first = bodies.get(2).skipBytes(2);
        assertThat(first.readInt()).isEqualTo(1);
        assertThat(first.readByte()).isEqualTo((byte) 'a');
        assertThat(first.readInt()).isEqualTo(4);
        assertThat(first.readInt()).isEqualTo(1);
        assertThat(first.readInt()).isEqualTo(8);
        assertThat(first.readLong()).isEqualTo(2);
        // numeric 123456789: three groups 1, 2345, 6789, the first weighing 10000²
        assertThat(shorts(first)).containsExactly(3, 2, 0, 0, 1, 2345, 6789);
        ByteBuf second = bodies.get(3).skipBytes(2 + 4 + 8 + 12);
        // -10000: kept with its empty group, as PostgreSQL accepts it
        assertThat(shorts(second)).containsExactly(2, 1, 0x4000, 0, 1, 0);
        ByteBuf third = bodies.get(4).skipBytes(2 + 6 + 8 + 12);
        assertThat(shorts(third)).containsExactly(0, 0, 0, 0);
    }

    private static List<Integer> shorts(ByteBuf value) {
        List<Integer> shorts = new ArrayList<>();
        for (int left = value.readInt(); left > 0; left -= Short.BYTES) {
            shorts.add((int) value.readShort());
        }
        return shorts;
    }

    @Test
    void fetchesRowsInPortions() {
        send(
                all(
                        message('P', "", "SHOW T", (short) 0),
                        bindAndExecute(2),
                        message('E', "", 2),
                        message('S')));
        assertThat(types()).isEqualTo("12DDsDCZ");
    }

    @Test
    void skipsToSyncAfterAnError() {
        send(
                all(
                        message('P', "", "KILL", (short) 0),
                        bindAndExecute(0),
                        message('P', "", "SHOW T", (short) 0),
                        bindAndExecute(0),
                        message('S'),
                        message('Q', "SET x")));
        assertThat(types()).isEqualTo("12EZNCZ");
    }

    @Test
    void refusesWhatItDoesNotHave() {
        send(all(message('E', "nothing", 0), message('S')));
        assertThat(types()).isEqualTo("EZ");
        send(all(message('D', 'S', "nothing"), message('S')));
        assertThat(types()).isEqualTo("EZ");
        send(
                all(
                        message('P', "", "SHOW T", (short) 1, 23),
                        message('B', "", "", (short) 0, (short) 1, 4, 7, (short) 0),
                        message('S')));
        assertThat(types()).isEqualTo("1EZ");
        send(message('F', 1, (short) 0));
        assertThat(types()).isEqualTo("EZ");
    }

    // ---- waiting, cancelling, leaving

    @Test
    void keepsWhatComesWhileACommandRuns() {
        send(all(message('Q', "WAIT"), message('Q', "SET x")));
        assertThat(types()).isEmpty();

        console.waiting.complete(new Reply.Done("WAIT"));
        channel.runPendingTasks();

        assertThat(types()).isEqualTo("CZNCZ");
    }

    @Test
    void readsNoFurtherWhenTooMuchComesWhileACommandRuns() {
        send(message('Q', "WAIT"));
        send(message('Q', "x".repeat(ConsoleSession.MAX_MESSAGE - 100)));
        send(message('Q', "x".repeat(ConsoleSession.MAX_MESSAGE - 100)));
        assertThat(channel.config().isAutoRead()).isFalse();

        console.waiting.complete(new Reply.Done("WAIT"));
        channel.runPendingTasks();

        assertThat(channel.config().isAutoRead()).isTrue();
        assertThat(types()).isEqualTo("CZEZEZ");
    }

    @Test
    void aCancelEndsTheCommandThatRuns() {
        send(message('Q', "WAIT"));

        session.cancel();
        channel.runPendingTasks();

        assertThat(console.waiting).isCancelled();
        ByteBuf answer = received();
        assertThat(answer.toString(UTF_8)).contains("57014");
        send(message('Q', "SET x"));
        assertThat(types()).isEqualTo("NCZ");
    }

    @Test
    void aClientThatLeavesCancelsItsCommand() {
        send(message('Q', "WAIT"));

        channel.close();
        channel.runPendingTasks();

        assertThat(console.waiting).isCancelled();
    }

    @Test
    void writesOnlyAsFastAsTheClientReads() {
        List<@Nullable Object[]> many = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            many.add(new @Nullable Object[] {"x".repeat(100), i, 0L, 0L});
        }
        console.rows = many;
        ChannelOutboundBuffer unsent = Objects.requireNonNull(channel.unsafe().outboundBuffer());
        unsent.setUserDefinedWritability(1, false);
        send(message('Q', "SHOW T"));
        assertThat(types()).isEqualTo("T");

        unsent.setUserDefinedWritability(1, true);
        channel.runPendingTasks();

        assertThat(types()).hasSize(5002).endsWith("DCZ");
    }

    @Test
    void goesWhenAsked() {
        send(message('X'));
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void endsWithAWordWhenItCannotFollow() {
        send(Unpooled.buffer().writeByte('Q').writeInt(ConsoleSession.MAX_MESSAGE + 1));
        assertThat(types()).isEqualTo("E");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void endsOnAnUnknownMessageAndOnOneThatIsCut() {
        for (ByteBuf wrong :
                List.of(message('?'), message('E'), message('Q'), message('D', 'Z', ""))) {
            EmbeddedChannel other = new EmbeddedChannel(new ConsoleSession(console, OPERATOR));
            other.writeInbound(wrong);
            assertThat(other.isOpen()).isFalse();
            other.finishAndReleaseAll();
        }
    }

    // ---- the network cuts anywhere

    @Test
    void answersTheSameWhereverTheNetworkCuts() {
        ByteBuf transcript =
                all(
                        message('Q', "SHOW T"),
                        message('P', "", "SHOW T", (short) 0),
                        message('D', 'S', ""),
                        bindAndExecute(2, (short) 0),
                        message('C', 'P', ""),
                        message('S'),
                        message('Q', "KILL"),
                        message('Q', ""));
        byte[] bytes = new byte[transcript.readableBytes()];
        transcript.getBytes(0, bytes);
        send(transcript);
        String whole = types();
        for (int cut = 1; cut < bytes.length; cut++) {
            send(Unpooled.copiedBuffer(bytes, 0, cut));
            send(Unpooled.copiedBuffer(bytes, cut, bytes.length - cut));
            assertThat(types()).as("cut at %d", cut).isEqualTo(whole);
        }
        for (byte one : bytes) {
            send(Unpooled.wrappedBuffer(new byte[] {one}));
        }
        assertThat(types()).isEqualTo(whole);
    }

    @Test
    void welcomesAsPgBouncerDoes() {
        ByteBuf out = Unpooled.buffer();
        ConsoleMessages.parameterStatuses(out);
        assertThat(out.toString(UTF_8))
                .contains("server_version\0" + "1.25.2/bouncer\0", "is_superuser\0on\0");
    }
}
