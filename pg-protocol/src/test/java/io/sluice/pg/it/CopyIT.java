package io.sluice.pg.it;

import static io.sluice.pg.it.Answers.awaitAllIdle;
import static io.sluice.pg.it.Answers.errors;
import static io.sluice.pg.it.Answers.types;
import static io.sluice.testbed.FrontendBytes.bind;
import static io.sluice.testbed.FrontendBytes.copyData;
import static io.sluice.testbed.FrontendBytes.copyDone;
import static io.sluice.testbed.FrontendBytes.copyFail;
import static io.sluice.testbed.FrontendBytes.execute;
import static io.sluice.testbed.FrontendBytes.flush;
import static io.sluice.testbed.FrontendBytes.parse;
import static io.sluice.testbed.FrontendBytes.query;
import static io.sluice.testbed.FrontendBytes.sync;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testbed.RawPgClient;
import java.io.StringReader;
import java.io.StringWriter;
import java.sql.Connection;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;

/** COPY in all its forms, and what is left of those that fail. */
class CopyIT {
    private static final byte[] ROWS = copyData("1\n2\n3\n".getBytes(UTF_8));
    private static final byte[] BAD_ROW = copyData("no number\n".getBytes(UTF_8));
    private static final String COPY_IN = "COPY copied FROM STDIN";

    private static TestProxy proxy;
    private RawPgClient client;

    @BeforeAll
    static void start() {
        SharedPostgres.backend().executeIn("acme_app", "CREATE TABLE copied (n int)");
        SharedPostgres.backend().executeIn("acme_app", "ALTER TABLE copied OWNER TO acme");
        proxy = SharedPostgres.proxyWithOneConnection();
    }

    @AfterAll
    static void stop() {
        proxy.close();
    }

    @BeforeEach
    void connect() throws Exception {
        awaitAllIdle(proxy);
        client = proxy.login("acme");
        client.query("TRUNCATE copied");
    }

    /** The client goes on, another uses the same server connection, and nothing is left. */
    private void thenAllIsWell(int rows) throws Exception {
        try (RawPgClient other = proxy.login("acme")) {
            assertThat(other.queryOne("SELECT count(*) FROM copied"))
                    .isEqualTo(Integer.toString(rows));
            assertThat(client.queryOne("SELECT 'still here'")).isEqualTo("still here");
        }
        client.close();
        awaitAllIdle(proxy);
    }

    @Test
    void byASimpleQuery() throws Exception {
        client.send(query(COPY_IN)).readUntil('G');
        assertThat(types(client.send(ROWS, ROWS, copyDone()).readUntilReady())).isEqualTo("CZ");
        thenAllIsWell(6);
    }

    @Test
    void byASimpleQueryWithTheDataSentBlindly() throws Exception {
        var answer = client.send(query(COPY_IN), ROWS, copyDone(), query("SELECT 1"));
        assertThat(types(answer.readUntilReady())).isEqualTo("GCZ");
        assertThat(types(answer.readUntilReady())).isEqualTo("TDCZ");
        thenAllIsWell(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "named"})
    void byTheExtendedProtocol(String name) throws Exception {
        client.send(parse(name, COPY_IN), bind("", name), execute("", 0), flush()).readUntil('G');
        assertThat(types(client.send(ROWS, copyDone(), sync()).readUntilReady())).isEqualTo("CZ");
        thenAllIsWell(3);
    }

    @Test
    void byTheExtendedProtocolWithASyncSentEarly() throws Exception {
        client.send(parse("", COPY_IN), bind("", ""), execute("", 0), sync()).readUntil('G');
        assertThat(types(client.send(ROWS, sync(), copyDone(), sync()).readUntilReady()))
                .isEqualTo("CZ");
        thenAllIsWell(3);
    }

    @Test
    void byTheExtendedProtocolWithAllSentBlindly() throws Exception {
        client.send(
                parse("", COPY_IN),
                bind("", ""),
                execute("", 0),
                ROWS,
                copyDone(),
                sync(),
                parse("", "SELECT 7"),
                bind("", ""),
                execute("", 0),
                sync());
        assertThat(types(client.readUntilReady())).isEqualTo("12GCZ");
        assertThat(types(client.readUntilReady())).isEqualTo("12DCZ");
        thenAllIsWell(3);
    }

    @Test
    void severalInOneQuery() throws Exception {
        client.send(query(COPY_IN + "; SELECT 1; " + COPY_IN)).readUntil('G');
        assertThat(types(client.send(ROWS, copyDone()).readUntil('G'))).isEqualTo("CTDCG");
        assertThat(types(client.send(ROWS, copyDone()).readUntilReady())).isEqualTo("CZ");
        thenAllIsWell(6);
    }

    @Test
    void whatComesAfterAFailureIsSwallowed() throws Exception {
        client.send(query(COPY_IN)).readUntil('G');
        assertThat(errors(client.send(BAD_ROW).send(copyDone()).readUntilReady()))
                .isEqualTo("22P02");
        client.send(ROWS, copyDone(), copyFail("late"));
        thenAllIsWell(0);
    }

    @Test
    void whatComesAfterAFailureInATransactionIsSwallowed() throws Exception {
        client.query("BEGIN");
        client.send(query(COPY_IN)).readUntil('G');
        var answer = client.send(BAD_ROW, ROWS, copyFail("late")).readUntilReady();
        assertThat(answer.getLast().transactionStatus()).isEqualTo('E');
        client.send(ROWS, copyDone());
        client.query("ROLLBACK");
        thenAllIsWell(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "named"})
    void aFailureInTheExtendedProtocolSkipsToSync(String name) throws Exception {
        client.send(parse(name, COPY_IN), bind("", name), execute("", 0), flush()).readUntil('G');
        client.send(BAD_ROW, copyDone()).readUntil('E');
        assertThat(types(client.send(ROWS, copyFail("late"), sync()).readUntilReady()))
                .isEqualTo("Z");
        thenAllIsWell(0);
    }

    /**
     * A Sync into a COPY makes Sluice ask what it has answered: not between two parts of a message.
     */
    @Test
    void aFailureMayBeToldWhileAMessageIsOnItsWay() throws Exception {
        byte[] data = copyData("1\n".repeat(50_000).getBytes(UTF_8));
        int half = data.length / 2;
        client.send(query(COPY_IN)).readUntil('G');

        client.send(BAD_ROW, sync(), Arrays.copyOf(data, half)).readUntilReady();
        var answer =
                client.send(
                                Arrays.copyOfRange(data, half, data.length),
                                copyDone(),
                                query("SELECT 1"))
                        .readUntil('D');

        assertThat(types(answer)).doesNotContain("E");
        client.readUntilReady();
        thenAllIsWell(0);
    }

    @Test
    void aCopyThatCannotBeginIgnoresItsData() throws Exception {
        client.send(
                parse("", "COPY copied (no_column) FROM STDIN"),
                bind("", ""),
                execute("", 0),
                ROWS,
                copyDone(),
                sync(),
                query("SELECT 1"));
        assertThat(types(client.readUntilReady())).endsWith("EZ");
        assertThat(types(client.readUntilReady())).isEqualTo("TDCZ");
        assertThat(
                        errors(
                                client.send(query("COPY nowhere FROM STDIN"), ROWS, copyDone())
                                        .readUntilReady()))
                .isEqualTo("42P01");
        thenAllIsWell(0);
    }

    @Test
    void theClientEndsItWithAFailure() throws Exception {
        client.send(query(COPY_IN)).readUntil('G');
        assertThat(errors(client.send(ROWS, copyFail("changed my mind")).readUntilReady()))
                .isEqualTo("57014");
        thenAllIsWell(0);
    }

    @Test
    void aClientThatVanishesInACopyLeavesNothing() throws Exception {
        client.send(query(COPY_IN)).readUntil('G');
        client.send(ROWS);
        client.abort();
        awaitAllIdle(proxy);
        client = proxy.login("acme");
        thenAllIsWell(0);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aClientThatVanishesAsTheCopyBeginsLeavesNothing(boolean simple) throws Exception {
        for (int i = 0; i < 10; i++) {
            if (simple) {
                client.send(query("SELECT pg_sleep(0.005 * " + i + "); " + COPY_IN));
            } else {
                client.send(parse("", COPY_IN), bind("", ""), execute("", 0), sync());
            }
            client.abort();
            client = proxy.login("acme");
        }
        awaitAllIdle(proxy);
        thenAllIsWell(0);
    }

    @Test
    void aClientThatVanishesWhileItIsSentACopyLeavesNothing() throws Exception {
        client.send(
                        query(
                                "COPY (SELECT repeat('x', 1000) FROM generate_series(1, 300000)) TO STDOUT"))
                .readUntil('H');
        client.readUntil('d');
        client.abort();
        awaitAllIdle(proxy);
        client = proxy.login("acme");
        thenAllIsWell(0);
    }

    @Test
    void byADriver() throws Exception {
        try (Connection connection = proxy.jdbc("acme")) {
            var copies = connection.unwrap(PGConnection.class).getCopyAPI();
            assertThat(copies.copyIn(COPY_IN, new StringReader("5\n6\n"))).isEqualTo(2);
            StringWriter out = new StringWriter();
            assertThat(copies.copyOut("COPY copied TO STDOUT", out)).isEqualTo(2);
            assertThat(out).hasToString("5\n6\n");
        }
        thenAllIsWell(2);
    }

    /** The server reads the Sync when the COPY is over already, and answers it, too. */
    @Test
    void thatFailsAheadOfASyncAnswersNobodyElseWithThatSync() throws Exception {
        client.send(query(COPY_IN)).readUntil('G');
        try (RawPgClient other = proxy.login("acme")) {
            other.send(query("SELECT 'mine'"));
            client.send(BAD_ROW, sync());
            assertThat(types(client.readUntilReady())).isEqualTo("EZ");
            assertThat(types(client.readUntilReady())).isEqualTo("Z");
            assertThat(Answers.rows(other.readUntilReady())).contains("mine");
        }
        thenAllIsWell(0);
    }

    /** As libpq and others send it: the early Sync is unread when the trigger fails. */
    @Test
    void whoseTriggerFailsBeforeAnythingIsReadAnswersNobodyElse() throws Exception {
        SharedPostgres.backend()
                .executeIn(
                        "acme_app",
                        """
                        CREATE OR REPLACE FUNCTION no_copy() RETURNS trigger LANGUAGE plpgsql AS
                        $$ BEGIN PERFORM pg_sleep(0.3); RAISE 'no copy'; END $$;
                        CREATE TABLE IF NOT EXISTS guarded (n int);
                        ALTER TABLE guarded OWNER TO acme;
                        CREATE OR REPLACE TRIGGER guard BEFORE INSERT ON guarded
                        FOR EACH STATEMENT EXECUTE FUNCTION no_copy()
                        """);
        client.send(parse("", "COPY guarded FROM STDIN"), bind("", ""), execute("", 0), sync())
                .readUntil('G');
        try (RawPgClient other = proxy.login("acme")) {
            other.send(query("SELECT 'mine'"));
            client.send(ROWS, copyDone(), sync());
            assertThat(types(client.readUntilReady())).isEqualTo("EZ");
            assertThat(types(client.readUntilReady())).isEqualTo("Z");
            assertThat(Answers.rows(other.readUntilReady())).contains("mine");
        }
        thenAllIsWell(0);
    }

    @Test
    void whoseClientGoesBeforeItBeginsLeavesNoAnswerToTheNext() throws Exception {
        client.send(parse("", "COPY copied FROM STDIN"), bind("", ""), execute("", 0), sync());
        client.abort();
        try (RawPgClient other = proxy.login("acme")) {
            assertThat(other.queryOne("SELECT 'mine'")).isEqualTo("mine");
            assertThat(other.queryOne("SELECT 'still mine'")).isEqualTo("still mine");
        }
        awaitAllIdle(proxy);
    }
}
