package io.sluice.bench;

import io.sluice.testbed.FrontendBytes;
import io.sluice.testbed.RawPgClient;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Moves much data through one connection and keeps none of it. Arguments: port, megabytes (of
 * 1,000,000 bytes), and what:
 *
 * <ul>
 *   <li>{@code rows}: a result of rows of a megabyte each
 *   <li>{@code field}: a result of one row of one field
 *   <li>{@code copy-out}: COPY TO of rows of a kilobyte
 *   <li>{@code copy-in}: COPY FROM of rows of a kilobyte into the table {@code bench_copy}
 * </ul>
 *
 * <p>Prints the bytes of payload and the milliseconds they took, from the query to ReadyForQuery.
 */
public final class BigTransfer {
    private static final int MEGABYTE = 1_000_000;
    private static final int ROW = 1_000;

    private BigTransfer() {}

    /** See the class. */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 3) {
            throw new IllegalArgumentException(
                    "usage: BigTransfer PORT MEGABYTES rows|field|copy-out|copy-in");
        }
        int megabytes = Integer.parseInt(arguments[1]);
        try (RawPgClient client =
                RawPgClient.connect("127.0.0.1", Integer.parseInt(arguments[0]))) {
            client.timeout(Duration.ofMinutes(2));
            client.login("bench", "bench", Map.of("database", "bench"));
            long wanted = (long) megabytes * MEGABYTE;
            long began = System.nanoTime();
            long moved =
                    switch (arguments[2]) {
                        case "rows" ->
                                receive(
                                        client,
                                        "select repeat('x', %d) from generate_series(1, %d)"
                                                .formatted(MEGABYTE, megabytes));
                        case "field" -> receive(client, "select repeat('x', %d)".formatted(wanted));
                        case "copy-out" ->
                                receive(
                                        client,
                                        "copy (select repeat('x', %d) from generate_series(1, %d)) to stdout"
                                                .formatted(ROW - 1, wanted / ROW));
                        case "copy-in" -> send(client, wanted);
                        default -> throw new IllegalArgumentException(arguments[2]);
                    };
            long millis = (System.nanoTime() - began) / 1_000_000;
            if (moved < wanted) {
                throw new IOException("%d of %d bytes came".formatted(moved, wanted));
            }
            System.out.println(moved + " " + millis);
        }
    }

    private static long receive(RawPgClient client, String sql) throws IOException {
        client.send(FrontendBytes.query(sql));
        CRC32C none = new CRC32C();
        long bytes = 0;
        while (true) {
            RawPgClient.Skimmed message = client.skim('Z', none);
            switch (message.type()) {
                case 'D', 'd' -> bytes += message.length();
                case 'E' -> throw new IOException("the server refused: " + sql);
                case 'Z' -> {
                    return bytes;
                }
                default -> {}
            }
        }
    }

    private static long send(RawPgClient client, long wanted) throws IOException {
        byte[] row = new byte[ROW];
        Arrays.fill(row, (byte) 'x');
        row[ROW - 1] = '\n';
        byte[][] rows = new byte[64][];
        Arrays.fill(rows, FrontendBytes.copyData(row));
        byte[] batch = FrontendBytes.all(rows);
        client.query("truncate bench_copy");
        client.send(FrontendBytes.query("copy bench_copy from stdin")).readUntil('G');
        long bytes = 0;
        for (; bytes < wanted; bytes += (long) ROW * rows.length) {
            client.send(batch);
        }
        client.send(FrontendBytes.copyDone()).readUntilReady();
        if (!Long.toString(bytes / ROW)
                .equals(client.queryOne("select count(*) from bench_copy"))) {
            throw new IOException("not all rows of the COPY arrived");
        }
        return bytes;
    }
}
