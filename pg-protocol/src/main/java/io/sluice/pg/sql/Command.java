package io.sluice.pg.sql;

import static io.sluice.guard.OperationClass.BATCH;
import static io.sluice.guard.OperationClass.COMPLEX_READ;
import static io.sluice.guard.OperationClass.SIMPLE_READ;

import io.sluice.guard.OperationClass;
import java.util.Locale;

/**
 * The command of a statement, for metrics, logs and blocklists. Synonyms are one (END is COMMIT,
 * ABORT is ROLLBACK, START is BEGIN, ANALYSE is ANALYZE), WITH is the command that it leads to.
 */
public enum Command {
    /** There is no statement: the text is empty, or only comments. */
    NONE(StatementKind.UTILITY, SIMPLE_READ),
    ALTER(StatementKind.DDL, BATCH),
    ANALYZE(StatementKind.UTILITY, BATCH),
    BEGIN(StatementKind.TRANSACTION, SIMPLE_READ, Effect.BEGINS_TRANSACTION),
    CALL(StatementKind.WRITE, BATCH),
    CHECKPOINT(StatementKind.UTILITY, BATCH),
    CLOSE(StatementKind.UTILITY, SIMPLE_READ),
    CLUSTER(StatementKind.UTILITY, BATCH),
    COMMENT(StatementKind.DDL, BATCH),
    COMMIT(StatementKind.TRANSACTION, OperationClass.WRITE, Effect.ENDS_TRANSACTION),
    COMMIT_PREPARED(StatementKind.TRANSACTION, OperationClass.WRITE),
    COPY(StatementKind.UTILITY, BATCH),
    CREATE(StatementKind.DDL, BATCH),
    DEALLOCATE(StatementKind.UTILITY, SIMPLE_READ),
    DECLARE(StatementKind.UTILITY, COMPLEX_READ),
    DELETE(StatementKind.WRITE, OperationClass.WRITE),
    DISCARD(StatementKind.SETTING, SIMPLE_READ),
    DO(StatementKind.WRITE, BATCH),
    DROP(StatementKind.DDL, BATCH),
    EXECUTE(StatementKind.WRITE, BATCH, Effect.SQL_EXECUTE),
    EXPLAIN(StatementKind.READ, COMPLEX_READ),
    FETCH(StatementKind.UTILITY, COMPLEX_READ),
    GRANT(StatementKind.DDL, BATCH),
    IMPORT(StatementKind.DDL, BATCH),
    INSERT(StatementKind.WRITE, OperationClass.WRITE),
    LISTEN(StatementKind.UTILITY, SIMPLE_READ, Effect.LISTEN, PinReason.LISTEN),
    LOAD(StatementKind.UTILITY, BATCH, Effect.LOAD, PinReason.LOAD),
    LOCK(StatementKind.UTILITY, OperationClass.WRITE),
    MERGE(StatementKind.WRITE, OperationClass.WRITE),
    MOVE(StatementKind.UTILITY, COMPLEX_READ),
    NOTIFY(StatementKind.UTILITY, SIMPLE_READ, Effect.NOTIFY),
    PREPARE(StatementKind.UTILITY, SIMPLE_READ, Effect.SQL_PREPARE, PinReason.SQL_PREPARE),
    PREPARE_TRANSACTION(StatementKind.TRANSACTION, OperationClass.WRITE, Effect.ENDS_TRANSACTION),
    REASSIGN(StatementKind.DDL, BATCH),
    REFRESH(StatementKind.DDL, BATCH),
    REINDEX(StatementKind.DDL, BATCH),
    RELEASE(StatementKind.TRANSACTION, SIMPLE_READ),
    RESET(StatementKind.SETTING, SIMPLE_READ),
    REVOKE(StatementKind.DDL, BATCH),
    ROLLBACK(StatementKind.TRANSACTION, OperationClass.WRITE, Effect.ENDS_TRANSACTION),
    ROLLBACK_PREPARED(StatementKind.TRANSACTION, OperationClass.WRITE),
    ROLLBACK_TO(StatementKind.TRANSACTION, SIMPLE_READ),
    SAVEPOINT(StatementKind.TRANSACTION, SIMPLE_READ),
    SECURITY(StatementKind.DDL, BATCH),
    SELECT(StatementKind.READ, SIMPLE_READ),
    SET(StatementKind.SETTING, SIMPLE_READ),
    SHOW(StatementKind.READ, SIMPLE_READ),
    TABLE(StatementKind.READ, SIMPLE_READ),
    TRUNCATE(StatementKind.WRITE, OperationClass.WRITE),
    UNLISTEN(StatementKind.UTILITY, SIMPLE_READ),
    UPDATE(StatementKind.WRITE, OperationClass.WRITE),
    VACUUM(StatementKind.UTILITY, BATCH),
    VALUES(StatementKind.READ, SIMPLE_READ),
    /** A command that this version does not know, or no SQL at all. */
    OTHER(StatementKind.UTILITY, BATCH);

    private final StatementKind kind;
    private final OperationClass operationClass;
    private final String word = name().toLowerCase(Locale.ROOT).replace('_', ' ');

    private final long effects;
    private final int pins;

    Command(StatementKind kind, OperationClass operationClass) {
        this(kind, operationClass, 0, 0);
    }

    Command(StatementKind kind, OperationClass operationClass, Effect effect) {
        this(kind, operationClass, effect.bit(), 0);
    }

    Command(StatementKind kind, OperationClass operationClass, Effect effect, PinReason pin) {
        this(kind, operationClass, effect.bit(), pin.bit());
    }

    Command(StatementKind kind, OperationClass operationClass, long effects, int pins) {
        this.kind = kind;
        this.operationClass = operationClass;
        this.effects = effects;
        this.pins = pins;
    }

    /** The name as in SQL, in lower case: {@code select}, {@code rollback to}. */
    public String word() {
        return word;
    }

    /** What this command is when nothing in the statement says otherwise. */
    StatementKind kind() {
        return kind;
    }

    OperationClass operationClass() {
        return operationClass;
    }

    /** What it always does, as bits of {@link Effect}. */
    long effects() {
        return effects;
    }

    /** Why it always pins, as bits of {@link PinReason}. */
    int pins() {
        return pins;
    }
}
