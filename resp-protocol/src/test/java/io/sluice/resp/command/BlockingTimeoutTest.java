package io.sluice.resp.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class BlockingTimeoutTest {
    private final CommandTable table = CommandTable.shipped();

    private long nanos(String... words) {
        var command = Words.of(words);
        return BlockingTimeout.nanos(command.in(table), command);
    }

    private long nanos(String command) {
        return nanos(command.split(" ", -1));
    }

    static Stream<org.junit.jupiter.params.provider.Arguments> timeouts() {
        return Stream.of(
                arguments("BLPOP a b 5", Duration.ofSeconds(5)),
                arguments("BRPOP a 0.5", Duration.ofMillis(500)),
                arguments("BZPOPMIN a .25", Duration.ofMillis(250)),
                arguments("BZPOPMAX a 1e-1", Duration.ofMillis(100)),
                arguments("BLPOP a 1.", Duration.ofSeconds(1)),
                arguments("BLPOP a 01", Duration.ofSeconds(1)),
                arguments("BLPOP a 0.0001", Duration.ofMillis(1)),
                arguments("BLMOVE a b LEFT RIGHT 3", Duration.ofSeconds(3)),
                arguments("BLMOVEM a b LEFT RIGHT 3 COUNT 7 BULK", Duration.ofSeconds(3)),
                arguments("BRPOPLPUSH a b 2", Duration.ofSeconds(2)),
                arguments("BLMPOP 4 2 a b LEFT", Duration.ofSeconds(4)),
                arguments("BZMPOP 4 1 a MIN", Duration.ofSeconds(4)),
                arguments("XREAD BLOCK 1500 STREAMS a $", Duration.ofMillis(1500)),
                arguments("XREAD BLOCK 1 COUNT 2 BLOCK 30 STREAMS a $", Duration.ofMillis(30)),
                arguments("XREADGROUP GROUP g c BLOCK 20 STREAMS a >", Duration.ofMillis(20)),
                arguments("TS.READ k 0 MAX_COUNT 5 BLOCK 20 1", Duration.ofMillis(20)),
                arguments("WAIT 1 100", Duration.ofMillis(100)),
                arguments("WAITAOF 1 1 100", Duration.ofMillis(100)));
    }

    @ParameterizedTest
    @MethodSource("timeouts")
    void readsHowLongACommandMayBlock(String command, Duration expected) {
        assertThat(Duration.ofNanos(nanos(command))).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "BLPOP a 0",
                "BLPOP a 0.0",
                "BLPOP a -0",
                "XREAD BLOCK 0 STREAMS a $",
                "WAIT 1 0"
            })
    void tellsForeverFromATime(String command) {
        assertThat(nanos(command)).isEqualTo(BlockingTimeout.FOREVER);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET a",
                "XREAD STREAMS a 0",
                "XREAD COUNT 1 STREAMS BLOCK 0",
                "XREADGROUP GROUP BLOCK BLOCK NOACK STREAMS BLOCK >",
                "TS.READ k 0 MAX_COUNT 3"
            })
    void tellsWhatDoesNotAskToBlock(String command) {
        assertThat(nanos(command)).isEqualTo(BlockingTimeout.NOT_BLOCKING);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "BLPOP a x",
                "BLPOP a 1s",
                "BLPOP a 1d",
                "BLPOP a 0x10",
                "BLPOP a NaN",
                "BLPOP a Infinity",
                "BLPOP a -1",
                "BLPOP a 1e300",
                "BLPOP a 1e",
                "BLPOP a 99999999999999999999",
                "BLPOP",
                "BLMOVE a b LEFT RIGHT",
                "XREAD BLOCK",
                "XREAD BLOCK x STREAMS a $",
                "XREAD BLOCK 1.5 STREAMS a $",
                "XREAD BLOCK -1 STREAMS a $",
                "XREAD BLOCK 9223372036854775807 STREAMS a $",
                "XREAD FOO BLOCK 1 STREAMS a $",
                "WAIT 1"
            })
    void leavesToTheServerWhatIsNoTime(String command) {
        assertThat(nanos(command)).isEqualTo(BlockingTimeout.UNKNOWN);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " 1", "1 ", "1\0", "1\n"})
    void leavesToTheServerWhatJavaWouldRead(String timeout) {
        assertThat(nanos("BLPOP", "a", timeout)).isEqualTo(BlockingTimeout.UNKNOWN);
    }

    @ParameterizedTest
    @ValueSource(strings = {"BLOCK\0", "COUNT\0x"})
    void takesAnOptionThatAServerMayReadAsBlockForOne(String option) {
        var words = new ArrayList<>(List.of("XREAD", option, "1", "STREAMS", "a", "0"));
        assertThat(nanos(words.toArray(String[]::new))).isEqualTo(BlockingTimeout.UNKNOWN);
    }
}
