package io.sluice.pg.it;

import static io.sluice.testbed.FrontendBytes.copyData;
import static io.sluice.testbed.FrontendBytes.copyDone;
import static io.sluice.testbed.FrontendBytes.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.testbed.PostgresBackend;
import io.sluice.testbed.RawPgClient;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A gigabyte at a time through a proxy that has a quarter of that, and every byte of it; the proxy
 * takes little of what it has.
 */
@Tag("long")
class GigabytesIT {
    private static final int MEGABYTE = 1_000_000;
    private static final int ROWS = 1_000;

    /** Bounds for what was measured as 29 MB, 3.4 MB and 167 MB; see docs/memory.md. */
    private static final MemoryWatch.Memory ENOUGH =
            new MemoryWatch.Memory(100L * MEGABYTE, 16L * MEGABYTE, 300L * MEGABYTE);

    @TempDir private static Path folder;

    private static PostgresBackend backend;
    private static SmallProxy proxy;
    private MemoryWatch memory;
    private RawPgClient client;

    @BeforeAll
    static void start() throws Exception {
        backend = PostgresBackend.start();
        TestProxy.prepare(backend);
        backend.executeIn(
                "acme_app",
                "CREATE UNLOGGED TABLE large (t text)",
                // What is stored as it came is read back as fast as it went in.
                "ALTER TABLE large ALTER t SET STORAGE EXTERNAL",
                "ALTER TABLE large OWNER TO acme");
        proxy = SmallProxy.start(backend, folder);
    }

    @AfterAll
    static void stop() throws Exception {
        proxy.close();
        backend.close();
    }

    @BeforeEach
    void connect() throws Exception {
        memory = proxy.watchMemory();
        client = proxy.login();
    }

    @AfterEach
    void theProxyIsWell() throws Exception {
        client.close();
        MemoryWatch.Memory most = memory.stop();
        System.out.println("a gigabyte took " + most);
        assertThat(most.heap()).as("heap").isBetween(1L, ENOUGH.heap());
        assertThat(most.direct()).as("direct memory").isBetween(1L, ENOUGH.direct());
        assertThat(most.resident()).as("resident").isBetween(1L, ENOUGH.resident());
        try (RawPgClient another = proxy.login()) {
            assertThat(another.queryOne("SELECT 'well'")).isEqualTo("well");
        }
        assertThat(proxy.failures()).isEmpty();
    }

    /** What came of one kind of message. */
    private record Received(long messages, long bytes, long checksum) {}

    @Test
    void aResultArrivesWhole() throws Exception {
        client.send(query(resultOf(ROWS)));
        assertThat(receive('D')).isEqualTo(rowsOfAMegabyte());
    }

    /** PostgreSQL's limit is a gibibyte for the whole row. */
    @Test
    void aSingleFieldArrivesWhole() throws Exception {
        int length = ROWS * MEGABYTE;
        client.send(query("SELECT repeat('x', %d)".formatted(length)));
        CRC32C sum = new CRC32C();
        sum.update(fieldHeader(length));
        byte[] megabyte = megabyte();
        for (int i = 0; i < ROWS; i++) {
            sum.update(megabyte);
        }
        assertThat(receive('D')).isEqualTo(new Received(1, length + 6L, sum.getValue()));
    }

    @Test
    void aResultForAClientThatDoesNotReadWaitsAtTheServer() throws Exception {
        client.send(query(resultOf(ROWS)));
        await().until(
                        () ->
                                backend.queryOne(
                                        "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'ClientWrite'"),
                        "1"::equals);
        try (RawPgClient other = proxy.login()) {
            assertThat(other.queryOne("SELECT 'served'")).isEqualTo("served");
        }
        assertThat(receive('D')).isEqualTo(rowsOfAMegabyte());
    }

    @Test
    void aCopyArrivesWholeBothWays() throws Exception {
        client.query("TRUNCATE large");
        client.send(query("COPY large FROM STDIN")).readUntil('G');
        CRC32C sum = new CRC32C();
        byte[] row = megabyte();
        row[MEGABYTE - 1] = '\n';
        for (int i = 0; i < ROWS; i++) {
            byte[] number = "%09d".formatted(i).getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(number, 0, row, 0, number.length);
            sum.update(row);
            client.send(copyData(row));
        }
        assertThat(client.send(copyDone()).readUntilReady().getFirst().commandTag())
                .isEqualTo("COPY " + ROWS);
        client.send(query("COPY large TO STDOUT"));
        assertThat(receive('d'))
                .isEqualTo(new Received(ROWS, (long) ROWS * MEGABYTE, sum.getValue()));
        client.query("TRUNCATE large");
    }

    private static String resultOf(int rows) {
        return "SELECT repeat('x', %d) FROM generate_series(1, %d)".formatted(MEGABYTE, rows);
    }

    private static Received rowsOfAMegabyte() {
        CRC32C sum = new CRC32C();
        byte[] header = fieldHeader(MEGABYTE);
        byte[] megabyte = megabyte();
        for (int i = 0; i < ROWS; i++) {
            sum.update(header);
            sum.update(megabyte);
        }
        return new Received(ROWS, ROWS * (MEGABYTE + 6L), sum.getValue());
    }

    /** What stands before the only field of a row. */
    private static byte[] fieldHeader(int length) {
        return ByteBuffer.allocate(6).putShort((short) 1).putInt(length).array();
    }

    private static byte[] megabyte() {
        byte[] megabyte = new byte[MEGABYTE];
        Arrays.fill(megabyte, (byte) 'x');
        return megabyte;
    }

    /** Reads up to ReadyForQuery and adds up the messages of that type. */
    private Received receive(char type) throws IOException {
        long messages = 0;
        long bytes = 0;
        CRC32C sum = new CRC32C();
        while (true) {
            RawPgClient.Skimmed message = client.skim(type, sum);
            if (message.type() == type) {
                messages++;
                bytes += message.length();
            } else if (message.type() == 'Z') {
                return new Received(messages, bytes, sum.getValue());
            }
        }
    }
}
