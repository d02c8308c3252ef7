package io.sluice.pg.it;

import static io.sluice.testbed.FrontendBytes.parse;
import static io.sluice.testbed.FrontendBytes.query;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testbed.FrontendBytes;
import io.sluice.testbed.PgMessage;
import io.sluice.testbed.RawPgClient;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

/** A client that is in and breaks the protocol is ended, whatever it does at that moment. */
class HostileClientIT {
    private static TestProxy proxy;

    static final List<Arguments> MESSAGES =
            Stream.of(
                            Map.entry("a proof", FrontendBytes.password("again")),
                            Map.entry("a startup packet", startup()),
                            Map.entry("a server's message", message('Z', 5, 'I')),
                            Map.entry("an unknown type", message('q', 4)),
                            Map.entry("a type of zero", message('\0', 4)),
                            Map.entry("a length below itself", message('Q', 3)),
                            Map.entry("a negative length", message('Q', -1)),
                            Map.entry("a length beyond a gigabyte", message('Q', 0x40000000)))
                    .map(entry -> Arguments.of(entry.getKey(), entry.getValue()))
                    .toList();

    private static byte[] startup() {
        return FrontendBytes.startup(FrontendBytes.PROTOCOL_3_0, Map.of("user", "app.globex"));
    }

    private static byte[] message(char type, int length, int... body) {
        ByteBuffer message = ByteBuffer.allocate(5 + body.length).put((byte) type).putInt(length);
        Arrays.stream(body).forEach(part -> message.put((byte) part));
        return message.array();
    }

    @BeforeAll
    static void start() {
        SharedPostgres.backend()
                .executeIn(
                        "acme_app",
                        "CREATE TABLE hostile (n int)",
                        "ALTER TABLE hostile OWNER TO acme");
        proxy = SharedPostgres.proxyWithOneConnection();
    }

    @AfterAll
    static void stop() {
        proxy.close();
    }

    @ParameterizedTest
    @FieldSource("MESSAGES")
    void idle(String what, byte[] message) throws Exception {
        try (RawPgClient client = proxy.login("acme")) {
            assertEnded(client.send(message));
        }
    }

    @ParameterizedTest
    @FieldSource("MESSAGES")
    void inATransaction(String what, byte[] message) throws Exception {
        try (RawPgClient client = proxy.login("acme")) {
            client.query("BEGIN; INSERT INTO hostile VALUES (1)");
            assertEnded(client.send(message));
        }
    }

    @ParameterizedTest
    @FieldSource("MESSAGES")
    void inASeries(String what, byte[] message) throws Exception {
        try (RawPgClient client = proxy.login("acme")) {
            client.send(parse("s", "SELECT 1"), FrontendBytes.flush()).readUntil('1');
            assertEnded(client.send(message));
        }
    }

    @ParameterizedTest
    @FieldSource("MESSAGES")
    void inACopy(String what, byte[] message) throws Exception {
        try (RawPgClient client = proxy.login("acme")) {
            client.send(query("COPY hostile FROM STDIN")).readUntil('G');
            client.send(FrontendBytes.copyData(new byte[] {'1', '\n'}));
            assertEnded(client.send(message));
        }
    }

    private static void assertEnded(RawPgClient client) throws Exception {
        PgMessage last = client.readUntilClosed().getLast();
        assertThat(last.type()).isEqualTo('E');
        assertThat(last.field('V')).isEqualTo("FATAL");
        assertThat(last.sqlState()).isEqualTo("08P01");
        try (RawPgClient next = proxy.login("acme")) {
            assertThat(next.queryOne("SELECT count(*) FROM hostile")).isEqualTo("0");
        }
        Answers.awaitAllIdle(proxy);
    }
}
