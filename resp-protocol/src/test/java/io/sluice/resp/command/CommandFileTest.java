package io.sluice.resp.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.sluice.resp.command.CommandSpec.BlockingArgument;
import io.sluice.resp.command.KeySpec.Counted;
import io.sluice.resp.command.KeySpec.Part;
import io.sluice.resp.command.KeySpec.Range;
import io.sluice.resp.command.KeySpec.Read;
import io.sluice.resp.command.KeySpec.Role;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class CommandFileTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "get 1 shared simple yes; has fewer than 6 columns",
                "GET 1 shared simple yes -; 'GET' is no name",
                "get|a|b 1 shared simple yes -; 'get|a|b' is no name",
                "get 0 shared simple yes -; '0' is no place of an argument",
                "get 1...2 shared simple yes -; '1...2' is no place of an argument",
                "get 2..1 shared simple yes -; '2..1' ends before it begins",
                "get 1, shared simple yes -; '' is no place of an argument",
                "get key:1 shared simple yes -; 'key' is no kind of argument",
                "get glob:1# shared simple yes -; 'glob:1#' is no place of an argument",
                "get read:get shared simple yes -; 'get' is no grammar",
                "get 1 alone simple yes -; 'alone' is no place",
                "get 1 shared easy yes -; 'easy' is no class",
                "get 1 shared simple perhaps -; 'perhaps' is no prefix",
                "get 1 shared simple yes some; 'some' is no danger",
                "get 1 shared simple yes - odd; 'odd' is no option",
                "get 1 shared simple yes - state state; says 'state' twice",
                "get 1 shared simple yes - timeout=; '' is no timeout",
                "get 1 shared simple yes - timeout=0s; '0s' is no timeout",
                "get 1 shared simple yes - timeout=1s timeout=2s; has two timeouts",
                "get 1 shared simple yes - timeout=option; has no grammar with an option BLOCK",
                "get 1 shared simple yes own-database; must be refused with a prefix",
                "get 1 shared simple no never; must be 'refused' and 'never' together",
                "get 1 refused simple no -; must be 'refused' and 'never' together",
                "get 1 blocking simple yes -; blocks, so it needs a timeout",
                "get 1 block-option simple yes -; blocks by an option, so it needs a timeout",
                "get 1 shared simple yes - unknown; must be refused to be refused as unknown"
            })
    void stopsAtALineThatItDoesNotUnderstand(String line, String complaint) {
        assertThatThrownBy(() -> CommandFile.read(List.of("# intro", "", line)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("commands.txt, line 3: ")
                .hasMessageContaining(complaint)
                .hasMessageEndingWith(line);
    }

    @Test
    void stopsAtARecommendationOfNothing() {
        assertThatThrownBy(() -> CommandFile.read(List.of("get 1 shared simple yes -  >  ")))
                .hasMessageContaining("recommends nothing behind '>'");
    }

    @Test
    void stopsAtACommandThatIsThereTwice() {
        String line = "get 1 shared simple yes -";
        assertThatThrownBy(() -> CommandFile.read(List.of(line, line)))
                .hasMessageContaining("line 2: is there twice");
    }

    @Test
    void stopsAtAContainerThatWouldBeSent() {
        List<String> lines =
                List.of("object - shared simple yes -", "object|help - shared simple yes -");
        assertThatThrownBy(() -> CommandFile.read(lines))
                .hasMessageContaining("object has subcommands, so without one it must be 'local'");
    }

    static Stream<org.junit.jupiter.params.provider.Arguments> places() {
        return Stream.of(
                arguments("-", List.of()),
                arguments("2", List.of(new Range(Role.KEY, 2, 2, 1))),
                arguments("1..2", List.of(new Range(Role.KEY, 1, 2, 1))),
                arguments("1..", List.of(new Range(Role.KEY, 1, -1, 1))),
                arguments("1..-2", List.of(new Range(Role.KEY, 1, -2, 1))),
                arguments("1../2", List.of(new Range(Role.KEY, 1, -1, 2))),
                arguments("1/3", List.of(new Range(Role.KEY, 1, -1, 3))),
                arguments("1#", List.of(new Counted(1, 2, 1))),
                arguments("1#/2", List.of(new Counted(1, 2, 2))),
                arguments("1,2#", List.of(new Range(Role.KEY, 1, 1, 1), new Counted(2, 3, 1))),
                arguments(
                        "1,database:2",
                        List.of(new Range(Role.KEY, 1, 1, 1), new Range(Role.DATABASE, 2, 2, 1))),
                arguments("channel:1..", List.of(new Range(Role.CHANNEL, 1, -1, 1))),
                arguments("channel-glob:2", List.of(new Range(Role.CHANNEL_GLOB, 2, 2, 1))),
                arguments("read:sort", List.of(new Read(Grammar.SORT))));
    }

    @ParameterizedTest
    @MethodSource("places")
    void readsPlaces(String column, List<Part> parts) {
        var commands = CommandTable.of(List.of("x " + column + " shared simple yes -"));
        assertThat(commands.named("x").keys().parts()).isEqualTo(parts);
    }

    @ParameterizedTest
    @CsvSource({"timeout=-1s, -1, 1000000000", "timeout=2ms, 2, 1000000"})
    void readsTimeouts(String word, int argument, long unit) {
        var commands = CommandTable.of(List.of("x 1 blocking write yes - " + word));
        assertThat(commands.named("x").blocking()).isEqualTo(new BlockingArgument(argument, unit));
    }

    @Test
    void numbersImpliedContainersToo() {
        var commands =
                CommandTable.of(
                        List.of(
                                "a|x - shared simple yes -",
                                "b|x - shared simple yes -",
                                "a|y - shared simple yes -",
                                "c - local simple yes -",
                                "c|x - shared simple yes -"));
        assertThat(commands.commands())
                .extracting(CommandSpec::id)
                .containsExactly(0, 1, 2, 3, 4, 5, 6);
        assertThat(commands.named("c").isContainer()).isTrue();
        assertThat(commands.named("b").isContainer()).isTrue();
        assertThat(commands.named("a x").isContainer()).isFalse();
    }
}
