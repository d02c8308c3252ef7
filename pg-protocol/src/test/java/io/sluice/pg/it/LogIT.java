package io.sluice.pg.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.testbed.FrontendBytes;
import io.sluice.testbed.PemFiles;
import io.sluice.testbed.RawPgClient;
import io.sluice.testbed.TestAuthority;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the keys under {@code log} make Sluice write. */
class LogIT {
    private static final String ANSWERED = "answered by Sluice: ";

    @Test
    void aLineForEachErrorThatIsNotTheServers() throws Exception {
        try (TestProxy proxy =
                        TestProxy.start(
                                SharedPostgres.backend(),
                                "sluice.pool { max = 1, acquire-timeout = 2s }");
                LogLines log = new LogLines();
                RawPgClient holder = proxy.login("acme");
                RawPgClient client = proxy.login("acme")) {
            assertThatThrownBy(() -> wrongPassword(proxy)).hasMessageContaining("28P01");
            assertThat(Answers.error(client.query("select 1/0")).sqlState()).isEqualTo("22012");
            client.send(FrontendBytes.bind("", "unknown"), FrontendBytes.sync()).readUntilReady();
            holder.query("begin");
            assertThat(Answers.error(client.query("select 1")).sqlState()).isEqualTo("53300");

            assertThat(log.containing(ANSWERED + "28P01 "))
                    .singleElement()
                    .asString()
                    .startsWith("WARN client=127.0.0.1:");
            assertThat(log.containing(ANSWERED + "53300 "))
                    .singleElement()
                    .asString()
                    .startsWith("WARN session=")
                    .contains(" pool=");
            assertThat(log.containing(ANSWERED + "26000 ")).hasSize(1);
            assertThat(log.containing(ANSWERED)).hasSize(3);
        }
    }

    private static void wrongPassword(TestProxy proxy) throws Exception {
        try (RawPgClient client = proxy.connect()) {
            client.login("app.acme", "wrong", Map.of("database", "app"));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void onlyTheLinesThatAreAskedFor(boolean wanted) throws Exception {
        try (TestProxy proxy =
                        TestProxy.start(
                                SharedPostgres.backend(),
                                "sluice.log { connections = %1$s, disconnections = %1$s, pooler-errors = %1$s, slow-query = %2$s }"
                                        .formatted(wanted, wanted ? "1ms" : "off"));
                LogLines log = new LogLines()) {
            assertThatThrownBy(() -> wrongPassword(proxy)).hasMessageContaining("28P01");
            try (RawPgClient client = proxy.login("acme")) {
                client.query("select pg_sleep(0.01)");
            }
            await().until(() -> proxy.onSessions(session -> session.id()).isEmpty());

            assertThat(log.containing(ANSWERED)).hasSize(wanted ? 1 : 0);
            assertThat(log.containing("was not let in")).hasSize(wanted ? 1 : 0);
            assertThat(log.containing(" let in")).hasSize(wanted ? 2 : 0);
            assertThat(log.containing("closed: ")).hasSize(wanted ? 1 : 0);
            assertThat(log.containing("slow session=")).hasSize(wanted ? 1 : 0);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aLineForEachServerConnectionIfAskedForAndForThoseThatAreLostInAnyCase(boolean wanted)
            throws Exception {
        try (TestProxy proxy =
                        TestProxy.start(
                                SharedPostgres.backend(),
                                "sluice.backends.main.tls.mode = disable",
                                "sluice.log { connections = %1$s, disconnections = %1$s }"
                                        .formatted(wanted));
                LogLines log = new LogLines();
                RawPgClient client = proxy.login("acme")) {
            String lost = client.queryOne("select pg_backend_pid()");
            client.query("select pg_terminate_backend(pg_backend_pid())");
            String retired = client.queryOne("select pg_backend_pid()");
            proxy.onPools(pool -> {
                pool.closeIdle("for a test");
                return pool;
            });

            String server = "INFO pool=acme/app/app server=";
            for (String pid : List.of(lost, retired)) {
                assertThat(log.containing(server + pid + " opened: address="))
                        .hasSize(wanted ? 1 : 0)
                        .allMatch(line -> line.endsWith(" tls=off"));
            }
            assertThat(
                            log.containing(
                                    server + lost + " closed: the server ended its session: 57P01"))
                    .hasSize(1);
            assertThat(log.containing(server + retired + " closed: for a test (age_s="))
                    .hasSize(wanted ? 1 : 0);
        }
    }

    @Test
    void oneLineWithItsReasonForEachClientThatEndsBeforeItsLogin(@TempDir Path folder)
            throws Exception {
        PemFiles pem = TestAuthority.create().issueForLoopback(folder);
        try (TestProxy proxy =
                        TestProxy.start(
                                SharedPostgres.backend(),
                                "sluice.tls { mode = prefer, certificate = \"%s\", key = \"%s\" }"
                                        .formatted(pem.certificate(), pem.key()));
                LogLines log = new LogLines()) {
            try (RawPgClient badTls = proxy.connect()) {
                badTls.send(FrontendBytes.sslRequest());
                assertThat(badTls.readByte()).isEqualTo('S');
                badTls.send("this is no handshake".getBytes(StandardCharsets.US_ASCII));
                badTls.readRest();
            }
            try (RawPgClient gone = proxy.connect()) {
                gone.send(FrontendBytes.sslRequest());
                assertThat(gone.readByte()).isEqualTo('S');
            }
            proxy.connect().close();
            proxy.connect().abort();

            await().untilAsserted(() -> assertThat(log.containing("was not let in: ")).hasSize(4));
            assertThat(log.containing("was not let in: TLS failed: ")).hasSizeBetween(1, 2);
            assertThat(log.containing("was not let in: it closed the connection"))
                    .hasSizeGreaterThanOrEqualTo(1);
        }
    }

    @Test
    void aSlowQueryTellsWhoseItWasAndWhereItRanButNotItsText() throws Exception {
        try (TestProxy proxy =
                        TestProxy.start(SharedPostgres.backend(), "sluice.log.slow-query = 1ms");
                LogLines log = new LogLines();
                RawPgClient client = proxy.login("acme")) {
            String pid =
                    client.queryOne(
                            "select pg_backend_pid() from (select pg_sleep(0.01)) as slept");

            assertThat(log.containing("slow session="))
                    .singleElement()
                    .asString()
                    .contains(" tenant=acme database=app user=app client=127.0.0.1:")
                    .contains(" server_pid=" + pid + " command=")
                    .containsPattern("took_ms=\\d+ waited_ms=\\d+ outcome=OK")
                    .doesNotContain("pg_sleep");
        }
    }
}
