package io.sluice.pg.sql;

import io.sluice.guard.OperationClass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a query string does, as far as its text shows; filled by {@link SqlClassifier}.
 *
 * <p>It is reused: what it says holds until the classifier is reset. Reading it allocates nothing
 * but {@link #settings} where there are any. Confined to the thread of its classifier.
 */
public final class Classified {
    /** Statements that are listed one by one; further ones are counted, and their effects seen. */
    public static final int LISTED_STATEMENTS = 1024;

    /** Changes of settings that are kept, in number and in characters; more of them pin. */
    public static final int LISTED_SETTINGS = 128;

    private static final int SETTINGS_LENGTH = 64 * 1024;

    private int statements;
    private long effects;
    private int pins;
    private boolean writes;
    private OperationClass operationClass = OperationClass.SIMPLE_READ;
    private List<SettingChange> settings = List.of();
    private int settingsLength;

    private Command[] commands = new Command[4];
    private StatementKind[] kinds = new StatementKind[4];
    private int[] starts = new int[4];
    private int[] ends = new int[4];

    Classified() {}

    /** How many statements there are; empty ones between semicolons do not count. */
    public int statementCount() {
        return statements;
    }

    /** The command of the first statement, {@link Command#NONE} if there is none. */
    public Command command() {
        return statements == 0 ? Command.NONE : commands[0];
    }

    /** The kind of the first statement, {@link StatementKind#UTILITY} if there is none. */
    public StatementKind kind() {
        return statements == 0 ? StatementKind.UTILITY : kinds[0];
    }

    /**
     * The command of one statement.
     *
     * @throws IndexOutOfBoundsException if there is no such statement, or it is not listed
     */
    public Command command(int statement) {
        return commands[listed(statement)];
    }

    /**
     * The kind of one statement.
     *
     * @throws IndexOutOfBoundsException if there is no such statement, or it is not listed
     */
    public StatementKind kind(int statement) {
        return kinds[listed(statement)];
    }

    /**
     * Where a statement's first token begins, in bytes from the beginning of the text.
     *
     * @throws IndexOutOfBoundsException if there is no such statement, or it is not listed
     */
    public int start(int statement) {
        return starts[listed(statement)];
    }

    /**
     * Where a statement's last token ends (exclusive); neither semicolon nor trailing comment are
     * included.
     *
     * @throws IndexOutOfBoundsException if there is no such statement, or it is not listed
     */
    public int end(int statement) {
        return ends[listed(statement)];
    }

    /** The most patient class among the statements. */
    public OperationClass operationClass() {
        return operationClass;
    }

    /** Whether any statement does this. */
    public boolean has(Effect effect) {
        return (effects & effect.bit()) != 0;
    }

    /** Whether any statement names a prepared one: PREPARE, EXECUTE or DEALLOCATE. */
    public boolean namesStatement() {
        return has(Effect.SQL_PREPARE) || has(Effect.SQL_EXECUTE) || has(Effect.DEALLOCATE);
    }

    /** All effects, bit {@code 1L << effect.ordinal()} for each; 0 for plain reads. */
    public long effects() {
        return effects;
    }

    /** Whether there are statements, all of kind {@link StatementKind#READ}, without any effect. */
    public boolean isReadOnly() {
        return !writes && statements > 0 && effects == 0 && pins == 0;
    }

    /** Whether the session must keep its server connection, if the server accepts the text. */
    public boolean pins() {
        return pins != 0;
    }

    /** Whether it must do so for this reason. */
    public boolean pins(PinReason reason) {
        return (pins & reason.bit()) != 0;
    }

    /** The changes of session settings, in order; SET LOCAL and its like are not among them. */
    public List<SettingChange> settings() {
        return settings;
    }

    void reset() {
        statements = 0;
        effects = 0;
        pins = 0;
        writes = false;
        operationClass = OperationClass.SIMPLE_READ;
        settings = List.of();
        settingsLength = 0;
        if (starts.length > 64) { // one long script must not cost a session forever
            commands = new Command[4];
            kinds = new StatementKind[4];
            starts = new int[4];
            ends = new int[4];
        }
    }

    void statement(
            Command command, StatementKind kind, OperationClass ofStatement, int start, int end) {
        if (statements < LISTED_STATEMENTS) {
            if (statements == starts.length) {
                int capacity = 2 * statements;
                commands = Arrays.copyOf(commands, capacity);
                kinds = Arrays.copyOf(kinds, capacity);
                starts = Arrays.copyOf(starts, capacity);
                ends = Arrays.copyOf(ends, capacity);
            }
            commands[statements] = command;
            kinds[statements] = kind;
            starts[statements] = start;
            ends[statements] = end;
        }
        statements++;
        writes |= kind != StatementKind.READ;
        if (ofStatement.compareTo(operationClass) > 0) {
            operationClass = ofStatement;
        }
    }

    void add(long ofStatement) {
        effects |= ofStatement;
    }

    void pin(int reasons) {
        pins |= reasons;
    }

    void add(SettingChange change) {
        int length = settingsLength + change.text().length();
        if (settings.size() == LISTED_SETTINGS || length > SETTINGS_LENGTH) {
            pins |= PinReason.UNREADABLE_SETTING.bit();
            return;
        }
        settingsLength = length;
        if (settings.isEmpty()) {
            settings = new ArrayList<>(2);
        }
        settings.add(change);
    }

    private int listed(int statement) {
        if (statement < 0 || statement >= Math.min(statements, LISTED_STATEMENTS)) {
            throw new IndexOutOfBoundsException(
                    "statement %d of %d".formatted(statement, statements));
        }
        return statement;
    }
}
