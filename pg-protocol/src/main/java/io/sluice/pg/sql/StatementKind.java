package io.sluice.pg.sql;

/** What a statement does to the data, as far as its text shows. */
public enum StatementKind {
    /** Changes nothing: SELECT without locks or INTO, VALUES, TABLE, SHOW, EXPLAIN of anything. */
    READ,
    /** Changes rows, or may: also CALL, DO, EXECUTE, a locking SELECT, COPY from a server file. */
    WRITE,
    /** BEGIN, COMMIT, ROLLBACK, savepoints, two-phase commit. */
    TRANSACTION,
    /** Changes the catalog. */
    DDL,
    /** COPY … FROM STDIN: the client sends data. */
    COPY_IN,
    /** COPY … TO STDOUT: the server sends data. */
    COPY_OUT,
    /** SET, RESET, DISCARD. */
    SETTING,
    /** All else: cursors, LISTEN, PREPARE, VACUUM, unknown commands. */
    UTILITY
}
