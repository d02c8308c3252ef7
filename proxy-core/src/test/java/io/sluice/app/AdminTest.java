package io.sluice.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code sluice admin} against a running Sluice. */
class AdminTest {
    private static final String CONSOLE =
            """
            sluice.listen.http = "127.0.0.1:0"
            sluice.console.users.admin { role = admin, verify = xyzzy }
            """;

    @TempDir Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int admin(Running running, String password, String... args) throws IOException {
        return admin("http", running, password, args);
    }

    private int admin(String scheme, Running running, String password, String... args)
            throws IOException {
        int port = LineClient.portOf(running.sluice.httpAddress());
        return ask("%s://127.0.0.1:%d".formatted(scheme, port), passwordFile(password), args);
    }

    private Path passwordFile(String password) throws IOException {
        return Files.writeString(folder.resolve("password"), password + "\n");
    }

    private int ask(String url, Path passwordFile, String... args) {
        var all = new ArrayList<String>();
        all.add("admin");
        all.add("--url=" + url);
        all.add("--password-file=" + passwordFile);
        all.addAll(List.of(args));
        return Main.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(all.toArray(String[]::new));
    }

    @Test
    void printsAnAnswerAsATable() throws IOException {
        try (Running running = Running.start(folder, Running.config("acme") + CONSOLE);
                LineClient _ = running.login("acme")) {
            assertThat(admin(running, "xyzzy", "SHOW", "POOLS")).isZero();
            assertThat(out.toString().lines().toList())
                    .hasSizeGreaterThanOrEqualTo(3)
                    .satisfies(
                            lines -> assertThat(lines.get(0)).contains(" database ", "cl_active"))
                    .anySatisfy(line -> assertThat(line).contains("shop", "app"));
        }
    }

    @Test
    void printsAnAnswerAsJson() throws IOException {
        try (Running running = Running.start(folder, Running.config("acme") + CONSOLE)) {
            assertThat(admin(running, "xyzzy", "--json", "SHOW POOLS")).isZero();
            assertThat(out.toString()).startsWith("{").contains("\"rows\"");
        }
    }

    @Test
    void failsWith1WhereTheConsoleRefuses() throws IOException {
        try (Running running = Running.start(folder, Running.config("acme") + CONSOLE)) {
            assertThat(admin(running, "xyzzy", "SHOW NOTHING")).isEqualTo(1);
            assertThat(err.toString().lines()).hasSize(1);
        }
    }

    @Test
    void failsWith1OnAWrongPassword() throws IOException {
        try (Running running = Running.start(folder, Running.config("acme") + CONSOLE)) {
            assertThat(admin(running, "plugh", "SHOW POOLS")).isEqualTo(1);
            assertThat(err.toString()).contains("password is wrong");
        }
    }

    /** Trust is the JVM's: its own list of authorities, or {@code javax.net.ssl.trustStore}. */
    @Test
    void speaksHttpsToWhomTheJvmTrustsAndToNobodyElse() throws Exception {
        LoopbackCertificate certificate = new LoopbackCertificate();
        certificate.write(folder);
        String tls = "sluice.http.tls { mode = require, certificate = http.crt, key = http.key }\n";
        SSLContext usual = SSLContext.getDefault();
        try (Running running = Running.start(folder, Running.config("acme") + CONSOLE + tls)) {
            assertThat(admin("https", running, "xyzzy", "SHOW POOLS")).isEqualTo(1);
            assertThat(err.toString().lines()).hasSize(1);
            assertThat(out.toString()).isEmpty();

            SSLContext.setDefault(certificate.trusting());

            assertThat(admin("https", running, "xyzzy", "SHOW POOLS")).isZero();
            assertThat(out.toString()).contains("cl_active");
        } finally {
            SSLContext.setDefault(usual);
        }
    }

    @Test
    void failsWith1InALineWhereNothingListens() throws IOException {
        int free;
        try (var probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = probe.getLocalPort();
        }

        assertThat(ask("http://127.0.0.1:" + free, passwordFile("xyzzy"), "SHOW POOLS"))
                .isEqualTo(1);
        assertThat(err.toString().lines())
                .singleElement(InstanceOfAssertFactories.STRING)
                .contains("nothing listens on http://127.0.0.1:" + free, "--url");
    }

    @Test
    void failsWith1InALineWhereSomethingElseAnswers() throws IOException {
        HttpServer other =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        other.createContext(
                "/",
                exchange -> {
                    exchange.getResponseHeaders().set("Content-Type", "application/json");
                    exchange.sendResponseHeaders(200, 2);
                    exchange.getResponseBody().write(new byte[] {'{', '}'});
                    exchange.close();
                });
        other.start();
        try {
            String url = "http://127.0.0.1:" + other.getAddress().getPort();

            assertThat(ask(url, passwordFile("xyzzy"), "SHOW POOLS")).isEqualTo(1);
            assertThat(err.toString().lines())
                    .singleElement(InstanceOfAssertFactories.STRING)
                    .contains(url);
        } finally {
            other.stop(0);
        }
    }

    @Test
    void failsWith1InALineWithoutAPasswordThatItCanRead() throws IOException {
        Path none = folder.resolve("none");
        Path empty = Files.createFile(folder.resolve("empty"));
        Path binary = Files.write(folder.resolve("binary"), new byte[] {(byte) 0xff});

        for (Path wrong : List.of(none, empty, binary, folder)) {
            err.getBuffer().setLength(0);
            assertThat(ask("http://127.0.0.1:9127", wrong, "SHOW POOLS")).isEqualTo(1);
            assertThat(err.toString().lines())
                    .singleElement(InstanceOfAssertFactories.STRING)
                    .startsWith("sluice: --password-file " + wrong);
        }
    }

    @Test
    void reloadsAndShutsDownTheProcess() throws IOException {
        String config = Running.config("acme") + CONSOLE;
        try (Running running = Running.start(folder, config)) {
            running.write(Running.config("acme", "globex") + CONSOLE);
            assertThat(admin(running, "xyzzy", "RELOAD")).isZero();
            running.login("globex").close();

            admin(running, "xyzzy", "SHUTDOWN", "WAIT_FOR_SERVERS");

            running.sluice.awaitStopped();
        }
    }
}
