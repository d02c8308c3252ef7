package io.sluice.pg.statement;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.guard.OperationClass;
import io.sluice.pg.settings.Settings;
import org.junit.jupiter.api.Test;

/** What texts of prepared statements take of the heap, and who has too much. */
class TextBudgetTest {
    private static final ParseContext CONTEXT = new ParseContext("", Settings.NONE, 0, true);
    private static final int TEXT = 10_000;
    private static final long ONE = TEXT + TextBudget.AROUND;

    private final TextBudget budget = new TextBudget(3 * ONE);
    private final StatementTable table = new StatementTable(budget.of("acme"));
    private final StatementTable sibling = new StatementTable(budget.of("acme"));
    private final StatementTable others = new StatementTable(budget.of("globex"));

    private static PreparedStatement made(byte[] body) {
        return new PreparedStatement(body, CONTEXT, "SELECT", OperationClass.SIMPLE_READ, null);
    }

    private static PreparedStatement retain(StatementTable in, int first) {
        byte[] body = new byte[TEXT];
        body[0] = (byte) first;
        return in.retain(body, CONTEXT, TextBudgetTest::made);
    }

    @Test
    void aTextIsCountedOnceInAPoolAndUntilTheLastClientHasForgottenIt() {
        PreparedStatement statement = retain(table, 1);
        retain(table, 1);
        assertThat(budget.of("acme").bytes()).isEqualTo(ONE);
        retain(sibling, 1);
        assertThat(budget.of("acme").bytes()).isEqualTo(2 * ONE);
        table.release(statement);
        assertThat(budget.of("acme").bytes()).isEqualTo(2 * ONE);
        table.release(statement);
        assertThat(budget.of("acme").bytes()).isEqualTo(ONE);
    }

    @Test
    void aTenantHasTooMuchWhateverPoolsItIsIn() {
        retain(sibling, 1);
        assertThat(table.isTooMuch(retain(table, 2), 2 * ONE)).isFalse();
        assertThat(table.isTooMuch(retain(table, 3), 2 * ONE)).isTrue();
        assertThat(table.isTooMuch(retain(table, 2), 2 * ONE)).as("others have it").isFalse();
        assertThat(budget.of("acme").isProcessOver()).isFalse();
    }

    @Test
    void allTenantsTogetherHaveTooMuch() {
        retain(table, 1);
        retain(table, 2);
        assertThat(others.isTooMuch(retain(others, 3), 100 * ONE)).isFalse();
        PreparedStatement last = retain(others, 4);
        assertThat(others.isTooMuch(last, 100 * ONE)).isTrue();
        assertThat(budget.of("globex").isProcessOver()).isTrue();
        others.release(last);
        assertThat(budget.of("globex").isProcessOver()).isFalse();
    }

    @Test
    void longTextsOfUnnamedStatementsCountAndShortOnesDoNot() {
        PreparedStatement unnamed = made(new byte[TEXT]);
        table.keep(unnamed);
        assertThat(budget.of("acme").bytes()).isEqualTo(ONE);
        assertThat(table.hasRoomForUnnamed(TEXT, 2 * ONE)).isTrue();
        assertThat(table.hasRoomForUnnamed(2 * TEXT, 2 * ONE)).isFalse();
        assertThat(table.hasRoomForUnnamed(100, ONE)).isTrue();
        table.drop(unnamed);
        assertThat(unnamed.body()).isEmpty();
        PreparedStatement small = made(new byte[100]);
        table.keep(small);
        assertThat(budget.of("acme").bytes()).isZero();
        table.drop(small);
        assertThat(budget.of("acme").bytes()).isZero();
    }
}
