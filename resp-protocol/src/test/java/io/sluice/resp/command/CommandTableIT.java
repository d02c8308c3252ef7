package io.sluice.resp.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.sluice.guard.OperationClass;
import io.sluice.resp.command.KeySpec.Role;
import io.sluice.testbed.RawRespClient;
import io.sluice.testbed.RedisBackend;
import io.sluice.testbed.RedisBackendBuilder;
import io.sluice.testbed.RedisBytes;
import io.sluice.testbed.RedisProgram;
import io.sluice.testbed.RespValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What Sluice knows of commands against what real servers say and do. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CommandTableIT {
    /** What a transaction does not queue; asked to, some of them end it or the connection. */
    private static final Set<String> AT_ONCE =
            Set.of("multi", "exec", "discard", "watch", "quit", "reset", "host:", "post");

    /** Servers call them dangerous since they are slow; they keep to keys that they name. */
    private static final Set<String> ONLY_SLOW = Set.of("sort", "sort_ro");

    private final CommandTable table = CommandTable.shipped();
    private final List<RedisBackend> servers = new ArrayList<>();

    @BeforeAll
    void startServers() {
        for (RedisProgram program : RedisProgram.all()) {
            RedisBackendBuilder server = RedisBackend.of(program);
            if (program.version().isAtLeast(7, 0)) {
                server.setting("enable-module-command", "yes");
            }
            servers.add(server.start());
        }
    }

    @AfterAll
    void stopServers() {
        servers.forEach(RedisBackend::close);
    }

    List<RedisBackend> servers() {
        return servers;
    }

    /** A command, or subcommand, as the server tells of it. */
    private record Told(String name, int arity, Set<String> flags, Set<String> categories) {}

    private static Map<String, Told> told(RedisBackend server) {
        var told = new TreeMap<String, Told>();
        server.ask("COMMAND").elements().forEach(command -> tell(command, told));
        return told;
    }

    private static void tell(RespValue command, Map<String, Told> told) {
        List<RespValue> parts = command.elements();
        String name = parts.getFirst().text().replace('|', ' ');
        told.put(
                name,
                new Told(
                        name,
                        (int) parts.get(1).number(),
                        Set.copyOf(parts.get(2).texts()),
                        Set.copyOf(parts.get(6).texts())));
        if (parts.size() > 9) {
            parts.get(9).elements().forEach(subcommand -> tell(subcommand, told));
        }
    }

    private static BackendCommands commands(RawRespClient client, CommandTable table)
            throws IOException {
        return BackendCommands.read(Unpooled.wrappedBuffer(client.callBytes("COMMAND")), table);
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("servers")
    void knowsEveryCommandOfAServer(RedisBackend server) {
        var unknown = new TreeSet<>(told(server).keySet());
        unknown.removeIf(name -> table.get(name) != null);
        assertThat(unknown).isEmpty();
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("servers")
    void agreesWithAServerWhereKeysAre(RedisBackend server) throws IOException {
        try (RawRespClient client = server.connect()) {
            BackendCommands commands = commands(client, table);
            assertThat(commands.disagreements()).isEmpty();
            assertThat(commands.ids()).isEqualTo(table.size());
            client.hello3();
            BackendCommands inResp3 = commands(client, table);
            assertThat(inResp3.disagreements()).isEmpty();
            for (CommandSpec spec : table.commands()) {
                assertThat(inResp3.has(spec)).isEqualTo(commands.has(spec));
            }
        }
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("servers")
    void letsNobodyRunWhatAServerCallsDangerousUnlessItIsHis(RedisBackend server) {
        for (Told told : told(server).values()) {
            CommandSpec spec = table.named(told.name());
            boolean dangerous =
                    told.flags().contains("admin") || told.categories().contains("@dangerous");
            if (dangerous && !ONLY_SLOW.contains(told.name())) {
                assertThat(spec.danger() != Danger.NONE || spec.placement() == Placement.LOCAL)
                        .as("%s is guarded", spec)
                        .isTrue();
            }
        }
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("servers")
    void placesCommandsByWhatAServerSaysOfThem(RedisBackend server) {
        for (Told told : told(server).values()) {
            CommandSpec spec = table.named(told.name());
            if (spec.isContainer()) {
                continue; // Before 7.0 it has the flags of all its subcommands.
            }
            boolean reads =
                    spec.operationClass() == OperationClass.SIMPLE_READ
                            || spec.operationClass() == OperationClass.COMPLEX_READ;
            if (told.flags().contains("write")) {
                assertThat(reads).as("%s reads only", spec).isFalse();
            }
            if (told.flags().contains("blocking")) {
                assertThat(spec.blocking()).as("%s blocks", spec).isNotNull();
            }
            if (told.flags().contains("pubsub")) {
                assertThat(
                                spec.placement() == Placement.SUBSCRIPTION
                                        || spec.name().endsWith("publish")
                                        || spec.name().startsWith("pubsub "))
                        .as("%s is for subscribers", spec)
                        .isTrue();
            }
        }
    }

    /** A server answers in a transaction, at once, whether it would run a command. */
    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("servers")
    void knowsLikeAServerWhatATransactionQueues(RedisBackend server) throws IOException {
        var told = told(server);
        try (RawRespClient client = server.connect()) {
            BackendCommands commands = commands(client, table);
            for (CommandSpec spec : table.commands()) {
                Told ofServer = told.get(spec.name());
                boolean isNever = ofServer != null && ofServer.flags().contains("no_multi");
                if (AT_ONCE.contains(spec.name()) || isNever) {
                    continue;
                }
                for (int more = 0; more < 6; more++) {
                    var words = new ArrayList<>(List.of(spec.name().split(" ", -1)));
                    for (int i = 0; i < more; i++) {
                        words.add("w" + i);
                    }
                    assertThat(queued(client, words))
                            .as("%s", words)
                            .isEqualTo(queued(commands, words));
                }
            }
        }
    }

    private static String queued(RawRespClient client, List<String> words) throws IOException {
        client.succeed("MULTI");
        RespValue reply = client.call(words.toArray(String[]::new));
        client.call("DISCARD");
        return reply.isError() ? reply.text() : "QUEUED";
    }

    private static String queued(BackendCommands commands, List<String> words) {
        Words command = Words.of(words);
        CommandSpec spec = commands.find(command);
        if (spec == null || !commands.has(spec)) {
            return unknown(commands, spec, command);
        }
        boolean unknownSubcommand = spec.isContainer() && command.count() > 1;
        if (unknownSubcommand) {
            // Before 7.0 only the container's own code knows, which runs at EXEC.
            return commands.errors() == CommandErrors.SINCE_6
                    ? "QUEUED"
                    : commands.errors().unknownSubcommand(command);
        }
        return commands.arityFits(spec, command) ? "QUEUED" : commands.errors().wrongArity(spec);
    }

    private static String unknown(
            BackendCommands commands, @Nullable CommandSpec spec, Words command) {
        boolean hasContainer =
                spec != null
                        && spec.name().indexOf(' ') > 0
                        && commands.has(Words.of(command.word(0)).in(CommandTable.shipped()));
        return hasContainer
                ? commands.errors().unknownSubcommand(command)
                : commands.errors().unknownCommand(command);
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("servers")
    void refusesUnknownNamesInAServersWords(RedisBackend server) throws IOException {
        List<List<String>> names =
                List.of(
                        List.of("foo"),
                        List.of("Foo", "a", "b\r\nc", "x\0y", "z".repeat(150), "q"),
                        List.of("F".repeat(200), "", "\u00ff\u0080"),
                        List.of("foo", "a".repeat(126), "b"),
                        List.of("foo", "a".repeat(124), "b", "c"),
                        List.of("foo\0bar", "a\tb"),
                        List.of("client", "fOo\0x", "a"),
                        List.of("Client", "F".repeat(200)),
                        List.of("object", "\r\n"),
                        List.of("xgroup", "", "a"));
        try (RawRespClient client = server.connect()) {
            BackendCommands commands = commands(client, table);
            for (List<String> words : names) {
                Words command = Words.of(words);
                CommandSpec found = commands.find(command);
                String expected =
                        found == null
                                ? commands.errors().unknownCommand(command)
                                : commands.errors().unknownSubcommand(command);
                byte[][] bytes =
                        words.stream()
                                .map(word -> word.getBytes(StandardCharsets.ISO_8859_1))
                                .toArray(byte[][]::new);
                client.send(RedisBytes.command(bytes));
                assertThat(new String(client.readBytes(), StandardCharsets.ISO_8859_1))
                        .isEqualTo("-" + expected + "\r\n");
            }
        }
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("servers")
    void findsKeysWhereAServerFindsThem(RedisBackend server) throws IOException {
        var random = new RandomCommands(20_261_121);
        var finder = new KeyFinder();
        int sure = 0;
        try (RawRespClient client = server.connect()) {
            BackendCommands commands = commands(client, table);
            var told = told(server);
            for (CommandSpec spec : table.commands()) {
                if (!commands.has(spec) || spec.isContainer()) {
                    continue;
                }
                Told ofServer = told.get(spec.name());
                if (ofServer == null && spec.keys().parts().isEmpty()) {
                    continue; // Before 7.0 a container's keys are at one place for all of it.
                }
                int arity = ofServer == null ? -3 : ofServer.arity();
                if (spec.name().equals("pfmerge")) {
                    arity = -3; // Without sources 7.0's specs are in error, the command is not.
                }
                for (int round = 0; round < 20; round++) {
                    List<String> words = random.command(spec, arity);
                    Words command = Words.of(words);
                    if (finder.find(spec, command)) {
                        sure++;
                        assertThat(keys(finder, command))
                                .as("%s", words)
                                .isEqualTo(keys(client, words));
                    }
                }
            }
        }
        assertThat(sure).isGreaterThan(4000);
    }

    private static Set<String> keys(KeyFinder finder, Words command) {
        var keys = new TreeSet<String>();
        for (int i = 0; i < finder.count(); i++) {
            if (finder.role(i) == Role.KEY) {
                keys.add(command.word(finder.argument(i)));
            }
        }
        return keys;
    }

    private static Set<String> keys(RawRespClient client, List<String> words) throws IOException {
        var question = new ArrayList<>(List.of("COMMAND", "GETKEYS"));
        question.addAll(words);
        RespValue reply = client.call(question.toArray(String[]::new));
        return reply.isError() ? Set.of() : new TreeSet<>(reply.texts());
    }
}
