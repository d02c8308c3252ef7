package io.sluice.resp.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.guard.OperationClass;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BackendCommandsTest {
    private static final String GET = command("get", 2, "readonly", 1, 1, 1, keys(range(1, 0, 1)));

    private final CommandTable table = CommandTable.shipped();

    private static String bulk(String text) {
        return "$" + text.length() + "\r\n" + text + "\r\n";
    }

    private static String array(String... items) {
        return "*" + items.length + "\r\n" + String.join("", items);
    }

    private static String range(int index, int last, int step) {
        return """
        *6
        $5
        flags
        *1
        +RO
        $12
        begin_search
        *4
        $4
        type
        $5
        index
        $4
        spec
        *2
        $5
        index
        :%d
        $9
        find_keys
        *4
        $4
        type
        $5
        range
        $4
        spec
        *6
        $7
        lastkey
        :%d
        $7
        keystep
        :%d
        $5
        limit
        :0
        """
                .formatted(index, last, step)
                .replace("\n", "\r\n");
    }

    private static String keys(String... specs) {
        return array(specs);
    }

    /** As 7.0 tells of a command, with the empty list of subcommands. */
    private static String command(
            String name, int arity, String flag, int first, int last, int step, String keys) {
        return told(name, arity, flag, first, last, step, array(), array(), keys, array());
    }

    /** As 6.2 tells of a command. */
    private static String legacy(
            String name, int arity, String flag, int first, int last, int step) {
        return told(name, arity, flag, first, last, step, array());
    }

    private static String told(
            String name, int arity, String flag, int first, int last, int step, String... more) {
        return "*%d\r\n%s:%d\r\n*1\r\n+%s\r\n:%d\r\n:%d\r\n:%d\r\n%s"
                .formatted(
                        6 + more.length,
                        bulk(name),
                        arity,
                        flag,
                        first,
                        last,
                        step,
                        String.join("", more));
    }

    private static ByteBuf bytes(String reply) {
        return Unpooled.copiedBuffer(reply, StandardCharsets.ISO_8859_1);
    }

    private BackendCommands read(String... commands) {
        return BackendCommands.read(bytes(array(commands)), table);
    }

    @Test
    void tellsWhatTheServerHasAndHowManyArgumentsItTakes() {
        var server = read(GET, command("mget", -2, "readonly", 1, -1, 1, keys(range(1, -1, 1))));
        CommandSpec get = table.named("get");
        assertThat(server.has(get)).isTrue();
        assertThat(server.has(table.named("set"))).isFalse();
        assertThat(server.arityFits(get, Words.of("GET", "k"))).isTrue();
        assertThat(server.arityFits(get, Words.of("GET"))).isFalse();
        assertThat(server.arityFits(get, Words.of("GET", "k", "l"))).isFalse();
        CommandSpec mget = table.named("mget");
        assertThat(server.arityFits(mget, Words.of("MGET"))).isFalse();
        assertThat(server.arityFits(mget, Words.of("MGET", "a", "b"))).isTrue();
        assertThat(server.allowsPrefix(get)).isTrue();
        assertThat(server.disagreements()).isEmpty();
    }

    @Test
    void knowsTheVersionsOfErrorsByTheShapeOfTheReply() {
        assertThat(read(GET).errors()).isSameAs(CommandErrors.SINCE_7);
        assertThat(read(legacy("get", 2, "readonly", 1, 1, 1)).errors())
                .isSameAs(CommandErrors.SINCE_6);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "2;0;1;Sluice finds keys at 1, the server at 2",
                "1;1;1;Sluice finds keys at 1, the server at 1..2",
                "1;-1;1;Sluice finds keys at 1, the server at 1..-1",
                "1;-1;2;Sluice finds keys at 1, the server at 1..-1 by 2"
            })
    void refusesPrefixesWhereKeysAreElsewhere(int index, int last, int step, String difference) {
        var server = read(command("get", 2, "readonly", 1, 1, 1, keys(range(index, last, step))));
        CommandSpec get = table.named("get");
        assertThat(server.allowsPrefix(get)).isFalse();
        assertThat(server.disagreements())
                .containsExactly(new BackendCommands.Disagreement(get, difference));
        assertThat(server.has(get)).isTrue();
    }

    @Test
    void refusesPrefixesWhereKeysAreOnOneSideOnly() {
        var server = read(command("get", 2, "readonly", 0, 0, 0, keys()));
        assertThat(server.disagreements())
                .extracting(BackendCommands.Disagreement::difference)
                .containsExactly("Sluice finds keys at 1, the server at no argument");
        server = read(command("ping", -1, "fast", 1, 1, 1, keys(range(1, 0, 1))));
        assertThat(server.allowsPrefix(table.named("ping"))).isFalse();
    }

    @Test
    void refusesPrefixesWhereTheServerHasToSearch() {
        String searched =
                range(1, 0, 1).replace("$5\r\nindex\r\n$4\r\nspec", "$7\r\nkeyword\r\n$4\r\nspec");
        var server = read(command("get", 2, "readonly", 1, 1, 1, keys(range(1, 0, 1), searched)));
        assertThat(server.disagreements())
                .extracting(BackendCommands.Disagreement::difference)
                .containsExactly("the server has to search for keys, Sluice does not");
    }

    @Test
    void leavesOutWhatIsNoKey() {
        String channel = range(1, 0, 1).replace("+RO", "+not_key");
        var server = read(command("spublish", 3, "pubsub", 1, 1, 1, keys(channel)));
        assertThat(server.disagreements()).isEmpty();
        assertThat(server.allowsPrefix(table.named("spublish"))).isTrue();
    }

    @Test
    void trustsItsOwnPlacesWhereServersAreKnownToPublishOthers() {
        var server = read(command("json.mget", -3, "readonly", 1, 1, 1, keys(range(1, 0, 1))));
        assertThat(server.disagreements()).isEmpty();
    }

    @Test
    void joinsRangesThatTheServerSplits() {
        var server =
                read(
                        command(
                                "bitop",
                                -4,
                                "write",
                                2,
                                -1,
                                1,
                                keys(range(2, 0, 1), range(3, -1, 1))));
        assertThat(server.disagreements()).isEmpty();
    }

    @Test
    void comparesTheLegacyFormWhereThereIsNoOther() {
        var server =
                read(
                        legacy("get", 2, "readonly", 1, 1, 1),
                        legacy("rename", 3, "write", 1, 1, 1),
                        legacy("zunion", -3, "movablekeys", 0, 0, 0),
                        legacy("zinter", -3, "readonly", 0, 0, 0),
                        legacy("hget", 3, "movablekeys", 1, 1, 1),
                        legacy("sort", -2, "movablekeys", 1, 1, 1));
        assertThat(server.disagreements())
                .extracting(one -> one.spec().name() + ": " + one.difference())
                .containsExactly(
                        "rename: Sluice finds keys at 1..2, the server at 1",
                        "zinter: Sluice has to count keys, the server does not",
                        "hget: the server has to search for keys, Sluice does not");
    }

    @Test
    void takesSubcommandsForThereWhereTheServerOnlyTellsOfContainers() {
        var server =
                read(
                        legacy("client", -2, "admin", 0, 0, 0),
                        legacy("object", -2, "readonly", 1, 1, 1),
                        legacy("xinfo", -2, "readonly", 2, 2, 1));
        CommandSpec setName = table.named("client setname");
        assertThat(server.has(setName)).isTrue();
        assertThat(server.arityFits(setName, Words.of("CLIENT", "SETNAME"))).isTrue();
        assertThat(server.arityFits(table.named("client"), Words.of("CLIENT"))).isFalse();
        assertThat(server.allowsPrefix(table.named("xinfo stream"))).isTrue();
        assertThat(server.allowsPrefix(table.named("object encoding"))).isFalse();
        assertThat(server.has(table.named("script load"))).isFalse();
    }

    @Test
    void knowsSubcommandsThatTheServerTellsOf() {
        String setName = command("client|setname", 3, "noscript", 0, 0, 0, keys());
        String other = command("client|frobnicate", -3, "admin", 0, 0, 0, keys());
        var server =
                read(
                        told(
                                "client",
                                -2,
                                "fast",
                                0,
                                0,
                                0,
                                array(),
                                array(),
                                keys(),
                                array(setName, other)));
        assertThat(server.has(table.named("client setname"))).isTrue();
        assertThat(server.has(table.named("client id"))).isFalse();
        assertThat(server.arityFits(table.named("client setname"), Words.of("CLIENT", "SETNAME")))
                .isFalse();
        CommandSpec found = find(server, "CLIENT", "Frobnicate", "x");
        assertThat(found.name()).isEqualTo("client frobnicate");
        assertThat(found.danger()).isEqualTo(Danger.NEVER);
        assertThat(find(server, "CLIENT", "nothing").isContainer()).isTrue();
        assertThat(find(server, "CLIENT", "setname", "x")).isSameAs(table.named("client setname"));
    }

    @Test
    void doesNotClassifyWhatOnlyTheServerKnows() {
        var server =
                read(
                        GET,
                        command("my.read", 2, "readonly", 1, 1, 1, keys(range(1, 0, 1))),
                        command("my.write", 2, "write", 1, 1, 1, keys(range(1, 0, 1))));
        CommandSpec read = find(server, "MY.READ", "k");
        assertThat(read.placement()).isEqualTo(Placement.UNCLASSIFIED);
        assertThat(read.danger()).isEqualTo(Danger.OWN_SERVER);
        assertThat(read.operationClass()).isEqualTo(OperationClass.COMPLEX_READ);
        assertThat(read.label()).isEqualTo("other");
        assertThat(server.has(read)).isTrue();
        assertThat(server.allowsPrefix(read)).isFalse();
        assertThat(server.arityFits(read, Words.of("MY.READ"))).isFalse();
        CommandSpec write = find(server, "my.write", "k");
        assertThat(write.operationClass()).isEqualTo(OperationClass.WRITE);
        assertThat(List.of(read.id(), write.id()))
                .containsExactlyInAnyOrder(table.size(), table.size() + 1);
        assertThat(server.ids()).isEqualTo(table.size() + 2);
        assertThat(server.find(Words.of("my.other"))).isNull();
    }

    private static CommandSpec find(BackendCommands server, String... words) {
        return Objects.requireNonNull(server.find(Words.of(words)));
    }

    @Test
    void leavesTheReplyWhereItIs() {
        ByteBuf reply = bytes("xx" + array(GET) + "yy");
        reply.skipBytes(2);
        int readable = reply.readableBytes();
        assertThat(BackendCommands.read(reply, table).has(table.named("get"))).isTrue();
        assertThat(reply.readableBytes()).isEqualTo(readable);
        assertThat(reply.refCnt()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "*0\r\n",
                "*-1\r\n",
                "_\r\n",
                "+OK\r\n",
                "-NOPERM no\r\n",
                "*1\r\n:1\r\n",
                "*1\r\n*1\r\n$3\r\nget\r\n",
                "*1000000000\r\n",
                "*99999999999999999999\r\n",
                "*1\r\n$1000000000\r\nx",
                "*1\r\n$5\r\nget\r\n",
                "*1\r\n$3\r\ngetxx",
                "*1\r\n|1\r\n+a\r\n+b\r\n*0\r\n",
                "*1\r\n,1.5\r\n",
                "*1\r\n%9000000000000000\r\n",
                "*x\r\n",
                "*1\n"
            })
    void refusesWhatIsNoReplyToCommand(String reply) {
        assertThatThrownBy(() -> BackendCommands.read(bytes(reply), table))
                .isInstanceOf(MalformedCommands.class)
                .hasMessageStartingWith("the server's reply ");
    }

    @Test
    void refusesAReplyCutAnywhere() {
        String reply = array(GET, command("set", -3, "write", 1, 1, 1, keys(range(1, 0, 1))));
        for (int end = 0; end < reply.length(); end++) {
            ByteBuf cut = bytes(reply.substring(0, end));
            assertThatThrownBy(() -> BackendCommands.read(cut, table))
                    .isInstanceOf(MalformedCommands.class);
        }
    }

    @Test
    void refusesWhatIsTooDeep() {
        assertThatThrownBy(() -> BackendCommands.read(bytes("*1\r\n".repeat(40_000)), table))
                .isInstanceOf(MalformedCommands.class)
                .hasMessageContaining("nested deeper than 16");
    }

    @Test
    void refusesWhatIsTooMuch() {
        ByteBuf many = bytes("*600000\r\n" + "*0\r\n".repeat(600_000));
        assertThatThrownBy(() -> BackendCommands.read(many, table))
                .isInstanceOf(MalformedCommands.class)
                .hasMessageContaining("more than 500000 values");
        ByteBuf text = bytes(array(legacy("x".repeat(70_000), 1, "fast", 0, 0, 0)));
        assertThatThrownBy(() -> BackendCommands.read(text, table))
                .isInstanceOf(MalformedCommands.class)
                .hasMessageContaining("longer than 65536");
    }

    @Test
    void refusesMoreUnknownCommandsThanAServerHas() {
        var commands = new StringBuilder("*5000\r\n");
        for (int i = 0; i < 5000; i++) {
            commands.append(legacy("c" + i, 1, "fast", 0, 0, 0));
        }
        assertThatThrownBy(() -> BackendCommands.read(bytes(commands.toString()), table))
                .isInstanceOf(MalformedCommands.class)
                .hasMessageContaining("more than 4096 unknown commands");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a\u001b[1m", "", "a|", "|a", "a\u00e4", "a\0"})
    void refusesANameThatCannotBeShown(String name) {
        assertThatThrownBy(() -> read(legacy(name, 1, "fast", 0, 0, 0)))
                .isInstanceOf(MalformedCommands.class)
                .hasMessageContaining("a name that is none");
    }

    @Test
    void refusesAFieldOfAnotherType() {
        assertThatThrownBy(() -> read("*6\r\n:1\r\n:2\r\n*0\r\n:0\r\n:0\r\n:0\r\n"))
                .isInstanceOf(MalformedCommands.class)
                .hasMessageContaining("has a count where something else belongs");
        String withoutSearch = range(1, 0, 1).replace("begin_search", "begin_xxxxxx");
        assertThatThrownBy(() -> read(command("get", 2, "fast", 1, 1, 1, keys(withoutSearch))))
                .isInstanceOf(MalformedCommands.class)
                .hasMessageContaining("a key spec without begin_search");
    }
}
