package io.sluice.pg.it;

import org.jspecify.annotations.Nullable;

/** Which user a client of the chaos is, and so what the proxy may do to it. */
enum ChaosKind {
    /** Waits for whatever it takes, and loses nothing unless its server is killed. */
    PATIENT("app", "app"),
    /** Of whom nearly everything takes too long: Sluice's own timeouts end it at any moment. */
    HASTY("hasty", "app"),
    /** Keeps its server connection for as long as it is connected. */
    HOLDER("holder", "held"),
    /** May have another server connection for each statement, and begins no transactions. */
    STATELESS("stateless", "app");

    private final String user;
    private final String database;

    ChaosKind(String user, String database) {
        this.user = user;
        this.database = database;
    }

    /** One in ten holds, two in ten are hasty, one in ten is stateless. */
    static ChaosKind ofClient(int number) {
        return switch (number / 2 % 10) {
            case 0 -> HOLDER;
            case 1, 2 -> HASTY;
            case 3 -> STATELESS;
            default -> PATIENT;
        };
    }

    boolean hasTransactions() {
        return this != STATELESS;
    }

    /** What of it must happen; null: that which happens to all. */
    @Nullable ChaosEvent event() {
        return switch (this) {
            case PATIENT, HASTY -> null;
            case HOLDER -> ChaosEvent.SESSION_MODE;
            case STATELESS -> ChaosEvent.STATEMENT_MODE;
        };
    }

    String user() {
        return user;
    }

    String database() {
        return database;
    }

    /** What tenants' users and databases are configured by, besides user and database app. */
    static String configuration() {
        return """
        sluice.pool { max = 4, acquire-timeout = 30s }
        sluice.timeouts { idle-in-transaction = 30s, cancel = 20s }
        sluice.log { disconnections = false, pooler-errors = false, slow-query = off }
        sluice.tenants.acme.postgres {
          databases.held { dbname = acme_app }
          users.holder { verify = secret, pool-mode = session, server { user = acme, secret = secret } }
          users.stateless { verify = secret, pool-mode = statement, server { user = acme, secret = secret } }
          users.hasty {
            verify = secret
            pool { max = 3, acquire-timeout = 300ms }
            timeouts { query = 400ms, transaction = 1s, idle-in-transaction = 500ms }
            server {
              user = acme, secret = secret
              statement-timeout = off, idle-in-transaction-session-timeout = off
            }
          }
        }
        sluice.tenants.globex.postgres {
          databases.held { dbname = globex_app }
          users.holder { verify = secret, pool-mode = session, server { user = globex, secret = secret } }
          users.stateless { verify = secret, pool-mode = statement, server { user = globex, secret = secret } }
          users.hasty {
            verify = secret
            pool { max = 3, acquire-timeout = 300ms }
            timeouts { query = 400ms, transaction = 1s, idle-in-transaction = 500ms }
            # Here the server is told, too.
            server { user = globex, secret = secret }
          }
        }
        """;
    }
}
