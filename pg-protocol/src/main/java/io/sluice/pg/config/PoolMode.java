package io.sluice.pg.config;

/** When a server connection goes back to its pool. */
public enum PoolMode {
    /** When the client disconnects. */
    SESSION,
    /** When a transaction ends. */
    TRANSACTION,
    /** When a statement ends; transactions of several statements are refused. */
    STATEMENT;

    /** PgBouncer's word for it. */
    public String word() {
        return switch (this) {
            case SESSION -> "session";
            case TRANSACTION -> "transaction";
            case STATEMENT -> "statement";
        };
    }
}
