package io.sluice.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.console.Statement.Assignment;
import io.sluice.console.Statement.Empty;
import io.sluice.console.Statement.Order;
import io.sluice.console.Statement.Show;
import io.sluice.console.Statement.Wrong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StatementTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SHOW POOLS",
                "show pools;",
                "  Show\n\tpools ; ; ",
                "SELECT pools",
                "/* who /* nested */ asks */ SHOW -- comment\n POOLS -- more",
                "SHOW 'pools'",
                "SHOW \"POOLS\""
            })
    void understandsShowHoweverItIsWritten(String text) {
        assertThat(Statement.parse(text)).isEqualTo(new Show("POOLS"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  ", ";", " ; ;", "-- only a comment", "/* only a comment */"})
    void findsNothingInNothing(String text) {
        assertThat(Statement.parse(text)).isEqualTo(new Empty());
    }

    @Test
    void keepsTheCaseOfArguments() {
        assertThat(Statement.parse("pause MyDb;")).isEqualTo(new Order("PAUSE", "MyDb"));
        assertThat(Statement.parse("KILL acme/shop")).isEqualTo(new Order("KILL", "acme/shop"));
        assertThat(Statement.parse("resume \"a \"\"b\"\" c\""))
                .isEqualTo(new Order("RESUME", "a \"b\" c"));
        assertThat(Statement.parse("RELOAD")).isEqualTo(new Order("RELOAD", null));
    }

    @Test
    void understandsEveryFormOfSet() {
        var expected = new Assignment("TIMEZONE", "GMT");
        assertThat(Statement.parse("SET timezone = 'GMT'")).isEqualTo(expected);
        assertThat(Statement.parse("set TimeZone to GMT;")).isEqualTo(expected);
        assertThat(Statement.parse("SET SESSION timezone='GMT'")).isEqualTo(expected);
        assertThat(Statement.parse("SET TIME ZONE 'GMT'")).isEqualTo(expected);
        assertThat(Statement.parse("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"))
                .isEqualTo(new Assignment("SESSION CHARACTERISTICS", ""));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SHOW \"pools",
                "SHOW 'pools",
                "/* SHOW POOLS",
                "SET a",
                "SET a b",
                "'SHOW' POOLS",
                "= SHOW",
                "SELECT",
                "SELECT a, b",
                "PAUSE (db)",
                "SHOW POOLS; SHOW STATS"
            })
    void saysWhatIsWrong(String text) {
        assertThat(Statement.parse(text)).isInstanceOf(Wrong.class);
    }

    @Test
    void refusesCommandsOfAnyLength() {
        assertThat(Statement.parse("SHOW " + "x".repeat(Statement.MAX_LENGTH)))
                .isInstanceOf(Wrong.class);
    }
}
