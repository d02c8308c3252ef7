package io.sluice.pg.it;

/** Which user a client of the chaos is, and so what the proxy may do to it. */
enum ChaosKind {
    /** Waits for whatever it takes, and loses nothing unless its server is killed. */
    PATIENT("app", "app"),
    /** Of whom nearly everything takes too long: Sluice's own timeouts end it at any moment. */
    HASTY("hasty", "app"),
    /** Keeps its server connection for as long as it is connected. */
    HOLDER("holder", "held");

    private final String user;
    private final String database;

    ChaosKind(String user, String database) {
        this.user = user;
        this.database = database;
    }

    /** One in ten holds, two in ten are hasty. */
    static ChaosKind ofClient(int number) {
        return switch (number / 2 % 10) {
            case 0 -> HOLDER;
            case 1, 2 -> HASTY;
            default -> PATIENT;
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
