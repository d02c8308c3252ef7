package io.sluice.pg.it;

import static io.sluice.pg.it.Answers.awaitAllIdle;
import static io.sluice.pg.it.Answers.errors;
import static io.sluice.pg.it.Answers.rows;
import static io.sluice.pg.it.Answers.types;
import static io.sluice.testbed.FrontendBytes.bind;
import static io.sluice.testbed.FrontendBytes.closeStatement;
import static io.sluice.testbed.FrontendBytes.describeStatement;
import static io.sluice.testbed.FrontendBytes.execute;
import static io.sluice.testbed.FrontendBytes.parse;
import static io.sluice.testbed.FrontendBytes.query;
import static io.sluice.testbed.FrontendBytes.sync;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.testbed.PgMessage;
import io.sluice.testbed.RawPgClient;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Statements of SQL and of the protocol have one name space, and every client its own. */
class SqlNamesIT {
    private static TestProxy proxy;
    private RawPgClient client;
    private RawPgClient other;

    @BeforeAll
    static void start() {
        proxy = SharedPostgres.proxyWithOneConnection();
    }

    @AfterAll
    static void stop() {
        proxy.close();
    }

    @BeforeEach
    void connect() throws Exception {
        client = proxy.login("acme");
        other = proxy.login("acme");
        prepare(client, "s", "SELECT 'mine'");
        prepare(other, "s", "SELECT 'theirs'");
        assertThat(run(other, "s")).isEqualTo("theirs");
    }

    @AfterEach
    void theOtherHasWhatItHad() throws Exception {
        client.close();
        assertThat(run(other, "s")).isEqualTo("theirs");
        other.close();
        awaitAllIdle(proxy);
    }

    private static void prepare(RawPgClient client, String name, String sql) throws IOException {
        assertThat(types(client.send(parse(name, sql), sync()).readUntilReady())).isEqualTo("1Z");
    }

    private static String outcome(List<PgMessage> answer) {
        return errors(answer).isEmpty() ? rows(answer) : errors(answer);
    }

    private static String run(RawPgClient client, String name) throws IOException {
        return outcome(client.send(bind("", name), execute("", 0), sync()).readUntilReady());
    }

    private static String simple(RawPgClient client, String sql) throws IOException {
        return outcome(client.query(sql));
    }

    private static String extended(RawPgClient client, String sql) throws IOException {
        return outcome(
                client.send(parse("", sql), bind("", ""), execute("", 0), sync()).readUntilReady());
    }

    private static boolean isPinned() {
        return proxy.onSessions(session -> String.valueOf(session.pinReason())).stream()
                .anyMatch(reasons -> reasons.contains("sql-prepare"));
    }

    @Test
    void executeFindsWhatTheProtocolHasPrepared() throws Exception {
        assertThat(simple(client, "EXECUTE s")).isEqualTo("mine");
        assertThat(isPinned()).isTrue();
        assertThat(extended(client, "EXECUTE s")).isEqualTo("mine");
        assertThat(run(client, "s")).isEqualTo("mine");
        client.query("DISCARD ALL");
        assertThat(isPinned()).isFalse();
        assertThat(run(other, "s")).isEqualTo("theirs");
        prepare(client, "s", "SELECT 'new'");
        assertThat(run(client, "s")).isEqualTo("new");
        assertThat(extended(client, "EXECUTE s")).isEqualTo("new");
    }

    @Test
    void executeIsDescribedAsWhatItExecutes() throws Exception {
        client.send(parse("", "EXECUTE s"), describeStatement(""), bind("", ""), execute("", 0));
        var answer = client.send(sync()).readUntilReady();
        assertThat(types(answer)).isEqualTo("1tT2DCZ");
        prepare(client, "again", "EXECUTE s");
        assertThat(run(client, "again")).isEqualTo("mine");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT 'x'; EXECUTE s",
                "EXPLAIN ANALYZE EXECUTE s",
                "EXPLAIN EXECUTE s",
                "CREATE TEMP TABLE executed AS EXECUTE s"
            })
    void executeIsFoundWhereverItMayStand(String sql) throws Exception {
        assertThat(errors(client.query(sql))).isEmpty();
        assertThat(isPinned()).isTrue();
    }

    @Test
    void executeWithAnArgumentOfAnyLengthFindsItsStatement() throws Exception {
        prepare(client, "length", "SELECT length($1::text)");
        assertThat(simple(client, "EXECUTE length ('%s')".formatted("x".repeat(100_000))))
                .isEqualTo("100000");
    }

    @Test
    void deallocateAmongOtherStatementsClosesWhatTheProtocolHasPrepared() throws Exception {
        assertThat(simple(client, "DEALLOCATE s; SELECT 1")).isEqualTo("1");
        assertThat(run(client, "s")).isEqualTo("26000");
        prepare(client, "s", "SELECT 'again'");
        assertThat(errors(client.query("DEALLOCATE s; SELECT 1/0"))).isEqualTo("22012");
        assertThat(run(client, "s")).isEqualTo("26000");
        assertThat(errors(client.query("SELECT 1; DEALLOCATE s"))).isEqualTo("26000");
    }

    @Test
    void deallocateInTheExtendedProtocolKeepsNoConnection() throws Exception {
        assertThat(
                        types(
                                client.send(
                                                parse("", "DEALLOCATE PREPARE s"),
                                                bind("", ""),
                                                execute("", 0),
                                                parse("t", "SELECT 't'"),
                                                bind("", "t"),
                                                execute("", 0),
                                                sync())
                                        .readUntilReady()))
                .isEqualTo("12C12DCZ");
        await().until(() -> proxy.leases() == 0);
        assertThat(run(client, "s")).isEqualTo("26000");
        assertThat(run(client, "t")).isEqualTo("t");
        assertThat(run(other, "s")).isEqualTo("theirs");
        assertThat(extended(client, "DEALLOCATE s")).isEqualTo("26000");

        prepare(client, "drop_t", "DEALLOCATE t");
        assertThat(run(client, "drop_t")).isEmpty();
        assertThat(run(client, "t")).isEqualTo("26000");
        assertThat(run(client, "drop_t")).isEqualTo("26000");
        assertThat(isPinned()).isFalse();
    }

    @Test
    void aDeallocateThatIsNotExecutedLeavesNothingForOthers() throws Exception {
        for (String name : List.of("s", "u")) {
            prepare(client, "u", "SELECT 'u'");
            var answer =
                    client.send(
                                    parse("", "DEALLOCATE u"),
                                    bind("", ""),
                                    parse("", "no sql"),
                                    execute("", 0),
                                    sync())
                            .readUntilReady();
            assertThat(types(answer)).isEqualTo("12EZ");
            assertThat(run(client, "u")).isEqualTo("u");
            assertThat(simple(other, "EXECUTE u")).isEqualTo("26000");
            other.query("DISCARD ALL");
            prepare(other, "s", "SELECT 'theirs'");
            assertThat(simple(client, "DEALLOCATE u")).as(name).isEmpty();
            assertThat(run(client, "u")).isEqualTo("26000");
        }
    }

    @Test
    void whatSqlHasPreparedIsBoundByTheProtocol() throws Exception {
        client.send(
                query("PREPARE q (int) AS SELECT $1 + 1"),
                bind("", "q", "41"),
                execute("", 0),
                sync());
        assertThat(types(client.readUntilReady())).isEqualTo("CZ");
        assertThat(rows(client.readUntilReady())).isEqualTo("42");
        assertThat(types(client.send(describeStatement("q"), sync()).readUntilReady()))
                .isEqualTo("tTZ");
        assertThat(errors(client.send(parse("q", "SELECT 1"), sync()).readUntilReady()))
                .isEqualTo("42P05");
        assertThat(simple(client, "PREPARE s AS SELECT 1")).isEqualTo("42P05");
        assertThat(run(client, "s")).isEqualTo("mine");
        assertThat(types(client.send(closeStatement("q"), sync()).readUntilReady()))
                .isEqualTo("3Z");
        assertThat(simple(client, "EXECUTE q (1)")).isEqualTo("26000");
        assertThat(
                        types(
                                client.send(
                                                parse("", "PREPARE y AS SELECT 5"),
                                                bind("", ""),
                                                execute("", 0),
                                                bind("", "y"),
                                                execute("", 0),
                                                sync())
                                        .readUntilReady()))
                .isEqualTo("12C2DCZ");
    }

    @Test
    void aParseThatIsRefusedOrSkippedLeavesTheNameAsItWas() throws Exception {
        client.query("PREPARE q AS SELECT 1");
        assertThat(errors(client.send(parse("s", "SELECT 2"), sync()).readUntilReady()))
                .isEqualTo("42P05");
        assertThat(
                        types(
                                client.send(
                                                parse("", "no sql"),
                                                closeStatement("s"),
                                                parse("s", "SELECT 3"),
                                                parse("t", "SELECT 4"),
                                                sync())
                                        .readUntilReady()))
                .isEqualTo("EZ");
        assertThat(run(client, "s")).isEqualTo("mine");
        assertThat(run(client, "t")).isEqualTo("26000");
        client.query("DEALLOCATE s");
        prepare(client, "s", "SELECT 'replaced'");
        assertThat(run(client, "s")).isEqualTo("replaced");
        client.query("DEALLOCATE ALL");
        assertThat(run(client, "s")).isEqualTo("26000");
        assertThat(run(client, "q")).isEqualTo("26000");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "EXECUTE %s",
                "DEALLOCATE %s",
                "SELECT 1; DEALLOCATE %s",
                "EXPLAIN EXECUTE %s",
                "CREATE TABLE executed AS EXECUTE %s",
                "DEALLOCATE U&\"\\0073%2$s\""
            })
    void theNamesThatServersKnowAreNobodys(String sql) throws Exception {
        String name =
                client.queryOne(
                        "SELECT name FROM pg_prepared_statements WHERE statement LIKE '%theirs%'");
        String text = sql.formatted(name, String.valueOf(name).substring(1));
        assertThat(errors(client.query(text))).isEqualTo("26000");
        client.query("DISCARD ALL");
        assertThat(extended(client, text.replace("SELECT 1; ", ""))).isEqualTo("26000");
    }

    @Test
    void aFailedTransactionKnowsNoNames() throws Exception {
        client.query("BEGIN; SELECT 1/0");
        assertThat(simple(client, "EXECUTE s")).isEqualTo("25P02");
        assertThat(extended(client, "EXECUTE s")).isEqualTo("25P02");
        client.query("ROLLBACK");
        assertThat(isPinned()).isFalse();
        assertThat(simple(client, "EXECUTE s")).isEqualTo("mine");
    }

    @Test
    void aStatementThatCannotBePreparedAnyMoreIsToldAndTakesNoOtherWithIt() throws Exception {
        client.query("CREATE TABLE dropped_later (n int)");
        prepare(client, "gone", "SELECT n FROM dropped_later");
        client.query("DROP TABLE dropped_later");
        var answer = client.query("EXECUTE s");
        assertThat(errors(answer)).isEqualTo("42P01");
        assertThat(rows(answer)).isEqualTo("mine");
        assertThat(run(client, "gone")).isEqualTo("26000");
    }

    @Test
    void aStatementThatCannotBePreparedAnyMoreTakesNoOtherWithItInASeriesEither() throws Exception {
        client.query("CREATE TABLE dropped_later (n int)");
        List<String> names = List.of("a", "b", "c", "d", "e", "f");
        for (String name : names) {
            prepare(client, name, "SELECT '" + name + "'");
        }
        prepare(client, "gone", "SELECT n FROM dropped_later");
        client.query("DROP TABLE dropped_later");
        assertThat(extended(client, "EXECUTE a")).isEqualTo("42P01");
        for (String name : names) {
            assertThat(extended(client, "EXECUTE " + name)).isEqualTo(name);
            assertThat(run(client, name)).isEqualTo(name);
        }
        assertThat(run(client, "gone")).isEqualTo("26000");
    }

    @Test
    void aNameIsFreeBehindItsDeallocateInOnePipeline() throws Exception {
        client.send(query("DEALLOCATE s"), parse("s", "SELECT 'second'"), sync());
        assertThat(types(client.readUntilReady())).isEqualTo("CZ");
        assertThat(types(client.readUntilReady())).isEqualTo("1Z");
        assertThat(run(client, "s")).isEqualTo("second");
        client.send(parse("", "DEALLOCATE s"), bind("", ""), execute("", 0));
        client.send(parse("s", "SELECT 'third'"), sync());
        assertThat(types(client.readUntilReady())).isEqualTo("12C1Z");
        assertThat(run(client, "s")).isEqualTo("third");
        assertThat(simple(client, "EXECUTE s")).isEqualTo("third");
        client.send(query("DEALLOCATE s"), parse("s", "SELECT 'fourth'"), sync());
        assertThat(types(client.readUntilReady())).isEqualTo("CZ");
        assertThat(types(client.readUntilReady())).isEqualTo("1Z");
        assertThat(run(client, "s")).isEqualTo("fourth");
    }

    @Test
    void aDeallocateOfAnyLengthIsRead() throws Exception {
        String text = "DEALLOCATE \"" + "x\"\"".repeat(200_000) + "\"";
        assertThat(extended(client, text)).isEqualTo("26000");
        assertThat(run(client, "s")).isEqualTo("mine");
    }
}
