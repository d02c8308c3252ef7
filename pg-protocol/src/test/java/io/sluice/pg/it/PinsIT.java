package io.sluice.pg.it;

import static io.sluice.pg.it.Answers.awaitAllIdle;
import static io.sluice.testbed.FrontendBytes.all;
import static io.sluice.testbed.FrontendBytes.bind;
import static io.sluice.testbed.FrontendBytes.execute;
import static io.sluice.testbed.FrontendBytes.parse;
import static io.sluice.testbed.FrontendBytes.sync;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.net.Clock;
import io.sluice.pg.sql.PinReason;
import io.sluice.testbed.BackendBytes;
import io.sluice.testbed.FakePostgresServer;
import io.sluice.testbed.RawPgClient;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** State that cannot follow a client keeps its server connection, visibly, until it is gone. */
class PinsIT {
    private static TestProxy proxy;

    @BeforeAll
    static void start() {
        proxy = TestProxy.start(SharedPostgres.backend());
    }

    @AfterAll
    static void stop() {
        proxy.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "LISTEN news | listen | UNLISTEN *",
                "SELECT pg_advisory_lock(1) | advisory-lock | SELECT pg_advisory_unlock_all()",
                "CREATE TEMP TABLE t (n int) | temp-object | DISCARD ALL",
                "SELECT 1 INTO TEMP t | temp-object | DISCARD ALL",
                "PREPARE p AS SELECT 1 | sql-prepare | DISCARD ALL",
                "DECLARE c CURSOR WITH HOLD FOR SELECT 1 | with-hold-cursor | DISCARD ALL",
                "LISTEN news | listen | DISCARD ALL",
            })
    void itIsToldOnceShownAndUndone(String sql, String reason, String undo) throws Exception {
        try (RawPgClient client = proxy.login("acme")) {
            var answer = client.query(sql);
            assertThat(answer)
                    .filteredOn(message -> message.type() == 'N')
                    .singleElement()
                    .satisfies(notice -> assertThat(notice.text()).contains(reason));
            assertThat(proxy.leases()).isEqualTo(1);
            assertThat(proxy.onSessions(session -> String.valueOf(session.pinReason())))
                    .containsExactly(reason);
            @Nullable String pid = client.queryOne("SELECT pg_backend_pid()");
            assertThat(client.queryOne("SELECT pg_backend_pid()")).isEqualTo(pid);

            client.query(undo);

            await().until(() -> proxy.leases() == 0);
            assertThat(client.query(sql)).filteredOn(message -> message.type() == 'N').isEmpty();
        }
        awaitAllIdle(proxy);
    }

    /** A loaded library cannot be unloaded: the connection is of no use to anybody else. */
    @Test
    void aLoadedLibraryStaysWithItsClientAndEndsWithIt() throws Exception {
        SharedPostgres.backend().execute("alter role acme superuser");
        try {
            @Nullable String pid;
            try (RawPgClient client = proxy.login("acme")) {
                assertThat(client.query("LOAD 'auto_explain'"))
                        .filteredOn(message -> message.type() == 'N')
                        .singleElement()
                        .satisfies(notice -> assertThat(notice.text()).contains("load"));
                assertThat(proxy.leases()).isEqualTo(1);
                client.queryOne("SHOW auto_explain.log_min_duration");
                pid = client.queryOne("SELECT pg_backend_pid()");
            }
            await().until(() -> proxy.leases() == 0);
            try (RawPgClient next = proxy.login("acme")) {
                assertThat(next.queryOne("SELECT pg_backend_pid()")).isNotEqualTo(pid);
                assertThat(
                                next.queryOne(
                                        "SELECT count(*) FROM pg_settings WHERE name LIKE"
                                                + " 'auto_explain.%'"))
                        .isEqualTo("0");
            }
        } finally {
            SharedPostgres.backend().execute("alter role acme nosuperuser");
        }
    }

    @Test
    void aTemporaryReplicationSlotStaysWithItsClientAndEndsWithIt() throws Exception {
        SharedPostgres.backend().execute("alter role acme superuser");
        try (RawPgClient next = proxy.login("acme")) {
            try (RawPgClient client = proxy.login("acme")) {
                client.queryOne("SELECT pg_create_physical_replication_slot('pins', false, true)");
                client.query("DISCARD ALL");
                assertThat(proxy.onSessions(session -> String.valueOf(session.pinReason())))
                        .containsExactlyInAnyOrder("session-state", "null");
            }
            await().until(() ->
                    "0".equals(next.queryOne("SELECT count(*) FROM pg_replication_slots")));
        } finally {
            SharedPostgres.backend().execute("alter role acme nosuperuser");
        }
    }

    /** As PostgreSQL did before its pipelines were transaction blocks. */
    @Test
    void aProcedureThatMayHaveCommittedASettingOfItsSeriesPins() throws Exception {
        try (FakePostgresServer server =
                        FakePostgresServer.start(connection -> {
                            connection.acceptLogin();
                            connection.expectAll("PBEPBEPBES");
                            connection.send(
                                    BackendBytes.parseComplete(),
                                    BackendBytes.bindComplete(),
                                    BackendBytes.commandComplete("SET"),
                                    BackendBytes.parseComplete(),
                                    BackendBytes.bindComplete(),
                                    BackendBytes.commandComplete("CALL"),
                                    BackendBytes.errorResponse("ERROR", "42601", "no statement"),
                                    BackendBytes.readyForQuery('I'));
                            connection.awaitClose();
                        });
                TestProxy own = TestProxy.start(server.host() + ":" + server.port(), Clock.SYSTEM);
                RawPgClient client = own.login("acme")) {
            byte[] messages = {};
            for (String sql : List.of("SET work_mem = '5MB'", "CALL commits()", "SELEC")) {
                messages = all(messages, parse("", sql), bind("", ""), execute("", 0));
            }
            assertThat(Answers.errors(client.send(messages, sync()).readUntilReady()))
                    .isEqualTo("42601");
            assertThat(own.onSessions(session -> String.valueOf(session.pinReason())))
                    .containsExactly("unreadable-setting");
        }
    }

    /** It may have been a LOAD. */
    @Test
    void whatCannotBeReadStaysPinnedAfterDiscardAll() throws Exception {
        try (RawPgClient client = proxy.login("acme")) {
            client.query("SELECT U&\"lower\"('X')");
            client.query("DISCARD ALL");
            assertThat(proxy.onSessions(session -> String.valueOf(session.pinReason())))
                    .containsExactly("unreadable");
        }
        awaitAllIdle(proxy);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT pg_advisory_xact_lock(2)",
                "BEGIN; SET LOCAL work_mem = '5MB'; COMMIT",
                "BEGIN; DECLARE c CURSOR FOR SELECT 1; COMMIT",
                "SELECT 'LISTEN x; PREPARE p'",
                "NOTIFY news",
                "SELECT 1 /* LISTEN x */ -- LOAD"
            })
    void whatLeavesNothingPinsNothing(String sql) throws Exception {
        try (RawPgClient client = proxy.login("acme")) {
            client.query(sql);
            await().until(() -> proxy.leases() == 0);
        }
    }

    @Test
    void everyReasonIsKnownFromTheStartAndCountedOncePerPin() throws Exception {
        assertThat(countsByReason().keySet())
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(PinReason.values()).map(PinReason::word).toList());
        long listens = countsByReason().getOrDefault("listen", -1L);
        long loads = countsByReason().getOrDefault("load", -1L);
        try (RawPgClient client = proxy.login("acme")) {
            client.query("LISTEN one");
            client.query("LISTEN two");
            client.query("UNLISTEN *");
            client.query("LISTEN three");
        }
        assertThat(countsByReason())
                .containsEntry("listen", listens + 2)
                .containsEntry("load", loads);
        awaitAllIdle(proxy);
    }

    private static Map<String, Long> countsByReason() throws Exception {
        Map<String, Long> counts = new HashMap<>();
        try (Connection console = proxy.console();
                Statement statement = console.createStatement();
                ResultSet rows = statement.executeQuery("SHOW PIN_REASONS")) {
            while (rows.next()) {
                assertThat(rows.getString("protocol")).isEqualTo("postgres");
                counts.put(rows.getString("reason"), rows.getLong("pins"));
            }
        }
        return counts;
    }

    @Test
    void notificationsReachTheListenerOnly() throws Exception {
        try (RawPgClient listener = proxy.login("acme");
                RawPgClient other = proxy.login("acme")) {
            listener.query("LISTEN news");
            other.query("NOTIFY news, 'hello'");
            assertThat(listener.readUntil('A').getLast().payloadText()).contains("hello");
            assertThat(other.query("SELECT 1")).noneMatch(message -> message.type() == 'A');
        }
        awaitAllIdle(proxy);
    }

    @Test
    void aLockOfAClientThatVanishedIsReleased() throws Exception {
        try (RawPgClient other = proxy.login("acme")) {
            try (RawPgClient client = proxy.login("acme")) {
                client.query("SELECT pg_advisory_lock(3)");
                client.query("CREATE TEMP TABLE left_over (n int)");
                client.query("LISTEN left_over");
                assertThat(other.queryOne("SELECT pg_try_advisory_lock(3)")).isEqualTo("f");
                client.abort();
            }
            awaitAllIdleBut(1);
            for (int i = 0; i < 5; i++) {
                assertThat(other.queryOne("SELECT to_regclass('pg_temp.left_over') IS NULL"))
                        .isEqualTo("t");
            }
            assertThat(other.queryOne("SELECT pg_try_advisory_lock(3)")).isEqualTo("t");
        }
        awaitAllIdle(proxy);
    }

    /** The other client asked for a lock too, and so is pinned. */
    private static void awaitAllIdleBut(int pinned) {
        await().until(
                        () ->
                                proxy
                                        .onPools(pool ->
                                                (int)
                                                        pool.connections().stream()
                                                                .filter(c -> !c.isIdle())
                                                                .count())
                                        .stream()
                                        .mapToInt(Integer::intValue)
                                        .sum(),
                        busy -> busy == pinned);
    }

    /** What a transaction gave up and then took back, or never came to give up. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "LISTEN news | listen | BEGIN; UNLISTEN *; ROLLBACK",
                "SELECT pg_advisory_lock(7) | advisory-lock | SELECT 1; SELECT 1/0; SELECT pg_advisory_unlock_all()",
                "SELECT pg_advisory_lock(7) | advisory-lock | SELECT pg_advisory_unlock_all() FROM pg_class WHERE false",
            })
    void whatIsNotGivenUpStaysPinned(String sql, String reason, String undo) throws Exception {
        try (RawPgClient client = proxy.login("acme")) {
            client.query(sql);
            client.query(undo);
            client.query("SELECT 1");
            assertThat(proxy.onSessions(session -> String.valueOf(session.pinReason())))
                    .containsExactly(reason);
        }
        awaitAllIdle(proxy);
    }
}
