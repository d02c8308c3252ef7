package io.sluice.pg.it;

import static io.sluice.pg.it.Answers.awaitAllIdle;
import static io.sluice.pg.it.Answers.errors;
import static io.sluice.pg.it.Answers.rows;
import static io.sluice.pg.it.Answers.types;
import static io.sluice.testbed.FrontendBytes.bind;
import static io.sluice.testbed.FrontendBytes.closeStatement;
import static io.sluice.testbed.FrontendBytes.describeStatement;
import static io.sluice.testbed.FrontendBytes.execute;
import static io.sluice.testbed.FrontendBytes.flush;
import static io.sluice.testbed.FrontendBytes.parse;
import static io.sluice.testbed.FrontendBytes.query;
import static io.sluice.testbed.FrontendBytes.sync;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.pg.session.PgPool;
import io.sluice.testbed.PgMessage;
import io.sluice.testbed.RawPgClient;
import java.io.IOException;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Statements belong to clients, although one server connection that remembers two serves all. */
class PreparedStatementsIT {
    private static TestProxy proxy;

    @BeforeAll
    static void start() {
        proxy =
                SharedPostgres.proxyWithOneConnection(
                        "sluice.postgres.prepared-statements.per-server = 2");
    }

    @AfterAll
    static void stop() {
        proxy.close();
    }

    @BeforeEach
    void nothingIsLeftOfTheTestBefore() {
        awaitAllIdle(proxy);
    }

    private static String run(RawPgClient client, String name) throws IOException {
        List<PgMessage> answer =
                client.send(bind("", name), execute("", 0), sync()).readUntilReady();
        return errors(answer).isEmpty() ? rows(answer) : errors(answer);
    }

    private static void prepare(RawPgClient client, String name, String sql) throws IOException {
        assertThat(types(client.send(parse(name, sql), sync()).readUntilReady())).isEqualTo("1Z");
    }

    @Test
    void oneNameIsAnotherStatementForEveryClient() throws Exception {
        try (RawPgClient one = proxy.login("acme");
                RawPgClient other = proxy.login("acme")) {
            prepare(one, "s", "SELECT 1");
            prepare(other, "s", "SELECT 2");
            for (int i = 0; i < 3; i++) {
                assertThat(run(one, "s")).isEqualTo("1");
                assertThat(run(other, "s")).isEqualTo("2");
            }
        }
    }

    @Test
    void theTextsOfAClientAreBoundedInAll() throws Exception {
        try (TestProxy small =
                        SharedPostgres.proxyWithOneConnection(
                                "sluice.postgres.prepared-statements.per-client-bytes = 4KiB");
                RawPgClient client = small.login("acme")) {
            String text = "SELECT 1 /* %s */".formatted("x".repeat(1500));
            prepare(client, "one", text);
            prepare(client, "two", text);
            var refused = client.send(parse("three", text), sync()).readUntilReady();
            assertThat(errors(refused)).isEqualTo("53400");
            assertThat(refused.getFirst().text()).contains("limit 4096");
            assertThat(types(client.send(closeStatement("one"), sync()).readUntilReady()))
                    .isEqualTo("3Z");
            prepare(client, "three", text);
            client.query("DEALLOCATE ALL");
            prepare(client, "one", text);
            prepare(client, "n".repeat(2000), "SELECT 1");
            assertThat(
                            errors(
                                    client.send(parse("m".repeat(2000), "SELECT 1"), sync())
                                            .readUntilReady()))
                    .isEqualTo("53400");
        }
    }

    @Test
    void theTextsOfATenantAreBoundedInAll() throws Exception {
        try (TestProxy small =
                        SharedPostgres.proxyWithOneConnection(
                                "sluice.postgres.prepared-statements.per-tenant-bytes = 16KiB");
                RawPgClient one = small.login("acme");
                RawPgClient other = small.login("acme");
                RawPgClient stranger = small.login("globex")) {
            String text = "SELECT %d /* " + "x".repeat(7000) + " */";
            prepare(one, "one", text.formatted(1));
            prepare(one, "two", text.formatted(2));
            var refused = other.send(parse("three", text.formatted(3)), sync()).readUntilReady();
            assertThat(errors(refused)).isEqualTo("53200");
            assertThat(refused.getFirst().text()).contains("this tenant", "limit 16384");
            assertThat(run(other, "three")).isEqualTo("26000");
            prepare(other, "shared", text.formatted(1));
            assertThat(run(other, "shared")).isEqualTo("1");
            prepare(stranger, "three", text.formatted(3));

            // A text that is not remembered keeps its connection.
            prepare(other, "", text.formatted(4));
            assertThat(run(other, "")).isEqualTo("4");
            assertThat(small.onSessions(session -> String.valueOf(session.pinReason())))
                    .contains("large-statement");
            other.abort();
            assertThat(types(one.send(closeStatement("two"), sync()).readUntilReady()))
                    .isEqualTo("3Z");
            prepare(one, "three", text.formatted(3));
            assertThat(run(one, "three")).isEqualTo("3");
        }
    }

    @Test
    void aTextThatIsNotRememberedPinsOnlyAsLongAsItIsTheUnnamedStatement() throws Exception {
        try (TestProxy small =
                        SharedPostgres.proxyWithOneConnection(
                                "sluice.postgres.prepared-statements.per-tenant-bytes = 16KiB");
                RawPgClient one = small.login("acme");
                RawPgClient other = small.login("acme")) {
            String text = "%s /* " + "x".repeat(7000) + " */";
            prepare(one, "one", text.formatted("SELECT 1"));
            prepare(one, "two", text.formatted("SELECT 2"));
            List<byte[]> ends =
                    List.of(parse("", "SELECT 5"), closeStatement(""), query("SELECT 6"));
            for (byte[] end : ends) {
                prepare(other, "", text.formatted("SELECT 4"));
                assertThat(run(other, "")).isEqualTo("4");
                assertThat(pins(small)).contains("large-statement");
                other.send(end);
                if (end[0] != 'Q') {
                    other.send(sync());
                }
                other.readUntilReady();
                assertThat(pins(small)).containsOnly("null");
                assertThat(run(one, "one")).as("on the only connection").isEqualTo("1");
            }
            // What it has done is known all the same.
            prepare(other, "", text.formatted("LISTEN something"));
            assertThat(run(other, "")).isEmpty();
            assertThat(pins(small)).contains("listen,large-statement");
            prepare(other, "", "SELECT 5");
            assertThat(pins(small)).contains("listen");
        }
    }

    private static List<String> pins(TestProxy proxy) {
        return proxy.onSessions(session -> String.valueOf(session.pinReason()));
    }

    @Test
    void aTextThatIsReadInAnotherContextIsCountedOnceAndUntilNobodyHasIt() throws Exception {
        try (TestProxy small =
                        SharedPostgres.proxyWithOneConnection(
                                """
                                sluice.postgres.prepared-statements {
                                  per-server = 1, per-tenant-bytes = 16KiB
                                }
                                """);
                RawPgClient one = small.login("acme");
                RawPgClient other = small.login("acme")) {
            String text = "SELECT %d /* " + "x".repeat(7000) + " */";
            prepare(one, "one", text.formatted(1));
            prepare(one, "two", text.formatted(2));
            prepare(other, "shared", text.formatted(1));
            other.query("SET search_path = elsewhere");
            assertThat(run(one, "two")).isEqualTo("2"); // instead of it on the server
            assertThat(run(other, "shared")).isEqualTo("1");

            byte[] further = parse("three", text.formatted(3));
            assertThat(errors(one.send(further, sync()).readUntilReady())).isEqualTo("53200");
            closes(one, "one");
            assertThat(errors(one.send(further, sync()).readUntilReady())).isEqualTo("53200");
            assertThat(run(other, "shared")).isEqualTo("1");
            closes(other, "shared");
            assertThat(types(one.send(further, sync()).readUntilReady())).isEqualTo("1Z");
        }
    }

    private static void closes(RawPgClient client, String name) throws IOException {
        assertThat(types(client.send(closeStatement(name), sync()).readUntilReady()))
                .isEqualTo("3Z");
    }

    @Test
    void aPinThatEndsBeforeItsClientIsToldOfItTakesNoNoticeFromThoseBehindIt() throws Exception {
        try (TestProxy small =
                        SharedPostgres.proxyWithOneConnection(
                                "sluice.postgres.prepared-statements.per-tenant-bytes = 1KiB");
                RawPgClient client = small.login("acme")) {
            prepare(client, "one", "SELECT 1 /* " + "x".repeat(500) + " */");
            List<PgMessage> unpinned =
                    client.send(
                                    parse("", "SELECT 2 /* " + "x".repeat(7000) + " */"),
                                    parse("", "SELECT 3"),
                                    sync())
                            .readUntilReady();
            assertThat(unpinned).noneMatch(message -> message.type() == 'N');
            assertThat(client.query("LISTEN something"))
                    .anyMatch(
                            message -> message.type() == 'N' && message.text().contains("listen"));
        }
    }

    @Test
    void whatAServerConnectionKeepsIsBoundedInBytes() throws Exception {
        try (TestProxy small =
                        SharedPostgres.proxyWithOneConnection(
                                "sluice.postgres.prepared-statements.per-server-bytes = 64KiB");
                RawPgClient client = small.login("acme");
                RawPgClient other = small.login("acme")) {
            prepare(other, "kept", "SELECT 'kept'");
            for (int i = 0; i < 40; i++) {
                String text = "SELECT %d /* %s */".formatted(i, "x".repeat(16_000));
                assertThat(
                                types(
                                        client.send(parse("s", text), closeStatement("s"), sync())
                                                .readUntilReady()))
                        .isEqualTo("13Z");
            }
            assertThat(client.queryOne("SELECT sum(length(statement)) FROM pg_prepared_statements"))
                    .satisfies(sum -> assertThat(Long.parseLong(sum)).isBetween(1L, 64L * 1024));
            assertThat(run(other, "kept")).isEqualTo("kept");
            assertThat(small.onPools(pool -> ((PgPool) pool.connector()).statements().size()))
                    .containsExactly(1);
        }
    }

    @Test
    void oneTextIsOneStatementForAllClients() throws Exception {
        try (RawPgClient one = proxy.login("acme");
                RawPgClient other = proxy.login("acme")) {
            String mine =
                    "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%shared%'";
            prepare(one, "a", mine);
            prepare(other, "b", mine);
            assertThat(run(one, "a")).isEqualTo("1");
            assertThat(run(other, "b")).isEqualTo("1");
            one.send(closeStatement("a"), sync()).readUntilReady();
            assertThat(run(other, "b")).isEqualTo("1");
            assertThat(run(one, "a")).isEqualTo("26000");
        }
    }

    @Test
    void moreStatementsThanTheServerMayKeepAllWorkInAnyOrder() throws Exception {
        Random random = new Random(7);
        try (RawPgClient one = proxy.login("acme");
                RawPgClient other = proxy.login("acme")) {
            for (int i = 0; i < 6; i++) {
                prepare(one, "s" + i, "SELECT " + i);
                prepare(other, "s" + i, "SELECT " + (i + 3));
            }
            for (int round = 0; round < 40; round++) {
                int i = random.nextInt(6);
                assertThat(run(one, "s" + i)).isEqualTo(Integer.toString(i));
                assertThat(run(other, "s" + i)).isEqualTo(Integer.toString(i + 3));
            }
            assertThat(one.queryOne("SELECT count(*) FROM pg_prepared_statements"))
                    .isIn("0", "1", "2");
        }
    }

    @Test
    void evictionInsideABatchSparesWhatIsBoundAlready() throws Exception {
        try (RawPgClient client = proxy.login("acme")) {
            List<byte[]> batch = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                batch.add(parse("s" + i, "SELECT " + i));
                batch.add(bind("p" + i, "s" + i));
            }
            for (int i = 0; i < 8; i++) {
                batch.add(execute("p" + i, 0));
            }
            batch.add(sync());
            var answer = client.send(batch.toArray(byte[][]::new)).readUntilReady();
            assertThat(rows(answer)).isEqualTo("0,1,2,3,4,5,6,7");
            assertThat(run(client, "s0")).isEqualTo("0");
        }
    }

    @Test
    void aFailingPipelineTakesBackWhatItPreparedClosedAndEvicted() throws Exception {
        try (RawPgClient client = proxy.login("acme")) {
            for (int i = 0; i < 4; i++) {
                prepare(client, "s" + i, "SELECT " + i);
            }
            for (int round = 0; round < 4; round++) {
                var answer =
                        client.send(
                                        parse("", "SELECT 1/0"),
                                        bind("", ""),
                                        execute("", 0),
                                        // All of this is skipped.
                                        closeStatement("s0"),
                                        parse("s0", "SELECT 'other'"),
                                        bind("", "s1"),
                                        closeStatement("s1"),
                                        parse("new" + round, "SELECT 'new'"),
                                        bind("", "s2"),
                                        bind("", "s3"),
                                        bind("", "s0"),
                                        execute("", 0),
                                        sync())
                                .readUntilReady();
                assertThat(types(answer)).isEqualTo("1EZ");
                for (int i = 0; i < 4; i++) {
                    assertThat(run(client, "s" + i)).isEqualTo(Integer.toString(i));
                }
                assertThat(run(client, "new" + round)).isEqualTo("26000");
            }
        }
    }

    @Test
    void skippingGoesOnForWhatComesAfterTheError() throws Exception {
        try (RawPgClient client = proxy.login("acme")) {
            prepare(client, "s", "SELECT 1");
            client.send(parse("bad", "no sql"), flush()).readUntil('E');
            client.send(
                    closeStatement("s"),
                    parse("late", "SELECT 2"),
                    describeStatement("nowhere"),
                    query("SELECT 'skipped'"),
                    sync(),
                    query("SELECT 'seen'"));
            assertThat(types(client.readUntilReady())).isEqualTo("Z");
            assertThat(rows(client.readUntilReady())).isEqualTo("seen");
            assertThat(run(client, "s")).isEqualTo("1");
            assertThat(run(client, "late")).isEqualTo("26000");
            assertThat(run(client, "bad")).isEqualTo("26000");
        }
    }

    @Test
    void unknownAndDuplicateNamesAreAnsweredAsPostgresDoes() throws Exception {
        try (RawPgClient client = proxy.login("acme")) {
            assertThat(types(client.send(closeStatement("x"), sync()).readUntilReady()))
                    .isEqualTo("3Z");
            assertThat(errors(client.send(describeStatement("x"), sync()).readUntilReady()))
                    .isEqualTo("26000");
            assertThat(run(client, "x")).isEqualTo("26000");
            assertThat(run(client, "")).isEqualTo("26000");
            prepare(client, "d", "SELECT 1");
            assertThat(errors(client.send(parse("d", "SELECT 2"), sync()).readUntilReady()))
                    .isEqualTo("42P05");
            assertThat(run(client, "d")).isEqualTo("1");
            client.query("BEGIN");
            assertThat(run(client, "x")).isEqualTo("26000");
            assertThat(errors(client.query("SELECT 1"))).isEqualTo("25P02");
            client.query("ROLLBACK");
        }
    }

    @Test
    void aTransactionThatHasFailedTakesNoParseButOneThatEndsIt() throws Exception {
        try (RawPgClient client = proxy.login("acme")) {
            prepare(client, "known", "SELECT 1");
            prepare(client, "end", "ROLLBACK");
            client.query("BEGIN");
            client.query("SELECT 1/0");
            assertThat(errors(client.send(parse("s", "SELECT 1"), sync()).readUntilReady()))
                    .isEqualTo("25P02");
            assertThat(types(client.send(parse("s", "ROLLBACK"), sync()).readUntilReady()))
                    .isEqualTo("1Z");
            assertThat(run(client, "s")).isEmpty();
            assertThat(client.queryOne("SELECT 'over'")).isEqualTo("over");
        }
    }

    @Test
    void aFailedParseIsNotRemembered() throws Exception {
        try (RawPgClient client = proxy.login("acme")) {
            String sql = "SELECT n FROM made_later";
            assertThat(errors(client.send(parse("s", sql), sync()).readUntilReady()))
                    .isEqualTo("42P01");
            client.query("CREATE TABLE made_later AS SELECT 5 AS n");
            prepare(client, "s", sql);
            assertThat(run(client, "s")).isEqualTo("5");
        }
    }

    @Test
    void localAnswersComeInTheirTurn() throws Exception {
        try (RawPgClient client = proxy.login("acme")) {
            prepare(client, "s", "SELECT 1");
            var answer =
                    client.send(
                                    parse("t", "SELECT 1"),
                                    bind("", "t"),
                                    execute("", 0),
                                    closeStatement("t"),
                                    parse("t", "SELECT 1"),
                                    describeStatement("t"),
                                    closeStatement("s"),
                                    sync())
                            .readUntilReady();
            assertThat(types(answer)).isEqualTo("12DC31tT3Z");
        }
    }

    @Test
    void theUnnamedStatementIsItsClientsOwn() throws Exception {
        try (RawPgClient one = proxy.login("acme");
                RawPgClient other = proxy.login("acme")) {
            for (int i = 0; i < 3; i++) {
                one.send(parse("", "SELECT 'one'"), sync()).readUntilReady();
                assertThat(types(other.send(parse("", "SELECT 'other'"), sync()).readUntilReady()))
                        .isEqualTo("1Z");
                assertThat(run(one, "")).isEqualTo("one");
                assertThat(run(other, "")).isEqualTo("other");
                other.query("SELECT 'a Query drops the unnamed statement of the server'");
                assertThat(run(one, "")).isEqualTo("one");
                assertThat(run(other, "")).isEqualTo("26000");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"DEALLOCATE ALL", "DISCARD ALL"})
    void forgettingAllForgetsTheNamesOfThisClientOnly(String sql) throws Exception {
        try (RawPgClient one = proxy.login("acme");
                RawPgClient other = proxy.login("acme")) {
            prepare(one, "s", "SELECT 1");
            prepare(other, "s", "SELECT 1");
            one.query(sql);
            assertThat(run(one, "s")).isEqualTo("26000");
            assertThat(run(other, "s")).isEqualTo("1");
            prepare(one, "s", "SELECT 3");
            one.send(parse("", sql), bind("", ""), execute("", 0), sync()).readUntilReady();
            assertThat(run(one, "s")).isEqualTo("26000");
            assertThat(run(other, "s")).isEqualTo("1");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"DEALLOCATE ALL", "DISCARD ALL"})
    void whatIsPreparedBehindAForgettingLives(String sql) throws Exception {
        try (RawPgClient client = proxy.login("acme");
                RawPgClient other = proxy.login("acme")) {
            prepare(client, "s", "SELECT 1");
            prepare(client, "before", "SELECT 'before'");
            prepare(other, "s", "SELECT 2");
            client.send(query(sql), parse("s", "SELECT 2"), bind("", "s"), execute("", 0), sync());
            assertThat(types(client.readUntilReady())).isEqualTo("CZ");
            assertThat(rows(client.readUntilReady())).isEqualTo("2");
            assertThat(run(client, "s")).isEqualTo("2");
            assertThat(run(client, "before")).isEqualTo("26000");

            client.send(
                    parse("", sql),
                    bind("", ""),
                    execute("", 0),
                    parse("s", "SELECT 3"),
                    bind("", "s"),
                    execute("", 0),
                    sync());
            assertThat(types(client.readUntilReady())).isEqualTo("12C12DCZ");
            assertThat(run(client, "s")).isEqualTo("3");
            client.send(
                    parse("forget", sql),
                    bind("", "forget"),
                    execute("", 0),
                    sync(),
                    bind("", "s"),
                    execute("", 0),
                    sync());
            assertThat(types(client.readUntilReady())).isEqualTo("12CZ");
            assertThat(errors(client.readUntilReady())).isEqualTo("26000");
            assertThat(run(other, "s")).isEqualTo("2");
        }
    }

    @Test
    void aForgettingThatFailsForgetsNothing() throws Exception {
        try (RawPgClient client = proxy.login("acme")) {
            prepare(client, "s", "SELECT 1");
            client.query("BEGIN");
            client.send(query("DISCARD ALL"), parse("t", "SELECT 2"), sync(), query("ROLLBACK"));
            assertThat(errors(client.readUntilReady())).isEqualTo("25001");
            assertThat(errors(client.readUntilReady())).isEqualTo("25P02");
            assertThat(types(client.readUntilReady())).isEqualTo("CZ");
            assertThat(run(client, "s")).isEqualTo("1");
            assertThat(run(client, "t")).isEqualTo("26000");
            client.send(
                    query("BEGIN"),
                    parse("", "DISCARD ALL"),
                    bind("", ""),
                    execute("", 0),
                    parse("t", "SELECT 2"),
                    bind("", "s"),
                    execute("", 0),
                    sync(),
                    query("ROLLBACK"));
            assertThat(types(client.readUntilReady())).isEqualTo("CZ");
            assertThat(types(client.readUntilReady())).isEqualTo("12EZ");
            assertThat(types(client.readUntilReady())).isEqualTo("CZ");
            assertThat(run(client, "s")).isEqualTo("1");
            assertThat(run(client, "t")).isEqualTo("26000");
        }
    }

    @Test
    void aClientThatVanishesBeforeSyncLeavesNoMark() throws Exception {
        String sql = "SELECT 'vanished'";
        for (int i = 0; i < 5; i++) {
            try (RawPgClient gone = proxy.login("acme")) {
                gone.send(parse("s", "SELECT 1/0"), parse("t", sql), flush());
                gone.abort();
            }
            try (RawPgClient next = proxy.login("acme")) {
                prepare(next, "t", sql);
                assertThat(run(next, "t")).isEqualTo("vanished");
            }
        }
    }

    @Test
    void aChangedResultTypeIsToldOnceToEveryClientThatKnewTheOldOne() throws Exception {
        String sql = "SELECT * FROM altered";
        try (RawPgClient one = proxy.login("acme");
                RawPgClient other = proxy.login("acme")) {
            one.query("CREATE TABLE altered AS SELECT 1 AS a");
            for (RawPgClient client : List.of(one, other)) {
                prepare(client, "s", sql);
                assertThat(types(client.send(describeStatement("s"), sync()).readUntilReady()))
                        .isEqualTo("tTZ");
                assertThat(run(client, "s")).isEqualTo("1");
            }
            one.query("ALTER TABLE altered ADD b text");

            assertThat(run(one, "s")).isEqualTo("0A000");
            var told = other.send(bind("", "s"), execute("", 0), sync()).readUntilReady();
            assertThat(errors(told)).isEqualTo("0A000");
            assertThat(told.getFirst().field('R')).isEqualTo("RevalidateCachedQuery");
            for (RawPgClient client : List.of(one, other)) {
                client.send(closeStatement("s"), sync()).readUntilReady();
                prepare(client, "s", sql);
                assertThat(run(client, "s")).isEqualTo("1");
            }
        }
    }

    @Test
    void aChangedResultTypeIsToldAlsoWhenTheServerHasForgottenTheStatement() throws Exception {
        try (RawPgClient client = proxy.login("acme");
                RawPgClient other = proxy.login("acme")) {
            client.query("CREATE TABLE altered_too AS SELECT 1 AS a");
            prepare(client, "s", "SELECT * FROM altered_too");
            client.send(describeStatement("s"), sync()).readUntilReady();
            prepare(client, "unseen", "SELECT a, * FROM altered_too");
            client.query("ALTER TABLE altered_too ALTER a TYPE text");
            other.query("DISCARD ALL"); // the server's statements are gone

            assertThat(run(client, "s")).isEqualTo("0A000");
            assertThat(run(client, "unseen")).isEqualTo("1");
            client.send(closeStatement("s"), sync()).readUntilReady();
            prepare(client, "s", "SELECT * FROM altered_too");
            assertThat(run(client, "s")).isEqualTo("1");
        }
    }

    @Test
    void aStatementThatUnseenCodeHasClosedIsPreparedAgainAlsoByWhoDescribesIt() throws Exception {
        String unseen = "DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$";
        try (RawPgClient client = proxy.login("acme");
                RawPgClient other = proxy.login("acme")) {
            prepare(client, "s", "SELECT 'unseen'");
            assertThat(errors(other.query(unseen))).isEmpty();
            assertThat(
                            errors(
                                    other.send(
                                                    parse("t", "SELECT 'unseen'"),
                                                    describeStatement("t"),
                                                    sync())
                                            .readUntilReady()))
                    .isEqualTo("26000");
            assertThat(types(other.send(describeStatement("t"), sync()).readUntilReady()))
                    .isEqualTo("tTZ");

            // Its types are known now: before a Bind elsewhere the proxy asks for them itself.
            other.query("DISCARD ALL");
            prepare(other, "t", "SELECT 'unseen'");
            assertThat(errors(other.query(unseen))).isEmpty();
            assertThat(run(client, "s")).isEqualTo("26000");
            assertThat(run(client, "s")).isEqualTo("unseen");
            assertThat(run(other, "t")).isEqualTo("unseen");
        }
    }

    @Test
    void aDescribedStatementIsPreparedAgainInAPipeline() throws Exception {
        try (RawPgClient client = proxy.login("acme");
                RawPgClient other = proxy.login("acme")) {
            for (int i = 0; i < 4; i++) {
                prepare(client, "s" + i, "SELECT " + i);
                client.send(describeStatement("s" + i), sync()).readUntilReady();
            }
            other.query("DISCARD ALL");
            for (int round = 0; round < 5; round++) {
                List<byte[]> batch = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    batch.add(bind("", "s" + i));
                    batch.add(execute("", 0));
                    batch.add(parse("t" + round + i, "SELECT 1" + i));
                    batch.add(bind("", "t" + round + i));
                    batch.add(execute("", 0));
                    batch.add(sync());
                }
                client.send(batch.toArray(byte[][]::new));
                for (int i = 0; i < 4; i++) {
                    assertThat(rows(client.readUntilReady())).isEqualTo(i + ",1" + i);
                }
            }
        }
    }

    @Test
    void aDriverHealsFromAChangedResultType() throws Exception {
        try (Connection one = proxy.jdbc("acme");
                Connection other = proxy.jdbc("acme")) {
            one.createStatement().execute("CREATE TABLE healed AS SELECT 1 AS a");
            try (var mine = one.prepareStatement("SELECT * FROM healed");
                    var theirs = other.prepareStatement("SELECT * FROM healed")) {
                for (int i = 0; i < 8; i++) {
                    mine.executeQuery().close();
                    theirs.executeQuery().close();
                }
                one.createStatement().execute("ALTER TABLE healed ALTER a TYPE text USING 'x'");
                for (var statement : List.of(theirs, mine, theirs)) {
                    try (var rows = statement.executeQuery()) {
                        rows.next();
                        assertThat(rows.getString(1)).isEqualTo("x");
                    }
                }
            }
        }
    }

    @Test
    void deallocatingAStatementOfTheProtocolBySqlWorks() throws Exception {
        try (RawPgClient one = proxy.login("acme");
                RawPgClient other = proxy.login("acme")) {
            prepare(one, "s", "SELECT 1");
            prepare(one, "Quoted \"name\"", "SELECT 1");
            prepare(other, "s", "SELECT 1");
            for (String sql :
                    List.of("DEALLOCATE S", "DEALLOCATE PREPARE \"Quoted \"\"name\"\"\"")) {
                assertThat(types(one.query(sql))).isEqualTo("CZ");
            }
            assertThat(run(one, "s")).isEqualTo("26000");
            assertThat(run(one, "Quoted \"name\"")).isEqualTo("26000");
            assertThat(run(other, "s")).isEqualTo("1");
            assertThat(errors(one.query("DEALLOCATE s"))).isEqualTo("26000");
            prepare(one, "s", "SELECT 4");
            one.query("BEGIN");
            one.query("SELECT 1/0");
            assertThat(errors(one.query("DEALLOCATE s"))).isEqualTo("25P02");
            one.query("ROLLBACK");
            assertThat(run(one, "s")).isEqualTo("4");
        }
    }
}
