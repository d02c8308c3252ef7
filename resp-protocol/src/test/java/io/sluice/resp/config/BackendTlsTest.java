package io.sluice.resp.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.BackendConfig;
import io.sluice.config.ConfigError;
import io.sluice.config.ConfigLoader;
import io.sluice.config.Loaded;
import io.sluice.config.TlsMode;
import io.sluice.testbed.PemFiles;
import io.sluice.testbed.TestAuthority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the configuration may say of TLS towards a Redis. */
class BackendTlsTest {
    private static final String ONE_BACKEND =
            """
            sluice.listen.redis = "127.0.0.1:0"
            sluice.backends.main { protocol = redis, hosts = ["127.0.0.1:6379"] }
            """;

    @TempDir Path temp;

    private Loaded load(String more) throws IOException {
        Path file = Files.writeString(temp.resolve("sluice.conf"), ONE_BACKEND + more);
        return ConfigLoader.load(file, Map.of("redis", new RespBinder()), Map.of());
    }

    private TlsMode mode(String more) throws IOException {
        Loaded.Ready ready = (Loaded.Ready) load(more);
        BackendConfig main = Objects.requireNonNull(ready.config().backends().get("main"));
        return Objects.requireNonNull(main.tls()).mode();
    }

    private List<ConfigError> errors(String more) throws IOException {
        return ((Loaded.Refused) load(more)).errors();
    }

    @Test
    void isOfAnyModeThatNeedsNoQuestion() throws IOException {
        PemFiles pem = TestAuthority.create().issueForLoopback(temp);
        String ca = ", ca = \"" + pem.root() + "\"";

        assertThat(mode("sluice.backends.main.tls { mode = require }")).isEqualTo(TlsMode.REQUIRE);
        assertThat(mode("sluice.backends.main.tls { mode = verify-ca" + ca + " }"))
                .isEqualTo(TlsMode.VERIFY_CA);
        assertThat(mode("sluice.redis.backend.tls { mode = verify-full" + ca + " }"))
                .isEqualTo(TlsMode.VERIFY_FULL);
        assertThat(mode("sluice.backend.tls.mode = require")).isEqualTo(TlsMode.REQUIRE);
        assertThat(load("sluice.backends.main.tls.mode = disable"))
                .isInstanceOf(Loaded.Ready.class);
    }

    @Test
    void isNoneWhereNothingIsSaid() throws IOException {
        assertThat(load("")).isInstanceOf(Loaded.Ready.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"mode = prefer", "protocols = [TLSv1.3]"})
    void isNotPreferredWhereTheBackendSpeaksOfIt(String tls) throws IOException {
        assertThat(errors("sluice.backends.main.tls { " + tls + " }"))
                .singleElement()
                .hasToString(
                        "%s:3: sluice.backends.main.tls: its mode is prefer, which is not possible with Redis, as that cannot be asked whether it has TLS: set tls.mode to disable, require, verify-ca or verify-full"
                                .formatted(temp.resolve("sluice.conf")));
    }

    /** Else the certificate would be for nothing, and the password go over the wire in clear. */
    @Test
    void isNotPreferredWithACertificateFromFurtherUp() throws IOException {
        PemFiles pem = TestAuthority.create().issueForLoopback(temp);

        assertThat(
                        errors(
                                "sluice.redis.backend.tls { certificate = \"%s\", key = \"%s\" }"
                                        .formatted(pem.certificate(), pem.key())))
                .singleElement()
                .asString()
                .startsWith(temp.resolve("sluice.conf") + ":3: sluice.redis.backend.tls: ");
    }
}
