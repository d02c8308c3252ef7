package io.sluice.resp.command;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CommandErrorsTest {

    @Test
    void quotesAnUnknownCommandAsEachVersionDoes() {
        var words = Words.of("Foo", "a", "b\r\nc", "x\0y", "");
        assertThat(CommandErrors.SINCE_6.unknownCommand(words))
                .isEqualTo(
                        "ERR unknown command `Foo`, with args beginning with: `a`, `b  c`, `x`, ``, ");
        assertThat(CommandErrors.SINCE_7.unknownCommand(words))
                .isEqualTo(
                        "ERR unknown command 'Foo', with args beginning with: 'a' 'b  c' 'x' '' ");
    }

    @Test
    void showsNoMoreOfItThanRedis() {
        var words = Words.of("F".repeat(2000), "a".repeat(126), "b");
        assertThat(CommandErrors.SINCE_7.unknownCommand(words))
                .isEqualTo(
                        "ERR unknown command '"
                                + "F".repeat(128)
                                + "', with args beginning with: '"
                                + "a".repeat(126)
                                + "' ");
        assertThat(CommandErrors.SINCE_6.unknownCommand(words)).hasSizeLessThan(1300);
    }

    @Test
    void namesTheHelpOfAContainer() {
        var words = Words.of("client", "fOo\u00e4\r\n\0x", "b");
        assertThat(CommandErrors.SINCE_6.unknownSubcommand(words))
                .isEqualTo(
                        "ERR Unknown subcommand or wrong number of arguments for 'fOo\u00e4  '."
                                + " Try CLIENT HELP.");
        assertThat(CommandErrors.SINCE_7.unknownSubcommand(words))
                .isEqualTo("ERR unknown subcommand 'fOo\u00e4  '. Try CLIENT HELP.");
    }

    @Test
    void namesASubcommandAsRedisDoes() {
        CommandTable table = CommandTable.shipped();
        assertThat(CommandErrors.SINCE_7.wrongArity(table.named("client setname")))
                .isEqualTo("ERR wrong number of arguments for 'client|setname' command");
        assertThat(CommandErrors.SINCE_6.wrongArity(table.named("get")))
                .isEqualTo("ERR wrong number of arguments for 'get' command");
    }
}
