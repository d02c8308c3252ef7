package io.sluice.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.epoll.Epoll;
import io.sluice.config.ConfigError;
import io.sluice.config.Loaded;
import io.sluice.net.TlsContexts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TransportChecksTest {
    private static final String NO_EFFECT = "user-timeout: has no effect with transport nio: ";

    @TempDir Path folder;

    private List<String> warnings(String... lines) throws IOException {
        Path file = folder.resolve("sluice.conf");
        Files.writeString(file, Running.config("acme") + String.join("\n", lines) + "\n");
        try (var tls = new TlsContexts()) {
            Loaded loaded = new ConfigFile(file, List.of(new LineProtocol()), Map.of()).load(tls);
            assertThat(loaded).isInstanceOf(Loaded.Ready.class);
            return ((Loaded.Ready) loaded).warnings().stream().map(ConfigError::toString).toList();
        }
    }

    @Test
    void aUserTimeoutIsWarnedOfWhereTheTransportHasNone() throws IOException {
        assertThat(
                        warnings(
                                "sluice.transport = nio",
                                "sluice.socket.user-timeout = 90s",
                                "sluice.backends.main.socket.user-timeout = 80s"))
                .satisfiesExactly(
                        line ->
                                assertThat(line)
                                        .contains("sluice.conf:10: sluice.socket." + NO_EFFECT),
                        line ->
                                assertThat(line)
                                        .contains(
                                                "sluice.conf:11: sluice.backends.main.socket."
                                                        + NO_EFFECT));
    }

    @Test
    void theDefaultIsWarnedOfTooAndOnlyOnce() throws IOException {
        assertThat(warnings("sluice.transport = nio"))
                .singleElement()
                .asString()
                .startsWith("reference.conf:")
                .contains("sluice.socket." + NO_EFFECT);
    }

    @Test
    void nothingIsLostWhereItIsOffOrOnlyUnixSocketsAreUsed() throws IOException {
        assertThat(warnings("sluice.transport = nio", "sluice.socket.user-timeout = off"))
                .isEmpty();
        assertThat(
                        warnings(
                                "sluice.transport = nio",
                                "sluice.listen.line = /run/line.sock",
                                "sluice.backends.main.hosts = [/run/server.sock]",
                                "sluice.backends.other.hosts = [/run/server.sock]"))
                .isEmpty();
    }

    @Test
    void whatTheTransportHasIsNotWarnedOf() throws IOException {
        assumeTrue(Epoll.isAvailable(), "no epoll here");

        assertThat(warnings("sluice.transport = epoll")).isEmpty();
    }
}
