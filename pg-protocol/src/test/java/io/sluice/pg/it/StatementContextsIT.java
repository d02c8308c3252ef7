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
import org.junit.jupiter.params.provider.CsvSource;

/** One text is another statement where its client's settings make another of it. */
class StatementContextsIT {
    private static final String SQL = "SELECT v FROM kinds WHERE v = $1";

    private static TestProxy proxy;
    private RawPgClient ints;
    private RawPgClient texts;

    @BeforeAll
    static void start() throws Exception {
        proxy = SharedPostgres.proxyWithOneConnection();
        try (RawPgClient client = proxy.login("acme")) {
            for (String sql :
                    List.of(
                            "CREATE SCHEMA ints",
                            "CREATE TABLE ints.kinds AS SELECT 7 AS v",
                            "CREATE SCHEMA texts",
                            "CREATE TABLE texts.kinds AS SELECT 'seven'::text AS v")) {
                assertThat(errors(client.query(sql))).isEmpty();
            }
        }
    }

    @AfterAll
    static void stop() {
        proxy.close();
    }

    @BeforeEach
    void connect() throws Exception {
        ints = proxy.login("acme");
        texts = proxy.login("acme");
        ints.query("SET search_path = ints");
        prepare(ints, "s");
        assertThat(run(ints, "s", "7")).isEqualTo("7");
    }

    @AfterEach
    void theOthersStatementIsAsItWas() throws Exception {
        assertThat(run(ints, "s", "7")).isEqualTo("7");
        texts.close();
        ints.close();
        awaitAllIdle(proxy);
    }

    private static void prepare(RawPgClient client, String name) throws IOException {
        assertThat(types(client.send(parse(name, SQL), sync()).readUntilReady())).isEqualTo("1Z");
    }

    private static String run(RawPgClient client, String name, String value) throws IOException {
        List<PgMessage> answer =
                client.send(bind("", name, value), execute("", 0), sync()).readUntilReady();
        return errors(answer).isEmpty() ? rows(answer) : errors(answer);
    }

    @Test
    void clientsWithOtherSearchPathsHaveOtherStatements() throws Exception {
        texts.query("SET search_path = texts");
        prepare(texts, "s");
        for (int i = 0; i < 3; i++) {
            assertThat(run(texts, "s", "seven")).isEqualTo("seven");
            assertThat(run(ints, "s", "7")).isEqualTo("7");
        }
    }

    @Test
    void aSearchPathSetAheadInTheSamePipelineCounts() throws Exception {
        texts.send(
                query("SET search_path = texts"),
                parse("s", SQL),
                bind("", "s", "seven"),
                execute("", 0),
                sync());
        assertThat(types(texts.readUntilReady())).isEqualTo("CZ");
        assertThat(rows(texts.readUntilReady())).isEqualTo("seven");
        assertThat(run(texts, "s", "seven")).isEqualTo("seven");
    }

    @Test
    void aSearchPathSetAheadOfTheSameSyncCounts() throws Exception {
        texts.send(
                parse("", "SET search_path = texts"),
                bind("", ""),
                execute("", 0),
                parse("s", SQL),
                bind("", "s", "seven"),
                execute("", 0),
                sync());
        assertThat(types(texts.readUntilReady())).isEqualTo("12C12DCZ");
        assertThat(run(texts, "s", "seven")).isEqualTo("seven");
    }

    @Test
    void aSearchPathThatIsRolledBackCountsUpToThere() throws Exception {
        texts.send(
                query("BEGIN"),
                query("SET search_path = texts"),
                parse("s", SQL),
                bind("", "s", "seven"),
                execute("", 0),
                sync(),
                query("ROLLBACK"),
                parse("t", "SELECT count(*) FROM kinds"),
                sync());
        texts.readUntilReady();
        texts.readUntilReady();
        assertThat(rows(texts.readUntilReady())).isEqualTo("seven");
        texts.readUntilReady();
        assertThat(errors(texts.readUntilReady())).isEqualTo("42P01");
    }

    @Test
    void aLocalSearchPathIsItsTransactionsOwn() throws Exception {
        for (String sql :
                List.of(
                        "SET LOCAL search_path = texts",
                        "SELECT set_config('search_path', 'texts', true)",
                        "SELECT set_config('search' || '_path', 'texts', true)")) {
            texts.query("BEGIN");
            texts.query(sql);
            prepare(texts, "s");
            assertThat(run(texts, "s", "seven")).isEqualTo("seven");
            texts.query("COMMIT");
            assertThat(run(ints, "s", "7")).isEqualTo("7");
            texts.query("BEGIN");
            texts.query(sql);
            assertThat(run(texts, "s", "seven")).isEqualTo("seven");
            texts.query("COMMIT");
            texts.send(closeStatement("s"), sync()).readUntilReady();
        }
    }

    @Test
    void aTemporaryTableIsFoundByItsClientOnly() throws Exception {
        texts.query("SET search_path = ints");
        texts.query("CREATE TEMP TABLE kinds AS SELECT 'temporary'::text AS v");
        prepare(texts, "s");
        assertThat(run(texts, "s", "temporary")).isEqualTo("temporary");
        texts.close();
    }

    @Test
    void aRoleThatFindsAnotherSchemaHasOtherStatements() throws Exception {
        SharedPostgres.backend().createRole("reader", TestProxy.PASSWORD);
        SharedPostgres.backend()
                .executeIn(
                        "acme_app",
                        "GRANT reader TO acme",
                        "CREATE SCHEMA reader AUTHORIZATION reader",
                        "CREATE TABLE reader.owned AS SELECT 'reader'::text AS v",
                        "CREATE TABLE public.owned AS SELECT 1 AS v",
                        "GRANT SELECT ON reader.owned, public.owned TO acme, reader");
        try (RawPgClient plain = proxy.login("acme")) {
            texts.query("SET ROLE reader");
            for (int i = 0; i < 2; i++) {
                for (RawPgClient client : List.of(plain, texts)) {
                    if (i == 0) {
                        client.send(parse("o", "SELECT v FROM owned"), sync()).readUntilReady();
                    }
                    var answer = client.send(bind("", "o"), execute("", 0), sync());
                    assertThat(rows(answer.readUntilReady()))
                            .isEqualTo(client == plain ? "1" : "reader");
                }
            }
        }
    }

    @Test
    void whoSetsAnotherSearchPathIsToldThatTheTypeHasChangedWhateverTheServerKnows()
            throws Exception {
        for (String name : List.of("known", "forgotten")) {
            texts.query("SET search_path = ints");
            texts.send(parse(name, "SELECT v FROM kinds"), describeStatement(name), sync())
                    .readUntilReady();
            texts.query("SET search_path = texts");
            if (name.equals("forgotten")) {
                ints.query("DISCARD ALL");
                ints.query("SET search_path = ints");
                prepare(ints, "s");
            }
            var answer = texts.send(bind("", name), execute("", 0), sync()).readUntilReady();
            assertThat(errors(answer)).as(name).isEqualTo("0A000");
            assertThat(Answers.error(answer).field('R')).isEqualTo("RevalidateCachedQuery");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'named', SELECT v FROM changing", "'named', SELECT count(*) FROM changing WHERE v = $1",
        "'', SELECT v FROM changing", "'', SELECT count(*) FROM changing WHERE v = $1"
    })
    void typesThatHaveChangedSinceTheyWereToldAreToldAsChanged(String name, String sql)
            throws Exception {
        String[] values = sql.contains("$1") ? new String[] {"1"} : new String[0];
        texts.query("DROP TABLE IF EXISTS changing; CREATE TABLE changing AS SELECT 1 AS v");
        texts.send(parse(name, sql), describeStatement(name), sync()).readUntilReady();
        for (int i = 0; i < 2; i++) {
            assertThat(run(ints, "s", "7")).isEqualTo("7");
            ints.send(parse("", "SELECT 'else'"), sync()).readUntilReady();
            ints.query("DISCARD ALL"); // with all that the server has prepared
            ints.query("SET search_path = ints");
            prepare(ints, "s");
            var answer = texts.send(bind("", name, values), execute("", 0), sync());
            assertThat(rows(answer.readUntilReady())).as("not changed").isEqualTo("1");
        }
        ints.query("ALTER TABLE public.changing ALTER v TYPE text");
        ints.query("DISCARD ALL");
        ints.query("SET search_path = ints");
        prepare(ints, "s");
        for (int i = 0; i < 2; i++) {
            var answer = texts.send(bind("", name, values), execute("", 0), sync());
            assertThat(errors(answer.readUntilReady())).isEqualTo("0A000");
        }
        texts.send(closeStatement(name), parse(name, sql), describeStatement(name), sync())
                .readUntilReady();
        var again = texts.send(bind("", name, values), execute("", 0), sync());
        assertThat(rows(again.readUntilReady())).isEqualTo("1");
    }
}
