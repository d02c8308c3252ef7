package io.sluice.pg.it;

import static io.sluice.pg.it.Answers.awaitAllIdle;
import static io.sluice.pg.it.Answers.errors;
import static io.sluice.pg.it.Answers.rows;
import static io.sluice.pg.it.Answers.types;
import static io.sluice.testbed.FrontendBytes.all;
import static io.sluice.testbed.FrontendBytes.bind;
import static io.sluice.testbed.FrontendBytes.closePortal;
import static io.sluice.testbed.FrontendBytes.closeStatement;
import static io.sluice.testbed.FrontendBytes.describePortal;
import static io.sluice.testbed.FrontendBytes.execute;
import static io.sluice.testbed.FrontendBytes.flush;
import static io.sluice.testbed.FrontendBytes.functionCall;
import static io.sluice.testbed.FrontendBytes.parse;
import static io.sluice.testbed.FrontendBytes.query;
import static io.sluice.testbed.FrontendBytes.sync;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.testbed.RawPgClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests sent ahead of answers, in any cut; the server is kept until the last is answered. */
class PipelineIT {
    private static TestProxy proxy;
    private RawPgClient client;

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
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        try (RawPgClient other = proxy.login("acme")) {
            assertThat(other.queryOne("SELECT 'free'")).isEqualTo("free");
        }
        client.close();
        awaitAllIdle(proxy);
    }

    @Test
    void tenPipelinesOfAHundredStatements() throws Exception {
        for (int round = 0; round < 10; round++) {
            List<byte[]> batch = new ArrayList<>();
            StringBuilder expected = new StringBuilder();
            for (int i = 0; i < 100; i++) {
                batch.add(parse("", "SELECT $1::text"));
                batch.add(bind("", "", round + "/" + i));
                batch.add(execute("", 0));
                expected.append(i == 0 ? "" : ",").append(round).append('/').append(i);
            }
            batch.add(sync());
            client.send(batch.toArray(byte[][]::new));
            assertThat(rows(client.readUntilReady())).isEqualTo(expected.toString());
        }
    }

    @Test
    void severalSyncsAndQueriesInOnePacketInAnyCut() throws Exception {
        byte[] packet =
                all(
                        sync(),
                        sync(),
                        query("SELECT 1"),
                        parse("", "SELECT 2"),
                        bind("", ""),
                        execute("", 0),
                        sync(),
                        query(""),
                        query("SELECT 3; SELECT 4"),
                        sync());
        for (int size : new int[] {packet.length, 1, 3, 7}) {
            client.sendInFragments(size, packet);
            StringBuilder answers = new StringBuilder();
            for (int i = 0; i < 7; i++) {
                answers.append(types(client.readUntilReady())).append(' ');
            }
            assertThat(answers).hasToString("Z Z TDCZ 12DCZ IZ TDCTDCZ Z ");
        }
    }

    @Test
    void aFlushBringsAnswersAndKeepsTheServer() throws Exception {
        client.send(parse("", "SELECT 1"), flush());
        assertThat(types(client.readUntil('1'))).isEqualTo("1");
        assertThat(proxy.leases()).isEqualTo(1);
        client.send(bind("", ""), execute("", 0), flush());
        assertThat(types(client.readUntil('C'))).isEqualTo("2DC");
        assertThat(proxy.leases()).isEqualTo(1);
        client.send(sync()).readUntilReady();
        await().until(() -> proxy.leases() == 0);
    }

    @Test
    void aFlushAloneTakesNoServer() throws Exception {
        client.send(flush()).query("SELECT 1");
        client.send(flush(), flush());
        assertThat(client.queryOne("SELECT 2")).isEqualTo("2");
        client.send(flush());
        await().until(() -> proxy.leases() == 0);
    }

    @Test
    void anErrorSkipsToSyncAndNoFurther() throws Exception {
        client.send(
                parse("", "SELECT 1/$1::int"),
                bind("", "", "0"),
                execute("", 0),
                parse("skipped", "SELECT 1"),
                query("SELECT 'skipped'"),
                functionCall(1, List.of()),
                sync(),
                parse("", "SELECT 5"),
                bind("", ""),
                execute("", 0),
                sync());
        assertThat(types(client.readUntilReady())).isEqualTo("1EZ");
        assertThat(rows(client.readUntilReady())).isEqualTo("5");
    }

    @Test
    void whatIsSkippedWithAQueryInItLeavesNobodyWaiting() throws Exception {
        client.send(
                parse("", "no sql"),
                query("SELECT 'skipped'"),
                parse("skipped", "SELECT 1"),
                sync());
        assertThat(types(client.readUntilReady())).isEqualTo("EZ");
        client.send(parse("kept", "SELECT 2"), bind("", "kept"), execute("", 0), sync());
        assertThat(rows(client.readUntilReady())).isEqualTo("2");
    }

    @Test
    void portalsAreReadInParts() throws Exception {
        client.query("BEGIN");
        client.send(
                parse("s", "SELECT generate_series(1, 5)"),
                bind("p", "s"),
                describePortal("p"),
                execute("p", 2),
                sync());
        assertThat(types(client.readUntilReady())).isEqualTo("12TDDsZ");
        client.send(execute("p", 2), flush());
        assertThat(rows(client.readUntil('s'))).isEqualTo("3,4");
        assertThat(types(client.send(execute("p", 0), closePortal("p"), sync()).readUntilReady()))
                .isEqualTo("DC3Z");
        client.query("COMMIT");
    }

    @Test
    void functionsAreCalled() throws Exception {
        int oid = Integer.parseInt("" + client.queryOne("SELECT 'int4pl'::regproc::oid"));
        assertThat(types(client.send(functionCall(oid, List.of("3", "4"))).readUntilReady()))
                .isEqualTo("VZ");
        assertThat(errors(client.send(functionCall(1, List.of())).readUntilReady())).isNotEmpty();
    }

    @Test
    void aTransactionThatFailsInAPipelineIsKeptUntilItEnds() throws Exception {
        client.send(query("BEGIN"), query("SELECT 1/0"), query("SELECT 1"), query("ROLLBACK"));
        assertThat(types(client.readUntilReady())).isEqualTo("CZ");
        assertThat(errors(client.readUntilReady())).isEqualTo("22012");
        assertThat(errors(client.readUntilReady())).isEqualTo("25P02");
        assertThat(client.readUntilReady().getLast().transactionStatus()).isEqualTo('I');
    }

    /** One ReadyForQuery answers both, and is the end of both. */
    @Test
    void aQueryInsteadOfASyncEndsTheSeries() throws Exception {
        client.send(parse("left", "SELECT 1"), query("SELECT 'query'"));
        assertThat(Answers.types(client.readUntilReady())).isEqualTo("1TDCZ");
        try (RawPgClient other = proxy.login("acme")) {
            assertThat(other.queryOne("SELECT 'free at once'")).isEqualTo("free at once");
        }
        client.send(parse("more", "SELECT 1"), query("DEALLOCATE \"left\""));
        assertThat(Answers.types(client.readUntilReady())).isEqualTo("1CZ");
    }

    /** Whether the backslash ends the string is known when the setting has been answered. */
    @Test
    void aTextBehindAChangeOfHowTextsAreReadIsReadByTheChange() throws Exception {
        client.send(
                query("SET standard_conforming_strings = off"),
                query("SELECT '\\'', set_config(''app.t'', ''x'', false) --'"),
                query("SELECT '\\', set_config('app.t', 'y', false) --'"));
        client.readUntilReady();
        client.readUntilReady();
        client.readUntilReady();
        try (RawPgClient other = proxy.login("acme")) {
            assertThat(other.queryOne("SELECT coalesce(current_setting('app.t', true), '')"))
                    .isEmpty();
        }
        assertThat(client.queryOne("SELECT coalesce(current_setting('app.t', true), '')"))
                .isEqualTo("");
    }

    /** Answers that nobody reads do not pile up: the requests wait in the client's own buffers. */
    @Test
    void whoDoesNotReadIsNotReadFrom() throws Exception {
        byte[][] queries = new byte[2000][];
        Arrays.fill(queries, query("SELECT repeat('x', 100000)"));
        Thread writer =
                Thread.ofVirtual()
                        .start(() -> {
                            try {
                                client.send(queries);
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        });
        for (int i = 0; i < 50; i++) {
            assertThat(Answers.types(client.readUntilReady())).isEqualTo("TDCZ");
            assertThat(proxy.pendingToClients()).isLessThan(1_000_000);
        }
        client.abort();
        writer.join();
    }

    @Test
    void aSeriesThatGetsNoBytesToTheServerIsAnsweredThoughItIsLong() throws Exception {
        List<byte[]> series = new ArrayList<>();
        series.add(parse("", "SELECT 'first'"));
        series.add(bind("", ""));
        series.add(execute("", 0));
        for (int i = 0; i < 5000; i++) {
            series.add(closeStatement("s" + i)); // which the server need not see
        }
        series.add(sync());
        var answer = client.send(series.toArray(byte[][]::new)).readUntilReady();
        assertThat(rows(answer)).isEqualTo("first");
        assertThat(types(answer)).isEqualTo("12DC" + "3".repeat(5000) + "Z");
    }
}
