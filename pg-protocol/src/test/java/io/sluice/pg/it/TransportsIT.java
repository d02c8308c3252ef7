package io.sluice.pg.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.uring.IoUring;
import io.sluice.net.Transport;
import io.sluice.testbed.FrontendBytes;
import io.sluice.testbed.PemFiles;
import io.sluice.testbed.RawPgClient;
import io.sluice.testbed.TestAuthority;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What depends on how the kernel is spoken to: TLS, unix sockets, much data, cancels. */
class TransportsIT {
    private static final int ROWS = 2000;
    private static final int ROW_BYTES = 1000;

    @TempDir Path folder;

    @ParameterizedTest
    @EnumSource
    void servesTlsAndUnixSocketsCopiesAndCancelsByEachTransport(Transport transport)
            throws IOException {
        boolean available =
                switch (transport) {
                    case EPOLL -> Epoll.isAvailable();
                    case IO_URING -> IoUring.isAvailable();
                    case NIO -> true;
                };
        assumeTrue(available, "no " + transport + " here");
        PemFiles pem = TestAuthority.create().issueForLoopback(folder);
        Path socket = folder.resolve(".s.PGSQL.6432");
        try (TestProxy proxy =
                TestProxy.start(
                        SharedPostgres.backend(),
                        "sluice.transport = " + transport.name().toLowerCase(Locale.ROOT),
                        "sluice.listen.postgres = [\"127.0.0.1:0\", \"%s\"]".formatted(socket),
                        "sluice.tls { mode = prefer, certificate = \"%s\", key = \"%s\" }"
                                .formatted(pem.certificate(), pem.key()))) {
            assertThat(proxy.sluice().loops().transport()).isEqualTo(transport);
            try (RawPgClient client = proxy.connect().upgradeToTls()) {
                converse(client);
            }
            try (RawPgClient client = RawPgClient.connect(socket)) {
                converse(client);
            }
        }
    }

    private static void converse(RawPgClient client) throws IOException {
        client.login("app.acme", TestProxy.PASSWORD, Map.of("database", "app"));
        client.query("begin");
        client.query("create temporary table copied (line text) on commit drop");
        client.send(FrontendBytes.query("copy copied from stdin")).readUntil('G');
        byte[] line = new byte[ROW_BYTES + 1];
        Arrays.fill(line, (byte) 'x');
        line[ROW_BYTES] = '\n';
        byte[] row = FrontendBytes.copyData(line);
        for (int i = 0; i < ROWS; i++) {
            client.send(row);
        }
        client.send(FrontendBytes.copyDone()).readUntilReady();
        assertThat(client.queryOne("select sum(length(line)) from copied"))
                .isEqualTo(Integer.toString(ROWS * ROW_BYTES));
        assertThat(client.query("copy copied to stdout"))
                .filteredOn(message -> message.type() == 'd')
                .hasSize(ROWS)
                .allMatch(message -> message.payload().length == ROW_BYTES + 1);
        client.query("commit");

        SharedPostgres.putToSleep(client);
        client.cancel();
        assertThat(Answers.error(client.readUntilReady()).sqlState()).isEqualTo("57014");
        assertThat(client.queryOne("select 'and stays'")).isEqualTo("and stays");
    }
}
