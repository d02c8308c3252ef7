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
        return made(body, CONTEXT);
    }

    private static PreparedStatement made(byte[] body, ParseContext context) {
        return new PreparedStatement(body, context, "SELECT", OperationClass.SIMPLE_READ, null);
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
    }

    @Test
    void allTenantsTogetherHaveTooMuch() {
        PreparedStatement first = retain(table, 1);
        retain(table, 2);
        assertThat(others.isTooMuch(retain(others, 3), 100 * ONE)).isFalse();
        PreparedStatement last = retain(others, 4);
        assertThat(others.isTooMuch(last, 100 * ONE)).isTrue();
        others.release(last);
        assertThat(budget.of("globex").isProcessOverWith(TEXT)).isTrue();
        assertThat(budget.of("globex").bytesWith(TEXT)).isEqualTo(2 * ONE);
        table.release(first);
        assertThat(budget.of("globex").isProcessOverWith(TEXT)).isFalse();
    }

    @Test
    void aTextThatIsReadInAnotherContextIsCountedOnceAndUntilItIsReadInNone() {
        ParseContext other = new ParseContext("other", Settings.NONE, 0, true);
        PreparedStatement former = retain(table, 1);
        PreparedStatement moved = table.retainInContext(former, other, body -> made(body, other));
        assertThat(budget.of("acme").bytes()).isEqualTo(ONE + TextBudget.AROUND);
        assertThat(table.retainInContext(former, other, body -> made(body, other))).isSameAs(moved);

        table.release(former);
        assertThat(budget.of("acme").bytes()).isEqualTo(ONE);
        assertThat(moved.body()).hasSize(TEXT);
        table.release(moved);
        table.release(moved);
        assertThat(budget.of("acme").bytes()).isZero();
        assertThat(table.size()).isZero();
    }

    @Test
    void longTextsOfUnnamedStatementsCountAndShortOnesDoNot() {
        PreparedStatement unnamed = made(new byte[TEXT]);
        assertThat(table.keep(unnamed, 2 * ONE)).isTrue();
        assertThat(budget.of("acme").bytes()).isEqualTo(ONE);
        PreparedStatement tooLong = made(new byte[2 * TEXT]);
        assertThat(table.keep(tooLong, 2 * ONE)).isFalse();
        assertThat(tooLong.body()).isEmpty();
        table.drop(tooLong);
        assertThat(budget.of("acme").bytes()).isEqualTo(ONE);
        table.drop(unnamed);
        assertThat(unnamed.body()).isEmpty();
        PreparedStatement small = made(new byte[100]);
        assertThat(table.keep(small, 0)).isTrue();
        assertThat(budget.of("acme").bytes()).isZero();
        table.drop(small);
        assertThat(budget.of("acme").bytes()).isZero();
    }
}
