package io.sluice.pg.statement;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.guard.OperationClass;
import io.sluice.pg.settings.Settings;
import org.junit.jupiter.api.Test;

/** Texts that clients share, and that go with the last of them. */
class StatementTableTest {
    private static final ParseContext CONTEXT = new ParseContext("", Settings.NONE, 0, true);

    private final StatementTable table = new StatementTable(new TextBudget(1000).of("acme"));

    private PreparedStatement retain(int bytes) {
        return table.retain(
                new byte[bytes],
                CONTEXT,
                body ->
                        new PreparedStatement(
                                body, CONTEXT, "SELECT", OperationClass.SIMPLE_READ, null));
    }

    @Test
    void aTextGoesWithTheLastClientThatHasItWhoeverStillRefersToTheStatement() {
        PreparedStatement statement = retain(10);
        assertThat(retain(10)).isSameAs(statement);
        table.release(statement);
        assertThat(statement.body()).hasSize(10);
        table.release(statement);
        assertThat(statement.body()).isEmpty();
        assertThat(table.size()).isZero();
        assertThat(retain(10)).isNotSameAs(statement);
    }
}
