package io.sluice.pg.sql;

/** Why a session must keep its server connection; {@link #word} is what operators see. */
public enum PinReason {
    LISTEN("listen"),
    SQL_PREPARE("sql-prepare"),
    CURSOR_WITH_HOLD("with-hold-cursor"),
    TEMP_OBJECT("temp-object"),
    ADVISORY_LOCK("advisory-lock"),
    LOAD("load"),
    /**
     * A function was called whose work only the end of the connection undoes: a backup, a temporary
     * replication slot, a replication origin.
     */
    SESSION_STATE("session-state"),
    /** A setting is changed in a way that cannot be repeated on another connection. */
    UNREADABLE_SETTING("unreadable-setting"),
    /** A statement was prepared that is too long to be prepared again elsewhere. */
    LARGE_STATEMENT("large-statement"),
    /** The text cannot be read, so it may do any of the above. */
    UNREADABLE("unreadable");

    private final String word;

    PinReason(String word) {
        this.word = word;
    }

    /** A stable word for consoles, logs and metric labels. */
    public String word() {
        return word;
    }

    /** Whether texts may from then on be read by what only this session has. */
    public boolean hidesContext() {
        return switch (this) {
            case TEMP_OBJECT, UNREADABLE_SETTING, UNREADABLE -> true;
            case LISTEN,
                    SQL_PREPARE,
                    CURSOR_WITH_HOLD,
                    ADVISORY_LOCK,
                    LOAD,
                    SESSION_STATE,
                    LARGE_STATEMENT ->
                    false;
        };
    }

    @SuppressWarnings("EnumOrdinal") // a bit in memory, never stored
    int bit() {
        return 1 << ordinal();
    }
}
