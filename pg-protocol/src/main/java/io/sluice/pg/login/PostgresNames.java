package io.sluice.pg.login;

/** Names by which the rest of Sluice knows this protocol. */
public final class PostgresNames {
    /** In the configuration, in metrics, in the console. */
    public static final String PROTOCOL = "postgres";

    /** ALPN name of the protocol, from PostgreSQL 17. */
    public static final String ALPN = "postgresql";

    private PostgresNames() {}
}
