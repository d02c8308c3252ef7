package io.sluice.pg.sql;

/** Something a query string does that a pooler has to know; see {@link Classified#has}. */
public enum Effect {
    BEGINS_TRANSACTION,
    /** COMMIT, ROLLBACK, PREPARE TRANSACTION; with AND CHAIN another begins at once. */
    ENDS_TRANSACTION,
    WRITES,
    /** SELECT … FOR UPDATE, SHARE and their kin. */
    LOCKS_ROWS,
    DDL,
    COPY_IN,
    COPY_OUT,
    LISTEN,
    /** UNLISTEN of one channel. */
    UNLISTEN,
    /** UNLISTEN *, or DISCARD ALL. */
    UNLISTEN_ALL,
    /** NOTIFY or pg_notify. */
    NOTIFY,
    SQL_PREPARE,
    SQL_EXECUTE,
    /** DEALLOCATE of one statement. */
    DEALLOCATE,
    /** DEALLOCATE ALL, or DISCARD ALL: statements of the protocol are gone too. */
    DEALLOCATE_ALL,
    CURSOR_WITH_HOLD,
    TEMP_OBJECT,
    ADVISORY_LOCK,
    ADVISORY_UNLOCK,
    /** pg_advisory_unlock_all, or DISCARD ALL. */
    ADVISORY_UNLOCK_ALL,
    LOAD,
    /** At least one {@link SettingChange}, or a setting that could not be read. */
    SETTING,
    /** SET LOCAL, or set_config(…, true), of one of the {@link ParseSettings}. */
    LOCAL_PARSE_SETTING,
    DISCARD_ALL,
    DISCARD_PLANS,
    DISCARD_SEQUENCES,
    DISCARD_TEMP;

    @SuppressWarnings("EnumOrdinal") // a bit in memory, never stored
    long bit() {
        return 1L << ordinal();
    }
}
