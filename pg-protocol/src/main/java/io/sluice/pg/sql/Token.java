package io.sluice.pg.sql;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a token means to the readers of statements: a shape, or a word that they act on. All other
 * words are {@link #NAME}.
 */
enum Token {
    NONE(Role.SHAPE),
    NAME(Role.SHAPE),
    /** A name written with Unicode escapes: what it says is not known. */
    ESCAPED_NAME(Role.SHAPE),
    LITERAL(Role.SHAPE),
    VALUE(Role.SHAPE),
    OPEN(Role.SHAPE),
    CLOSE(Role.SHAPE),
    COMMA(Role.SHAPE),
    DOT(Role.SHAPE),
    SEMICOLON(Role.SHAPE),
    EQUALS(Role.SHAPE),
    STAR(Role.SHAPE),
    SYMBOL(Role.SHAPE),

    ABORT(Command.ROLLBACK),
    ALTER(Command.ALTER),
    ANALYSE(Command.ANALYZE),
    ANALYZE(Command.ANALYZE),
    BEGIN(Command.BEGIN),
    CALL(Command.CALL),
    CHECKPOINT(Command.CHECKPOINT),
    CLUSTER(Command.CLUSTER),
    COMMENT(Command.COMMENT),
    COMMIT(Command.COMMIT),
    COPY(Command.COPY),
    CREATE(Command.CREATE),
    DEALLOCATE(Command.DEALLOCATE),
    DECLARE(Command.DECLARE),
    DELETE(Command.DELETE),
    DISCARD(Command.DISCARD),
    DO(Command.DO),
    DROP(Command.DROP),
    END(Command.COMMIT),
    EXECUTE(Command.EXECUTE),
    EXPLAIN(Command.EXPLAIN),
    FETCH(Command.FETCH),
    GRANT(Command.GRANT),
    IMPORT(Command.IMPORT),
    INSERT(Command.INSERT),
    LISTEN(Command.LISTEN),
    LOAD(Command.LOAD),
    LOCK(Command.LOCK),
    MERGE(Command.MERGE),
    MOVE(Command.MOVE),
    NOTIFY(Command.NOTIFY),
    PREPARE(Command.PREPARE),
    REASSIGN(Command.REASSIGN),
    REFRESH(Command.REFRESH),
    REINDEX(Command.REINDEX),
    RELEASE(Command.RELEASE),
    RESET(Command.RESET),
    REVOKE(Command.REVOKE),
    ROLLBACK(Command.ROLLBACK),
    SAVEPOINT(Command.SAVEPOINT),
    SECURITY(Command.SECURITY),
    SELECT(Command.SELECT),
    SET(Command.SET),
    SHOW(Command.SHOW),
    START(Command.BEGIN),
    TABLE(Command.TABLE),
    TRUNCATE(Command.TRUNCATE),
    UNLISTEN(Command.UNLISTEN),
    UPDATE(Command.UPDATE),
    VACUUM(Command.VACUUM),
    VALUES(Command.VALUES),
    WITH(Command.SELECT),
    SQL_CLOSE("close", Command.CLOSE),

    ALL,
    AS,
    ATOMIC,
    AUTHORIZATION,
    BY,
    CHARACTERISTICS,
    COMMITTED,
    CONSTRAINTS,
    CUBE,
    CURSOR,
    DEFAULT,
    DEFERRABLE,
    DISTINCT,
    EXCEPT,
    FALSE,
    FOR,
    FROM,
    FUNCTION,
    GLOBAL,
    GROUP,
    GROUPING,
    HAVING,
    HOLD,
    INTERSECT,
    INTO,
    IS,
    JOIN,
    KEY,
    LIMIT,
    LOCAL,
    NAMES,
    NO,
    NOT,
    OFFSET,
    ONLY,
    OPTION,
    OR,
    ORDER,
    OVER,
    PG_CATALOG(Role.SCHEMA),
    PG_TEMP(Role.SCHEMA),
    PLANS,
    PREPARED,
    PROCEDURE,
    READ,
    RECURSIVE,
    REPEATABLE,
    REPLACE,
    ROLE,
    ROLLUP,
    SCHEMA,
    SEQUENCES,
    SERIALIZABLE,
    SESSION,
    SHARE,
    STDIN,
    STDOUT,
    TEMP,
    TEMPORARY,
    TIME,
    TO,
    TRANSACTION,
    TRUE,
    UESCAPE,
    UNCOMMITTED,
    UNION,
    USING,
    WHERE,
    WINDOW,
    WRITE,
    XML,
    ZONE,

    PG_ADVISORY_LOCK(Effect.ADVISORY_LOCK, PinReason.ADVISORY_LOCK),
    PG_ADVISORY_LOCK_SHARED(Effect.ADVISORY_LOCK, PinReason.ADVISORY_LOCK),
    PG_TRY_ADVISORY_LOCK(Effect.ADVISORY_LOCK, PinReason.ADVISORY_LOCK),
    PG_TRY_ADVISORY_LOCK_SHARED(Effect.ADVISORY_LOCK, PinReason.ADVISORY_LOCK),
    PG_ADVISORY_UNLOCK(Effect.ADVISORY_UNLOCK, null),
    PG_ADVISORY_UNLOCK_SHARED(Effect.ADVISORY_UNLOCK, null),
    PG_ADVISORY_UNLOCK_ALL(Effect.ADVISORY_UNLOCK_ALL, null),
    PG_NOTIFY(Effect.NOTIFY, null),
    PG_BACKUP_START(null, PinReason.SESSION_STATE),
    PG_COPY_LOGICAL_REPLICATION_SLOT(null, PinReason.SESSION_STATE),
    PG_COPY_PHYSICAL_REPLICATION_SLOT(null, PinReason.SESSION_STATE),
    PG_CREATE_LOGICAL_REPLICATION_SLOT(null, PinReason.SESSION_STATE),
    PG_CREATE_PHYSICAL_REPLICATION_SLOT(null, PinReason.SESSION_STATE),
    PG_REPLICATION_ORIGIN_SESSION_SETUP(null, PinReason.SESSION_STATE),
    PG_START_BACKUP(null, PinReason.SESSION_STATE),
    SET_CONFIG(Role.FUNCTION),

    ARRAY_AGG(Role.AGGREGATE),
    AVG(Role.AGGREGATE),
    BOOL_AND(Role.AGGREGATE),
    BOOL_OR(Role.AGGREGATE),
    COUNT(Role.AGGREGATE),
    JSON_AGG(Role.AGGREGATE),
    JSON_OBJECT_AGG(Role.AGGREGATE),
    JSONB_AGG(Role.AGGREGATE),
    JSONB_OBJECT_AGG(Role.AGGREGATE),
    MAX(Role.AGGREGATE),
    MIN(Role.AGGREGATE),
    PERCENTILE_CONT(Role.AGGREGATE),
    PERCENTILE_DISC(Role.AGGREGATE),
    STDDEV(Role.AGGREGATE),
    STRING_AGG(Role.AGGREGATE),
    SUM(Role.AGGREGATE),
    VARIANCE(Role.AGGREGATE);

    /** What a word is looked for as. */
    enum Role {
        SHAPE,
        KEYWORD,
        /** A name, whether quoted or not. */
        SCHEMA,
        FUNCTION,
        AGGREGATE
    }

    private static final Token[] BY_CODE = values();

    /** Fits into a byte. */
    final int code;

    final String spelling;
    final Role role;
    final @Nullable Command command;
    final @Nullable Effect onCall;
    final @Nullable PinReason pinOnCall;

    Token() {
        this(Role.KEYWORD);
    }

    Token(Role role) {
        this(null, role, null, null, null);
    }

    Token(Command command) {
        this(null, Role.KEYWORD, command, null, null);
    }

    Token(String spelling, Command command) {
        this(spelling, Role.KEYWORD, command, null, null);
    }

    Token(@Nullable Effect onCall, @Nullable PinReason pinOnCall) {
        this(null, Role.FUNCTION, null, onCall, pinOnCall);
    }

    Token(
            @Nullable String spelling,
            Role role,
            @Nullable Command command,
            @Nullable Effect onCall,
            @Nullable PinReason pinOnCall) {
        code = number();
        this.spelling = spelling == null ? name().toLowerCase(Locale.ROOT) : spelling;
        this.role = role;
        this.command = command;
        this.onCall = onCall;
        this.pinOnCall = pinOnCall;
    }

    @SuppressWarnings("EnumOrdinal") // a number in memory, never stored
    private int number() {
        return ordinal();
    }

    /** The token of the lowest byte. */
    static Token of(long codes) {
        return BY_CODE[(int) codes & 0xff];
    }
}
