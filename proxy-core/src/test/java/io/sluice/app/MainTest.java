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
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The command line: what it prints, and the exit codes. {@code admin} at a Sluice is {@link
 * AdminTest}'s, {@code demo} at a demonstration {@link DemoCommandTest}'s; that {@code run} ends
 * with 0 is shown by processes that are sent signals.
 */
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

    @ParameterizedTest
    @ValueSource(
            strings = {
                "help",
                "help run",
                "--help",
                "--version",
                "version",
                "version --version",
                "run --help",
                "check-config --help",
                "print-config --help",
                "hash-password --help",
                "admin --help",
                "admin --version",
                "demo --help"
            })
    void tellsWhatItIsAskedFor(String words) {
        assertThat(sluice(words.split(" ", -1))).isZero();
        assertThat(out.toString()).contains("sluice");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void saysWhichCommandsThereAreWhenItIsGivenNone() {
        assertThat(sluice()).isEqualTo(2);
        assertThat(err.toString()).contains("run", "check-config", "hash-password", "admin");
    }

    /** After the colon what the line must name, of what is wrong or what may have been meant. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "--no-such-option : --no-such-option",
                "chek-config x : check-config",
                "help nonsense : nonsense",
                "run : --config",
                "run -c : --config",
                "run -c a.conf b.conf : b.conf",
                "check-config : FILE",
                "check-config a.conf b.conf : b.conf",
                "print-config -c : --config",
                "print-config a.conf : a.conf",
                "hash-password secret : secret",
                "hash-password --iterations 0 : 4096 to 100000",
                "hash-password --iterations=-5 : -5",
                "hash-password --iterations 4095 : 4095",
                "hash-password --iterations 100001 : 100001",
                "hash-password --iterations many : many",
                "admin : COMMAND",
                "admin --url localhost:9127 SHOW POOLS : http://HOST:PORT",
                "admin --url 127.0.0.1:9127 SHOW POOLS : 127.0.0.1:9127",
                "admin --url ftp://127.0.0.1 SHOW POOLS : ftp://127.0.0.1",
                "admin --url http:/console SHOW POOLS : http:/console",
                "admin --url http://127.0.0.1:70000 SHOW POOLS : 70000",
                "version now : now",
                "demo now : now",
                "demo --http-port 70000 : 65535",
                "demo --http-port=-1 : -1",
                "demo --http-port http : 'http'"
            })
    void refusesWrongUsageWith2InALine(String given) {
        String[] parts = given.split(" : ", -1);

        assertThat(sluice(parts[0].split(" ", -1))).isEqualTo(2);
        assertThat(err.toString().lines())
                .singleElement(InstanceOfAssertFactories.STRING)
                .startsWith("sluice: ")
                .contains(parts[1])
                .contains("; see sluice ")
                .endsWith(" --help");
        assertThat(out.toString()).isEmpty();
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

    @ParameterizedTest
    @ValueSource(strings = {"check-config", "run -c", "print-config -c"})
    void refusesAFileThatItCannotReadWith78InALine(String words) {
        for (Path unreadable : List.of(folder.resolve("none.conf"), folder)) {
            err.getBuffer().setLength(0);

            assertThat(sluice((words + " " + unreadable).split(" ", -1))).isEqualTo(78);
            assertThat(err.toString().lines())
                    .singleElement(InstanceOfAssertFactories.STRING)
                    .startsWith(unreadable.toString());
        }
    }

    @Test
    void printsNothingOfABadConfiguration() throws IOException {
        assertThat(sluice("print-config", "-c", file("sluice.no-such-key = 1"))).isEqualTo(78);
        assertThat(err.toString()).contains("no-such-key");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void failsWith1InALineWhereItsPortIsTaken() throws IOException {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String file =
                    file(
                            """
                            sluice {
                              listen.http = %d
                              limits { max-clients = 10, max-unauthenticated = 10 }
                              event-loops = 1
                            }
                            """
                                    .formatted(taken.getLocalPort()));

            assertThat(sluice("run", "-c", file)).isEqualTo(1);
            assertThat(err.toString().lines())
                    .singleElement(InstanceOfAssertFactories.STRING)
                    .contains(String.valueOf(taken.getLocalPort()));
        }
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
