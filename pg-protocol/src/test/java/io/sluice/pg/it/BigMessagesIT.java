package io.sluice.pg.it;

import static io.sluice.pg.it.Answers.awaitAllIdle;
import static io.sluice.pg.it.Answers.errors;
import static io.sluice.pg.it.Answers.rows;
import static io.sluice.pg.it.Answers.types;
import static io.sluice.testbed.FrontendBytes.bind;
import static io.sluice.testbed.FrontendBytes.copyData;
import static io.sluice.testbed.FrontendBytes.copyDone;
import static io.sluice.testbed.FrontendBytes.describeStatement;
import static io.sluice.testbed.FrontendBytes.execute;
import static io.sluice.testbed.FrontendBytes.parse;
import static io.sluice.testbed.FrontendBytes.query;
import static io.sluice.testbed.FrontendBytes.sync;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.testbed.RawPgClient;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages much larger than any buffer, in memory that does not grow with them. */
class BigMessagesIT {
    private static final int MIB = 1 << 20;
    private static TestProxy proxy;
    private RawPgClient client;

    @BeforeAll
    static void start() {
        SharedPostgres.backend()
                .executeIn(
                        "acme_app", "CREATE TABLE big (t text)", "ALTER TABLE big OWNER TO acme");
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
        assertThat(client.queryOne("SELECT 'well'")).isEqualTo("well");
        client.close();
        awaitAllIdle(proxy);
    }

    @ParameterizedTest
    @ValueSource(ints = {20_000, 70_000, 200_000, 3_000_000})
    void queriesOfAnyLength(int length) throws Exception {
        String sql = "SELECT length('" + "x".repeat(length) + "'); SET work_mem = '5MB'";
        assertThat(rows(client.query(sql))).isEqualTo(Integer.toString(length));
        try (RawPgClient other = proxy.login("acme")) {
            assertThat(other.queryOne("SHOW work_mem")).isEqualTo("4MB");
            assertThat(client.queryOne("SHOW work_mem")).isEqualTo("5MB");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {20_000, 200_000, 3_000_000})
    void unnamedStatementsOfAnyLength(int length) throws Exception {
        byte[] parse = parse("", "SELECT length('" + "x".repeat(length) + "')");
        for (int size : new int[] {parse.length, 50_000}) {
            client.sendInFragments(size, parse);
            var answer = client.send(bind("", ""), execute("", 0), sync()).readUntilReady();
            assertThat(rows(answer)).isEqualTo(Integer.toString(length));
        }
        client.query("SELECT 1");
        assertThat(errors(client.send(bind("", ""), sync()).readUntilReady())).isEqualTo("26000");
    }

    @Test
    void aNamedStatementThatIsTooLongIsRefusedAndItsClientStays() throws Exception {
        byte[] parse = parse("n".repeat(16_000), "SELECT '" + "x".repeat(3_000_000) + "'");
        assertThat(errors(client.send(parse, sync()).readUntilReady())).isEqualTo("54000");
    }

    @Test
    void longNamesAndParameters() throws Exception {
        String name = "n".repeat(16_000);
        var answer =
                client.send(
                                parse(name, "SELECT length($1::text)"),
                                describeStatement(name),
                                bind("", name, "x".repeat(5 * MIB)),
                                execute("", 0),
                                sync())
                        .readUntilReady();
        assertThat(errors(answer)).isEmpty();
        assertThat(types(answer)).isEqualTo("1tT2DCZ");
    }

    /** The server stops when all buffers on the way are full; one that is read on never does. */
    private static void awaitServerStopped() {
        await().until(
                        () ->
                                SharedPostgres.backend()
                                        .queryOne(
                                                "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'ClientWrite'"),
                        "1"::equals);
    }

    @Test
    void aLongRowPassesInConstantMemory() throws Exception {
        PeakMemory peak = new PeakMemory();
        client.send(query("SELECT repeat('x', 64000000)"));
        awaitServerStopped();
        peak.sample();
        assertThat(client.readUntil('T')).isNotEmpty();
        assertThat(client.skim('D', peak).length()).isGreaterThan(64_000_000);
        assertThat(types(client.readUntilReady())).isEqualTo("CZ");
        assertThat(peak.grownBy()).isLessThan(32L * MIB);
    }

    @Test
    void aSlowReaderOfALargeResultCostsNoMemory() throws Exception {
        PeakMemory peak = new PeakMemory();
        client.send(query("SELECT repeat('x', 8000) FROM generate_series(1, 8000)"));
        awaitServerStopped();
        peak.sample();
        long rows = 0;
        for (var message = client.skim('D', peak);
                message.type() != 'Z';
                message = client.skim('D', peak)) {
            rows += message.type() == 'D' ? 1 : 0;
        }
        assertThat(rows).isEqualTo(8000);
        assertThat(peak.grownBy()).isLessThan(32L * MIB);
    }

    @Test
    void aLargeCopyPassesInConstantMemory() throws Exception {
        byte[] row = new byte[64 * MIB];
        Arrays.fill(row, (byte) 'x');
        row[row.length - 1] = '\n';
        byte[] message = copyData(row);
        PeakMemory peak = new PeakMemory();
        client.send(query("COPY big FROM STDIN")).readUntil('G');
        for (int from = 0; from < message.length; from += MIB) {
            client.send(Arrays.copyOfRange(message, from, Math.min(from + MIB, message.length)));
            peak.sample();
        }
        assertThat(types(client.send(copyDone()).readUntilReady())).isEqualTo("CZ");
        assertThat(peak.grownBy()).isLessThan(32L * MIB);
        assertThat(client.queryOne("SELECT sum(length(t)) FROM big"))
                .isEqualTo(Integer.toString(row.length - 1));
        client.query("TRUNCATE big");
    }
}
