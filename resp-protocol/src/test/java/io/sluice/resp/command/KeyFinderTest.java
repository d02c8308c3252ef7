package io.sluice.resp.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.sluice.resp.command.KeySpec.Role;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyFinderTest {
    private final CommandTable table = CommandTable.shipped();
    private final KeyFinder finder = new KeyFinder();

    /** What was found, in words: a key as it is, anything else with its role before it. */
    private List<String> found(Words words) {
        var found = new ArrayList<String>();
        for (int i = 0; i < finder.count(); i++) {
            String word = words.word(finder.argument(i));
            Role role = finder.role(i);
            found.add(role == Role.KEY ? word : role + ":" + word);
            assertThat(finder.has(role)).isTrue();
        }
        return found;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET k | k",
                "set k v EX 1 | k",
                "DEL a b c | a b c",
                "MSET a 1 b 2 | a b",
                "MSETEX 2 a 1 b 2 EX 10 | a b",
                "RENAME a b | a b",
                "BITOP AND d a b | d a b",
                "BLPOP a b 0 | a b",
                "BLMPOP 0 2 a b LEFT | a b",
                "LMPOP 1 a RIGHT COUNT 2 | a",
                "ZUNIONSTORE d 2 a b WEIGHTS 1 2 | d a b",
                "ZDIFF 2 a b WITHSCORES | a b",
                "EVAL script 2 a b c | a b",
                "EVAL script 0 a | ''",
                "OBJECT ENCODING k | k",
                "XGROUP CREATE s g $ MKSTREAM | s",
                "JSON.MGET a b $.path | a b",
                "JSON.MSET a $ 1 b $ 2 | a b",
                "TS.MADD a 1 1 b 2 2 | a b",
                "CMS.MERGE d 2 a b WEIGHTS 1 1 | d a b",
                "SORT k | k",
                "SORT k BY w_* GET # GET o_*->f LIMIT 0 1 ASC ALPHA STORE d"
                        + " | k TEMPLATE:w_* TEMPLATE:o_*->f d",
                "SORT k BY STORE GET STORE | k TEMPLATE:STORE TEMPLATE:STORE",
                "SORT k STORE a STORE b | k a b",
                "SORT_RO k BY nosort | k TEMPLATE:nosort",
                "GEORADIUS k 1 2 3 km WITHDIST COUNT 3 ANY ASC STORE d | k d",
                "GEORADIUSBYMEMBER k STORE 3 km STOREDIST d | k d",
                "GEORADIUSBYMEMBER k m 3 km | k",
                "XREAD STREAMS a b 0 0 | a b",
                "XREAD COUNT 1 BLOCK 0 STREAMS a $ | a",
                "XREADGROUP GROUP STREAMS BLOCK NOACK STREAMS COUNT > | COUNT",
                "XREADGROUP GROUP g c CLAIM 10 STREAMS a > | a",
                "TS.READ k 0 BLOCK 10 1 | k",
                "SCAN 0 | ''",
                "SCAN 0 MATCH MATCH COUNT 10 TYPE string | GLOB:MATCH",
                "KEYS * | GLOB:*",
                "COPY a b | a b",
                "COPY a b REPLACE DB 3 | a b DATABASE:3",
                "MOVE a 3 | a DATABASE:3",
                "SWAPDB 1 2 | DATABASE:1 DATABASE:2",
                "SELECT 1 | DATABASE:1",
                "MIGRATE h 1 k 0 10 COPY | k DATABASE:0",
                "MIGRATE h 1 '' 0 10 AUTH2 KEYS p KEYS a b | DATABASE:0 a b",
                "STRALGO LCS IDX KEYS a b | a b",
                "STRALGO LCS STRINGS KEYS b | ''",
                "PUBLISH c m | CHANNEL:c",
                "SUBSCRIBE a b | CHANNEL:a CHANNEL:b",
                "PUNSUBSCRIBE | ''",
                "PSUBSCRIBE a* | CHANNEL_GLOB:a*",
                "PUBSUB CHANNELS | ''",
                "PUBSUB NUMSUB a b | CHANNEL:a CHANNEL:b",
                "PING | ''"
            })
    void findsWhatATenantNames(String command, String expected) {
        Words words = words(command);
        assertThat(finder.find(words.in(table), words)).isTrue();
        assertThat(String.join(" ", found(words))).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET",
                "RENAME a",
                "BLPOP 0",
                "MSET",
                "EVAL script",
                "EVAL script 3 a b",
                "EVAL script -1 a",
                "EVAL script +1 a",
                "EVAL script 01 a",
                "EVAL script 1x a",
                "EVAL script '' a",
                "EVAL script 99999999999999999999 a",
                "EVAL script 4294967297 a",
                "MSETEX 2 a 1",
                "ZUNIONSTORE d x a",
                "SORT",
                "SORT k BY",
                "SORT k LIMIT 1",
                "SORT k FOO",
                "GEORADIUS k 1 2 3",
                "GEORADIUS k 1 2 3 km STORE",
                "XREAD STREAMS",
                "XREAD STREAMS a",
                "XREAD FOO STREAMS a 0",
                "SCAN",
                "SCAN 0 MATCH",
                "COPY a b DB",
                "MIGRATE h 1 k 0 10 KEYS",
                "TS.READ k 0 BLOCK 1"
            })
    void saysWhenItIsNotSure(String command) {
        Words words = words(command);
        assertThat(finder.find(words.in(table), words)).isFalse();
    }

    /** Servers compare options up to a zero byte only. */
    @Test
    void isNotSureOfAnOptionThatAServerMayReadAsAnother() {
        var scan = Words.of("SCAN", "0", "MATCH\0x", "*");
        assertThat(finder.find(scan.in(table), scan)).isFalse();
        var read = Words.of("XREAD", "COUNT", "1", "STREAMS\0", "a", "0");
        assertThat(finder.find(read.in(table), read)).isFalse();
    }

    @Test
    void forgetsTheCommandBefore() {
        var copy = Words.of("COPY", "a", "b", "DB", "1");
        assertThat(finder.find(copy.in(table), copy)).isTrue();
        var get = Words.of("GET", "k");
        assertThat(finder.find(get.in(table), get)).isTrue();
        assertThat(found(get)).containsExactly("k");
        assertThat(finder.has(Role.DATABASE)).isFalse();
    }

    @Test
    void findsManyKeysAndThenFew() {
        var many = new ArrayList<String>(List.of("MGET"));
        for (int i = 0; i < 100_000; i++) {
            many.add("k" + i);
        }
        var mget = Words.of(many);
        for (int round = 0; round < 2; round++) {
            assertThat(finder.find(mget.in(table), mget)).isTrue();
            assertThat(finder.count()).isEqualTo(100_000);
            assertThat(finder.argument(99_999)).isEqualTo(100_000);
        }
    }

    @Test
    void findsKeysWithoutAllocating() {
        List<Words> commands =
                List.of(
                        Words.of("GET", "k"),
                        Words.of("MSET", "a", "1", "b", "2"),
                        Words.of("EVAL", "script", "2", "a", "b"),
                        Words.of("XREAD", "COUNT", "1", "BLOCK", "10", "STREAMS", "a", "0"));
        List<CommandSpec> specs = commands.stream().map(words -> words.in(table)).toList();
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long found = find(specs, commands, 20_000);
        long before = threads.getCurrentThreadAllocatedBytes();
        found += find(specs, commands, 2_000);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(found).isEqualTo(22_000 * 6);
        assertThat(allocated).as("bytes for 8000 commands").isLessThan(10_000);
    }

    private long find(List<CommandSpec> specs, List<Words> commands, int rounds) {
        long found = 0;
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < commands.size(); i++) {
                if (finder.find(specs.get(i), commands.get(i))) {
                    found += finder.count();
                }
            }
        }
        return found;
    }

    private static Words words(String command) {
        var words = new ArrayList<String>();
        for (String word : command.strip().split(" +", -1)) {
            words.add(word.equals("''") ? "" : word);
        }
        return Words.of(words);
    }
}
