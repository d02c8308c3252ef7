package io.sluice.testbed;

import io.sluice.config.Secret;
import io.sluice.spi.Demonstration.Ports;
import io.sluice.tenant.credential.PasswordHasher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/**
 * What the demo configures: two tenants, their databases on one PostgreSQL and their keys on one
 * Redis, and the passwords, which are made anew each time.
 *
 * @param app the password of the tenants' users, at Sluice and at the servers
 * @param admin that of the console's user
 */
record DemoConfig(String app, String admin) {

    static final List<String> TENANTS = List.of("acme", "globex");

    /** With new passwords. */
    static DemoConfig create() {
        return new DemoConfig(newPassword(), newPassword());
    }

    /** The tenant's user at the servers. */
    static String serverUser(String tenant) {
        return tenant + "_app";
    }

    /** The tenant's database. */
    static String database(String tenant) {
        return tenant + "_shop";
    }

    /** Gives each tenant a database and its owner. */
    void prepare(PostgresBackend postgres) {
        for (String tenant : TENANTS) {
            postgres.createRole(serverUser(tenant), app);
            postgres.createDatabase(database(tenant), serverUser(tenant));
        }
    }

    /**
     * Gives each tenant a user that Redis itself keeps to the tenant's keys and channels, whatever
     * Sluice lets pass; commands that know no keys it is not given. All CLIENT commands count as an
     * administrator's in Redis 6.2.
     */
    void prepare(RedisBackend redis) {
        for (String tenant : TENANTS) {
            redis.createUser(
                    serverUser(tenant),
                    app,
                    "~" + tenant + ":*",
                    "&" + tenant + ":*",
                    "+@all",
                    "-@admin",
                    "+client",
                    "-flushall",
                    "-flushdb",
                    "-swapdb");
        }
    }

    /** Writes {@code sluice.conf}, and the file with the secret that it names, into the folder. */
    Path write(Path folder, Ports ports, PostgresBackend postgres, RedisBackend redis)
            throws IOException {
        Path secret =
                Files.createFile(
                        folder.resolve("app.secret"),
                        PosixFilePermissions.asFileAttribute(
                                Set.copyOf(PosixFilePermissions.fromString("rw-------"))));
        Files.writeString(secret, app);
        var text =
                new StringBuilder(
                        """
                        sluice {
                          listen { postgres = "127.0.0.1:%d", redis = "127.0.0.1:%d", http = "127.0.0.1:%d" }
                          limits { max-clients = 500, max-unauthenticated = 100 }
                          backends.demo { protocol = postgres, hosts = ["%s:%d"], max-connections = 80 }
                          backends.cache { protocol = redis, hosts = ["%s:%d"] }
                          console.users.admin { role = admin, verify = "%s" }
                        """
                                .formatted(
                                        ports.of(Demo.POSTGRES),
                                        ports.of(Demo.REDIS),
                                        ports.http(),
                                        postgres.host(),
                                        postgres.port(),
                                        redis.host(),
                                        redis.port(),
                                        verifier(admin)));
        for (String tenant : TENANTS) {
            text.append(
                    """
                      tenants.%1$s {
                        tier = pro
                        postgres {
                          backend = demo
                          pool { min = 2, max = 20 }
                          databases.shop { dbname = %2$s }
                          users.app {
                            verify = "%3$s"
                            server { user = %4$s, secret = { file = "app.secret" } }
                          }
                        }
                        redis {
                          backend = cache
                          isolation = prefix
                          users.app {
                            verify = "%3$s"
                            server { user = %4$s, secret = { file = "app.secret" } }
                          }
                        }
                      }
                    """
                            .formatted(
                                    tenant, database(tenant), verifier(app), serverUser(tenant)));
        }
        return Files.writeString(folder.resolve("sluice.conf"), text.append("}\n"));
    }

    private static String newPassword() {
        byte[] random = new byte[8];
        new SecureRandom().nextBytes(random);
        return HexFormat.of().formatHex(random);
    }

    private static String verifier(String password) {
        return PasswordHasher.scram(new Secret(password), PasswordHasher.DEFAULT_ITERATIONS)
                .format()
                .reveal();
    }
}
