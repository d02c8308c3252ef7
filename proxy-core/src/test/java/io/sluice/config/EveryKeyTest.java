package io.sluice.config;

import static io.sluice.config.ConfigFolder.acme;
import static io.sluice.config.ConfigFolder.service;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.unix.DomainSocketAddress;
import io.sluice.config.ConsoleConfig.ConsoleUser;
import io.sluice.config.ConsoleConfig.Role;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each key, set to what is not its default, reaches its field and no other. */
class EveryKeyTest {
    private static final String EVERYTHING =
            """
            sluice {
              event-loops = 3
              transport = io_uring
              timeouts.login = 63s
              shutdown { readiness-delay = 7s, drain-timeout = 8s }
              limits {
                max-clients = 11, max-server-connections = 120, max-unauthenticated = 13, failed-logins = 14
                max-queued-input = 2KiB, max-pipeline = 15
              }
              log { connections = true, disconnections = false, pooler-errors = false
                    slow-query = 16ms }
              console {
                users { root { role = admin, verify = a }, zabbix { role = stats, verify = b } }
              }
              socket { backlog = 17, reuse-port = true, unix-mode = 0640, keepalive-idle = 18s
                       keepalive-interval = 19s, keepalive-count = 20, user-timeout = 21s }
              tls { mode = prefer, certificate = one.crt, key = one.key
                    protocols = "TLSv1.3", ciphers = [TLS_AES_128_GCM_SHA256] }
              listen {
                http = "127.0.0.1:22"
                fake = [
                  { address = "127.0.0.1:23", backlog = 24, reuse-port = false, tenant = acme, tls-required = true }
                  { address = "[::1]:25", tls { certificate = two.crt, key = two.key } }
                  { address = /run/sluice.sock, unix-mode = "0600" }
                  "127.0.0.1:26"
                ]
              }
              http.tls { mode = require }
              fake { pool-mode = session, statements = 27, helpers = 2 }
              backends.main {
                protocol = fake
                hosts = ["db.example:28", "[fd00::1]:29", /run/db.sock]
                max-connections = 130, connect-timeout = 31s, login-retry = 32s
                tls { mode = verify-full, certificate = one.crt, key = one.key, ca = one.ca
                      protocols = ["TLSv1.2"], ciphers = [ECDHE-RSA-AES128-GCM-SHA256] }
                socket { keepalive-idle = 33s, keepalive-interval = 34s, keepalive-count = 35
                         user-timeout = 36s }
                flavour = bitter
              }
              tiers.gold { max-concurrent = 37, max-connections = 39, max-clients = 40, max-blocking = 67 }
              tenants.acme {
                tier = gold
                max-connections = 41
                max-clients = 42
                max-blocking = 68
                fake {
                  backend = main
                  pool-mode = transaction
                  statements = 43
                  databases.shop { dbname = d, max-connections = 44, max-clients = 45
                                   pool-mode = session }
                  users.app {
                    verify = [c, d]
                    server { user = u, secret = s }
                    max-connections = 46
                    max-clients = 47
                    pool-mode = session
                    pool { min = 48, max = 49, reserve = 50, reserve-after = 51s, max-waiters = 52
                           acquire-timeout = 53s, idle-timeout = 54s, lifetime = 55s, max-uses = 56
                           check-after = 57s, teardown-after = 58s }
                    timeouts { query = 59s, transaction = 60s, idle-in-transaction = 61s
                               client-idle = 62s, client-stall = 64s, cancel = 65s
                               wait-notice = 66s }
                  }
                }
              }
            }
            """;

    @TempDir Path temp;
    private SluiceConfig config;

    @BeforeEach
    void load() {
        var folder = new ConfigFolder(temp);
        for (String name : List.of("one", "two")) {
            folder.write(name + ".crt", TlsResources.text(name + ".crt"));
            folder.write(name + ".key", TlsResources.text(name + ".key"));
            folder.write(name + ".ca", TlsResources.text(name + ".crt"));
        }
        config = folder.config(EVERYTHING);
    }

    @Test
    void ofTheProcess() {
        assertThat(config.runtime())
                .isEqualTo(new RuntimeConfig("io_uring", 3, seconds(8), seconds(7)));
        assertThat(config.loginTimeout()).isEqualTo(seconds(63));
        assertThat(config.limits()).isEqualTo(new LimitsConfig(11, 120, 13, 14, 2048, 15));
        assertThat(config.log())
                .isEqualTo(new LogConfig(true, false, false, Duration.ofMillis(16)));
        assertThat(config.protocols())
                .isEqualTo(
                        Map.of("fake", new FakeProtocol.Global(FakeProtocol.Mode.SESSION, 27, 2)));
    }

    @Test
    void ofTheConsole() {
        assertThat(config.console())
                .isEqualTo(
                        new ConsoleConfig(
                                Map.of(
                                        "root",
                                        new ConsoleUser("root", Role.ADMIN, knows("a")),
                                        "zabbix",
                                        new ConsoleUser("zabbix", Role.STATS, knows("b")))));
    }

    @Test
    void ofListeners() {
        var socket = new SocketOptions(seconds(18), seconds(19), 20, seconds(21));
        assertThat(config.listeners().get("fake"))
                .containsExactly(
                        new ListenerConfig(
                                new InetSocketAddress("127.0.0.1", 23),
                                24,
                                false,
                                listenerTls(TlsMode.REQUIRE, "one"),
                                true,
                                "acme",
                                0640,
                                socket),
                        new ListenerConfig(
                                new InetSocketAddress("::1", 25),
                                17,
                                true,
                                listenerTls(TlsMode.PREFER, "two"),
                                false,
                                null,
                                0640,
                                socket),
                        new ListenerConfig(
                                new DomainSocketAddress("/run/sluice.sock"),
                                17,
                                false,
                                null,
                                false,
                                null,
                                0600,
                                socket),
                        new ListenerConfig(
                                new InetSocketAddress("127.0.0.1", 26),
                                17,
                                true,
                                listenerTls(TlsMode.PREFER, "one"),
                                false,
                                null,
                                0640,
                                socket));
        assertThat(config.http())
                .isEqualTo(
                        new HttpConfig(
                                new InetSocketAddress("127.0.0.1", 22),
                                listenerTls(TlsMode.REQUIRE, "one")));
    }

    @Test
    void ofABackend() {
        assertThat(config.backends().get("main"))
                .isEqualTo(
                        new BackendConfig(
                                "main",
                                "fake",
                                List.of(
                                        InetSocketAddress.createUnresolved("db.example", 28),
                                        InetSocketAddress.createUnresolved("fd00::1", 29),
                                        new DomainSocketAddress("/run/db.sock")),
                                130,
                                seconds(31),
                                seconds(32),
                                new TlsConfig(
                                        TlsMode.VERIFY_FULL,
                                        temp.resolve("one.crt"),
                                        temp.resolve("one.key"),
                                        temp.resolve("one.ca"),
                                        List.of("TLSv1.2"),
                                        List.of("ECDHE-RSA-AES128-GCM-SHA256")),
                                new SocketOptions(seconds(33), seconds(34), 35, seconds(36)),
                                new FakeProtocol.Backend("bitter")));
    }

    @Test
    void ofATenant() {
        TenantConfig tenant = acme(config);
        ServiceConfig service = service(config);

        assertThat(tenant.tier()).isEqualTo(new TierConfig("gold", 37, 39, 67));
        assertThat(config.tiers()).containsEntry("gold", tenant.tier());
        assertThat(tenant.maxConnections()).isEqualTo(41);
        assertThat(tenant.maxClients()).isEqualTo(42);
        assertThat(tenant.maxBlocking()).isEqualTo(68);
        assertThat(service.backend()).isEqualTo(config.backends().get("main"));
        assertThat(service.protocolSettings())
                .isEqualTo(new FakeProtocol.Service(FakeProtocol.Mode.TRANSACTION, 43));
        assertThat(service.databases())
                .containsExactly(
                        Map.entry(
                                "shop",
                                new DatabaseConfig(
                                        "shop",
                                        "d",
                                        44,
                                        45,
                                        new FakeProtocol.Database(
                                                Optional.of(FakeProtocol.Mode.SESSION)))));
    }

    @Test
    void ofAUser() {
        assertThat(service(config).users())
                .containsExactly(
                        Map.entry(
                                "app",
                                new UserConfig(
                                        "app",
                                        knows("c", "d"),
                                        "u",
                                        new Secret("s"),
                                        new PoolConfig(
                                                48,
                                                49,
                                                50,
                                                seconds(51),
                                                52,
                                                seconds(53),
                                                seconds(54),
                                                seconds(55),
                                                56,
                                                seconds(57),
                                                seconds(58)),
                                        new TimeoutsConfig(
                                                seconds(59),
                                                seconds(60),
                                                seconds(61),
                                                seconds(62),
                                                seconds(64),
                                                seconds(65),
                                                seconds(66)),
                                        46,
                                        47,
                                        new FakeProtocol.User(FakeProtocol.Mode.SESSION, true))));
    }

    private TlsConfig listenerTls(TlsMode mode, String files) {
        return new TlsConfig(
                mode,
                temp.resolve(files + ".crt"),
                temp.resolve(files + ".key"),
                null,
                List.of("TLSv1.3"),
                List.of("TLS_AES_128_GCM_SHA256"));
    }

    private static CredentialConfig knows(String... secrets) {
        return new CredentialConfig(false, List.of(secrets).stream().map(Secret::new).toList());
    }

    private static Duration seconds(int seconds) {
        return Duration.ofSeconds(seconds);
    }
}
