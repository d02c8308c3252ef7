package io.sluice.resp.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.guard.OperationClass;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandTableTest {
    private final CommandTable table = CommandTable.shipped();

    @Test
    void findsEveryCommandInWhicheverCase() {
        for (CommandSpec spec : table.commands()) {
            String[] words = spec.name().split(" ", -1);
            String[] upper = spec.name().toUpperCase(Locale.ROOT).split(" ", -1);
            assertThat(table.find(Words.of(words))).isSameAs(spec);
            assertThat(table.find(Words.of(upper))).isSameAs(spec);
            upper[0] = upper[0].charAt(0) + words[0].substring(1);
            assertThat(table.find(Words.of(upper))).isSameAs(spec);
        }
    }

    @Test
    void findsEveryFirstWordAtTheVeryEndOfABuffer() {
        for (CommandSpec spec : table.commands()) {
            if (spec.name().indexOf(' ') < 0) {
                byte[] name = spec.name().getBytes(StandardCharsets.US_ASCII);
                assertThat(table.find(Unpooled.wrappedBuffer(name), 0, name.length)).isSameAs(spec);
            }
        }
    }

    @Test
    void numbersCommandsDensely() {
        List<CommandSpec> commands = table.commands();
        assertThat(commands).hasSize(table.size()).hasSizeGreaterThan(500);
        for (int id = 0; id < commands.size(); id++) {
            assertThat(commands.get(id).id()).isEqualTo(id);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "G",
                "GE",
                "GETT",
                "GET ",
                "GET\0",
                "\0GET",
                "GET\0\0\0\0\0",
                "G\u00c5T",
                "[ET",
                "`et",
                "{et",
                "CONFIG\0SET",
                "client setname",
                "client|setname",
                "georadiusbymember_rx",
                "timeseries.clustersetfromshardsandmore"
            })
    void findsNothingForWhatIsNoName(String name) {
        assertThat(table.find(Words.of(name, "a"))).isNull();
    }

    @Test
    void tellsALetterFromTheSignThatDiffersFromItByTheBitOfCase() {
        var signs =
                CommandTable.of(List.of("a_b - shared simple yes -", "a.b - shared simple yes -"));
        assertThat(signs.find(Words.of("A_B"))).isNotNull();
        assertThat(signs.find(Words.of("A\u007fB"))).isNull();
        assertThat(signs.find(Words.of("A\u000eB"))).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "client,",
        "CLIENT,",
        "config,foo",
        "CONFIG,SET\0x",
        "xgroup,''",
        "object,encodings"
    })
    void givesTheContainerForASubcommandThatIsMissingOrNotKnown(String container, String sub) {
        var words = sub == null ? Words.of(container) : Words.of(container, sub, "x");
        CommandSpec found = words.in(table);
        assertThat(found).isSameAs(table.named(container.toLowerCase(Locale.ROOT)));
        assertThat(found.isContainer()).isTrue();
        assertThat(found.placement()).isEqualTo(Placement.LOCAL);
    }

    @Test
    void findsCommandsWithoutAllocating() {
        List<Words> commands = new ArrayList<>();
        for (CommandSpec spec : table.commands()) {
            commands.add(Words.of(spec.name().toUpperCase(Locale.ROOT).split(" ", -1)));
        }
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long found = count(commands, 200);
        long before = threads.getCurrentThreadAllocatedBytes();
        found += count(commands, 20);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(found).isEqualTo(220L * commands.size());
        assertThat(allocated).as("bytes for %d finds", 20 * commands.size()).isLessThan(10_000);
    }

    private long count(List<Words> commands, int rounds) {
        long found = 0;
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < commands.size(); i++) {
                if (table.find(commands.get(i)) != null) {
                    found++;
                }
            }
        }
        return found;
    }

    @Test
    void readsNoFurtherThanTheName() {
        ByteBuf exact = Unpooled.copiedBuffer("xxGEToo", StandardCharsets.US_ASCII);
        assertThat(table.find(exact, 2, 3)).isSameAs(table.named("get"));
    }

    @ParameterizedTest
    @CsvSource({
        "keys, SCAN with MATCH and COUNT",
        "flushall, UNLINK of the keys that SCAN finds",
        "flushdb, UNLINK of the keys that SCAN finds",
        "shutdown, the service manager of the server's machine",
        "bgsave, the save points of the server's own configuration",
        "bgrewriteaof, auto-aof-rewrite-percentage in the server's own configuration"
    })
    void refusesByDefaultWhatIsDangerousAndNamesWhatToUse(String name, String alternative) {
        CommandSpec spec = table.named(name);
        assertThat(spec.isBlocked() || spec.danger() == Danger.NEVER).isTrue();
        assertThat(spec.alternative()).isEqualTo(alternative);
        assertThat(spec.prefix()).isEqualTo(PrefixUse.REFUSED);
    }

    @ParameterizedTest
    @CsvSource({
        "get, SIMPLE_READ, SHARED, NONE, ALLOWED",
        "set, WRITE, SHARED, NONE, ALLOWED",
        "smembers, COMPLEX_READ, SHARED, NONE, ALLOWED",
        "hgetall, COMPLEX_READ, SHARED, NONE, ALLOWED",
        "scan, COMPLEX_READ, SHARED, NONE, SCAN",
        "eval, BATCH, SHARED, OWN_SERVER, REFUSED",
        "blpop, WRITE, BLOCKING, NONE, KEY_FIRST",
        "xread, COMPLEX_READ, BLOCKING_BY_ARGUMENT, NONE, STREAMS",
        "exec, BATCH, TRANSACTION, NONE, BLOCK",
        "subscribe, SIMPLE_READ, SUBSCRIPTION, NONE, SUBSCRIPTION",
        "client setname, SIMPLE_READ, LOCAL, NONE, ALLOWED",
        "client tracking, SIMPLE_READ, STATEFUL, OWN_SERVER, REFUSED",
        "wait, WRITE, WAITING, NONE, ALLOWED",
        "monitor, OTHER, REFUSED, NEVER, REFUSED",
        "himport prepare, OTHER, REFUSED, NEVER, REFUSED"
    })
    void saysWhereACommandGoes(
            String name, OperationClass kind, Placement place, Danger danger, PrefixUse prefix) {
        CommandSpec spec = table.named(name);
        assertThat(spec.operationClass()).isEqualTo(kind);
        assertThat(spec.placement()).isEqualTo(place);
        assertThat(spec.danger()).isEqualTo(danger);
        assertThat(spec.prefix()).isEqualTo(prefix);
        assertThat(spec.label()).isEqualTo(name);
    }

    @Test
    void knowsWhatLeavesStateOnAConnection() {
        for (String name :
                List.of(
                        "select",
                        "auth",
                        "hello",
                        "reset",
                        "subscribe",
                        "client reply",
                        "monitor")) {
            assertThat(table.named(name).leavesState()).as(name).isTrue();
        }
        for (String name : List.of("get", "ping", "client id", "watch", "eval")) {
            assertThat(table.named(name).leavesState()).as(name).isFalse();
        }
        assertThat(table.named("client maint_notifications").isRefusedAsUnknown()).isTrue();
    }

    @Test
    void hasNoCommandOfAnUnknownName() {
        assertThatThrownBy(() -> table.named("gett"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'gett'");
    }
}
