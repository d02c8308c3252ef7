package io.sluice.app;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.config.Loaded;
import io.sluice.net.TlsContexts;
import io.sluice.spi.Protocol;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TlsFilesTest {
    private static final List<Protocol> PROTOCOLS = List.of(new LineProtocol());
    private static final String FILES = "certificate = server.crt, key = server.key";

    @TempDir Path folder;

    /** The files are looked at when they are bound, and may be gone when they are used. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tls { mode = require, FILES } | tls.certificate",
                "tls { mode = require, ciphers = [TLS_AES_128_GCM_SHA256], FILES } | tls.ciphers",
                "listen.line = { address = 0, tls { mode = require, FILES } } | listen.line.tls.certificate",
                "listen.line = [0, { address = 0, tls { mode = require, FILES } }] | listen.line[1].tls.certificate",
                "backends.main.tls { mode = require, FILES } | backends.main.tls.certificate",
                "backend.tls { mode = require, FILES } | backend.tls.certificate",
                "listen.http = 0, sluice.http.tls { mode = require, FILES } | http.tls.certificate"
            })
    void whatCannotBeUsedIsToldWhereItIsWritten(String setting, String key) throws Exception {
        Path certificate = copy("one.crt", "server.crt");
        copy("one.key", "server.key");
        Path file = folder.resolve("sluice.conf");
        Files.writeString(
                file, Running.config("acme") + "sluice." + setting.replace("FILES", FILES) + "\n");
        Loaded loaded = new ConfigFile(file, PROTOCOLS, Map.of()).read();
        assertThat(loaded).isInstanceOf(Loaded.Ready.class);
        var ready = (Loaded.Ready) loaded;
        Files.delete(certificate);

        try (var contexts = new TlsContexts()) {
            var files = new TlsFiles(contexts, PROTOCOLS);
            assertThatThrownBy(() -> files.read(ready.config(), ConfigFile.Preparation.NONE))
                    .hasMessageContaining("server.crt")
                    .isInstanceOfSatisfying(
                            Unusable.class,
                            unusable ->
                                    assertThat(ready.settings().errorAt(unusable.keys(), "is gone"))
                                            .hasToString(
                                                    "%s:9: sluice.%s: is gone"
                                                            .formatted(file, key)));
        }
    }

    private Path copy(String resource, String name) throws IOException, URISyntaxException {
        Path file = folder.resolve(name);
        var from = requireNonNull(TlsFilesTest.class.getResource("/tls/" + resource));
        Files.copy(Path.of(from.toURI()), file);
        assertThat(file.toFile().setReadable(false, false)).isTrue();
        assertThat(file.toFile().setReadable(true, true)).isTrue();
        return file;
    }
}
