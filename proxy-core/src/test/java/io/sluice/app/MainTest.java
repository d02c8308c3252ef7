package io.sluice.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.sun.management.UnixOperatingSystemMXBean;
import io.sluice.config.Secret;
import io.sluice.tenant.credential.KeyDerivation;
import io.sluice.tenant.credential.ScramVerifier;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line: what it prints, and the exit codes. */
class MainTest {
    @TempDir Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int sluice(String... args) {
        return Main.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(args);
    }

    private String file(String text) throws IOException {
        return Files.writeString(folder.resolve("sluice.conf"), text).toString();
    }

    @Test
    void saysWhichCommandsThereAreWhenItIsGivenNone() {
        assertThat(sluice()).isEqualTo(2);
        assertThat(err.toString()).contains("run", "check-config", "hash-password", "admin");
    }

    @Test
    void refusesWrongUsageWith2() {
        assertThat(sluice("run")).isEqualTo(2);
        assertThat(err.toString()).contains("--config");
    }

    @Test
    void refusesABadConfigurationWith78AndALineForEachMistake() throws IOException {
        String file = file("sluice.limits.max-cleints = 1\nsluice.event-loops = none\n");

        assertThat(sluice("check-config", file)).isEqualTo(78);
        assertThat(err.toString().lines())
                .hasSize(2)
                .allSatisfy(line -> assertThat(line).startsWith(file + ":"));
        assertThat(sluice("run", "-c", file)).isEqualTo(78);
    }

    @Test
    void tellsEachTlsFileThatIsMissingAtItsLine() throws IOException {
        String file = file("sluice.tls { mode = require\n certificate = no.crt\n key = no.key }");

        for (String[] command : new String[][] {{"check-config", file}, {"run", "-c", file}}) {
            err.getBuffer().setLength(0);
            assertThat(sluice(command)).isEqualTo(78);
            assertThat(err.toString().lines())
                    .satisfiesExactly(
                            line ->
                                    assertThat(line)
                                            .startsWith(file + ":2: sluice.tls.certificate: ")
                                            .contains("no.crt"),
                            line ->
                                    assertThat(line)
                                            .startsWith(file + ":3: sluice.tls.key: ")
                                            .contains("no.key"));
        }
    }

    @Test
    void refusesMoreClientsThanTheProcessMayOpenFilesAtTheirLine() throws IOException {
        var system = (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        assumeThat(system.getMaxFileDescriptorCount()).isLessThan(10_000_000);
        String file = file("sluice {\n  limits.max-clients = 10000000\n}\n");

        assertThat(sluice("check-config", file)).isEqualTo(78);
        assertThat(err.toString()).startsWith(file + ":2: sluice.limits.max-clients: ");
    }

    @Test
    void saysThatAConfigurationIsRight() throws IOException {
        String file = file("sluice.limits.max-clients = 10");

        assertThat(sluice("check-config", file)).isZero();
        assertThat(out.toString()).contains("is right");
    }

    @Test
    void printsTheConfigurationWithoutSecrets() throws IOException {
        String file =
                file("sluice.console.users.ada { role = admin, verify = very-secret-password }");

        assertThat(sluice("print-config", "-c", file)).isZero();
        assertThat(out.toString()).contains("ada", "***").doesNotContain("very-secret-password");
    }

    @Test
    void printsTheDefaults() {
        assertThat(sluice("print-config")).isZero();
        assertThat(out.toString()).contains("event-loops");
    }

    @Test
    void makesAVerifierOfAPassword() {
        assertThat(withInput("pencil\n", "hash-password")).isZero();

        var verifier = ScramVerifier.parse(new Secret(out.toString().strip()));
        try (var keys = new KeyDerivation(1, 1)) {
            assertThat(keys.matches(new Secret("pencil"), verifier).join()).isTrue();
        }
    }

    @Test
    void makesAnMd5Secret() {
        assertThat(withInput("secret\n", "hash-password", "--md5", "bob")).isZero();

        // select 'md5' || md5('secret' || 'bob')
        assertThat(out.toString().strip()).isEqualTo("md521f3163f8f86fa10bdefbfbd502a8f06");
    }

    @Test
    void failsWith1InALineWithoutAPassword() {
        assertThat(withInput("", "hash-password")).isEqualTo(1);
        assertThat(err.toString().lines()).hasSize(1);
    }

    @Test
    void saysThatTheDemoIsElsewhere() {
        assertThat(sluice("demo")).isEqualTo(1);
        assertThat(err.toString()).contains("bin/sluice demo");
    }

    private int withInput(String text, String... args) {
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
        try {
            return sluice(args);
        } finally {
            System.setIn(before);
        }
    }
}
