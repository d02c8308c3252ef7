package io.sluice.pg.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.testbed.FrontendBytes;
import io.sluice.testbed.PgMessage;
import io.sluice.testbed.RawPgClient;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Statement and session mode. */
class PoolModesIT {
    private static TestProxy proxy;

    @BeforeAll
    static void start() {
        proxy =
                TestProxy.start(
                        SharedPostgres.backend(),
                        """
                        sluice.pool.max = 1
                        sluice.tenants.globex.postgres.pool-mode = statement
                        sluice.tenants.acme.postgres.users.session {
                          verify = secret, server { user = acme, secret = secret }
                          pool-mode = session
                        }
                        """);
    }

    @AfterAll
    static void stop() {
        proxy.close();
    }

    private static RawPgClient session() throws IOException {
        RawPgClient client = proxy.connect();
        client.login("session.acme", TestProxy.PASSWORD, Map.of("database", "app"));
        return client;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"begin", "START TRANSACTION", "select 1; begin; select 2", "/* x */ BEGIN"})
    void closesAClientThatBeginsATransactionInStatementMode(String sql) throws IOException {
        try (RawPgClient client = proxy.login("globex")) {
            assertThat(client.queryOne("select 1")).isEqualTo("1");
            client.send(FrontendBytes.query(sql));
            PgMessage error = Answers.lastError(client);
            assertThat(error.field('S')).isEqualTo("FATAL");
            assertThat(error.text()).contains("statement pooling mode");
        }
        worksForTheNext();
    }

    @Test
    void closesAClientThatBeginsATransactionInStatementModeByTheExtendedProtocol()
            throws IOException {
        try (RawPgClient client = proxy.login("globex")) {
            client.send(
                    FrontendBytes.parse("", "begin"),
                    FrontendBytes.bind("", ""),
                    FrontendBytes.execute("", 0),
                    FrontendBytes.sync());
            assertThat(Answers.lastError(client).text()).contains("statement pooling mode");
        }
        worksForTheNext();
    }

    private static void worksForTheNext() throws IOException {
        try (RawPgClient next = proxy.login("globex")) {
            assertThat(next.queryOne("select pg_current_xact_id_if_assigned() is null"))
                    .isEqualTo("t");
        }
        await().until(() -> proxy.leases() == 0);
    }

    @Test
    void keepsAServerForAWholeSessionAndCleansItForTheNext() throws IOException {
        String pid;
        try (RawPgClient client = session()) {
            pid = client.queryOne("select pg_backend_pid()");
            client.query("create temp table mine (x int)");
            client.query("set work_mem = '9MB'");
            client.query("prepare statement_of_mine as select 1");
            client.query("select pg_advisory_lock(4711)");
            client.query("listen something");
            assertThat(client.queryOne("select count(*) from mine")).isEqualTo("0");
            assertThat(client.queryOne("show work_mem")).isEqualTo("9MB");
            assertThat(client.queryOne("select pg_backend_pid()")).isEqualTo(pid);
            assertThat(proxy.leases()).isEqualTo(1);
        }
        await().until(() -> proxy.leases() == 0);
        try (RawPgClient next = session()) {
            assertThat(next.queryOne("select pg_backend_pid()")).isEqualTo(pid);
            assertThat(next.queryOne("select to_regclass('mine') is null")).isEqualTo("t");
            assertThat(next.queryOne("show work_mem")).isEqualTo("4MB");
            assertThat(next.queryOne("select count(*) from pg_prepared_statements")).isEqualTo("0");
            assertThat(next.queryOne("select count(*) from pg_locks where locktype = 'advisory'"))
                    .isEqualTo("0");
            assertThat(next.queryOne("select count(*) from pg_listening_channels()"))
                    .isEqualTo("0");
        }
    }

    /** In session mode there is nothing that must be seen in a text. */
    @Test
    void aSessionIsNotifiedWhereverItHasBegunToListen() throws IOException {
        try (RawPgClient client = session();
                RawPgClient other = proxy.login("acme")) {
            client.query("do $$ begin execute 'listen hidden'; end $$");
            other.query("notify hidden, 'hello'");
            assertThat(client.readUntil('A').getLast().payloadText()).contains("hidden", "hello");
        }
        await().until(() -> proxy.leases() == 0);
        try (RawPgClient next = session();
                RawPgClient other = proxy.login("acme")) {
            assertThat(next.queryOne("select count(*) from pg_listening_channels()"))
                    .isEqualTo("0");
            other.query("notify hidden, 'hello'");
            assertThat(Answers.types(next.query("select 1"))).doesNotContain("A");
        }
    }

    @Test
    void rollsBackWhatASessionLeftOpen() throws IOException {
        try (RawPgClient client = session()) {
            client.query("create table left_open (x int)");
            client.query("begin");
            client.query("insert into left_open values (1)");
            client.abort();
        }
        await().until(() -> proxy.leases() == 0);
        try (RawPgClient next = session()) {
            assertThat(next.queryOne("select count(*) from left_open")).isEqualTo("0");
            next.query("drop table left_open");
        }
    }
}
