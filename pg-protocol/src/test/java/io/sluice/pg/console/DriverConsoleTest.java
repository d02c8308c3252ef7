package io.sluice.pg.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.ConsoleConfig.Role;
import io.sluice.console.Console;
import io.sluice.console.Operator;
import io.sluice.console.Reply;
import io.sluice.console.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DriverConsoleTest {
    private static final Operator OPERATOR = new Operator("stats", Role.STATS, "here");

    private static final List<Table.Column> COLUMNS =
            List.of(new Table.Column("name", Table.Type.TEXT));

    private final List<String> asked = new ArrayList<>();
    private final DriverConsole console =
            new DriverConsole(
                    new Console() {
                        @Override
                        public CompletionStage<Reply> execute(Operator operator, String command) {
                            asked.add(command);
                            return CompletableFuture.completedFuture(new Reply.Done("asked"));
                        }

                        @Override
                        public List<Table.Column> columnsOf(String command) {
                            return COLUMNS;
                        }
                    });

    private Reply ask(String command) {
        return console.execute(OPERATOR, command).toCompletableFuture().join();
    }

    @ParameterizedTest
    @CsvSource({
        "BEGIN, BEGIN",
        "start transaction isolation level serializable, START TRANSACTION",
        "COMMIT;, COMMIT",
        "rollback, ROLLBACK",
        "DISCARD ALL, DISCARD",
    })
    void answersWhatDriversSendAroundACommand(String command, String tag) {
        assertThat(ask(command)).isEqualTo(new Reply.Done(tag));
        assertThat(asked).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SET extra_float_digits = 3",
                "set application_name to 'x'",
                "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
                "SET TIME ZONE 'UTC'"
            })
    void ignoresTheSettingsThatDriversMake(String command) {
        assertThat(ask(command)).isEqualTo(new Reply.Notice("SET ignored", "", "SET"));
        assertThat(asked).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "SHOW client_encoding, client_encoding, UTF8",
        "SHOW TRANSACTION ISOLATION LEVEL, transaction_isolation_level, read committed",
        "select 1;, ?column?, 1",
    })
    void showsTheSettingsThatDriversAskFor(String command, String column, String value) {
        assertThat(ask(command))
                .isInstanceOfSatisfying(
                        Reply.Rows.class,
                        rows -> {
                            assertThat(rows.table().columns())
                                    .containsExactly(new Table.Column(column, Table.Type.TEXT))
                                    .isEqualTo(console.columnsOf(command));
                            assertThat(rows.table().rows()).containsExactly(new Object[] {value});
                        });
        assertThat(asked).isEmpty();
    }

    @Test
    void leavesTheRestToTheConsole() {
        for (String command : List.of("", "SHOW POOLS", "SET max_client_conn = 5", "PAUSE", "(")) {
            assertThat(ask(command)).isEqualTo(new Reply.Done("asked"));
            assertThat(console.columnsOf(command)).isEqualTo(COLUMNS);
        }
        assertThat(asked).hasSize(5);
    }
}
