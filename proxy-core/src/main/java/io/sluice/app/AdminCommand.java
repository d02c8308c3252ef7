package io.sluice.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.config.Secret;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Gives a command to the console of a running Sluice, over HTTP. */
@Command(
        name = "admin",
        description = "Give a command to the console of a running Sluice.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "The password is taken from --password-file, from the environment variable",
            "SLUICE_ADMIN_PASSWORD, or asked for on a terminal.",
            "Example: sluice admin 'SHOW POOLS'"
        })
final class AdminCommand implements Callable<Integer> {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final int OK = 200;
    private static final int UNAUTHORIZED = 401;

    @Spec
    private @SuppressWarnings("NullAway.Init") CommandSpec spec; // set by picocli

    @Parameters(paramLabel = "COMMAND", arity = "1..*", description = "such as 'SHOW POOLS'")
    private List<String> words = List.of();

    @Option(
            names = "--url",
            paramLabel = "URL",
            defaultValue = "http://127.0.0.1:9127",
            description = "where it listens for HTTP (default: ${DEFAULT-VALUE})")
    private @SuppressWarnings("NullAway.Init") URI url; // set by picocli

    @Option(
            names = {"-u", "--user"},
            paramLabel = "USER",
            defaultValue = "admin",
            description = "a console user (default: ${DEFAULT-VALUE})")
    private String user = "";

    @Option(names = "--password-file", paramLabel = "FILE", description = "holds the password")
    private @Nullable Path passwordFile;

    @Option(names = "--json", description = "print the answer as JSON instead of a table")
    private boolean json;

    @Override
    public Integer call() throws IOException, InterruptedException {
        HttpResponse<String> response = ask(String.join(" ", words));
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.print(response.body());
            out.flush();
        } else if (isJson(response)) {
            new AnswerText(response.body()).print(out, spec.commandLine().getErr());
        } else {
            spec.commandLine().getErr().print(response.body());
            spec.commandLine().getErr().flush();
        }
        return response.statusCode() == OK ? 0 : Main.FAILURE;
    }

    private HttpResponse<String> ask(String command) throws IOException, InterruptedException {
        String login = user + ":" + password().reveal();
        HttpRequest request =
                HttpRequest.newBuilder(url.resolve("/console"))
                        .header("X-Sluice-Console", "sluice admin")
                        .header(
                                "Authorization",
                                "Basic "
                                        + Base64.getEncoder().encodeToString(login.getBytes(UTF_8)))
                        .POST(HttpRequest.BodyPublishers.ofString(command))
                        .build();
        try (HttpClient client = HttpClient.newBuilder().connectTimeout(CONNECT_TIMEOUT).build()) {
            HttpResponse<String> response =
                    client.send(request, HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() == UNAUTHORIZED) {
                throw new IOException("%s: user or password is wrong".formatted(url));
            }
            return response;
        } catch (ConnectException e) {
            throw new IOException(
                    "nothing listens on %s; say --url if Sluice does elsewhere".formatted(url), e);
        }
    }

    private static boolean isJson(HttpResponse<String> response) {
        return response.headers()
                .firstValue("Content-Type")
                .filter(type -> type.startsWith("application/json"))
                .isPresent();
    }

    private Secret password() throws IOException {
        Path file = passwordFile;
        if (file != null) {
            return new Secret(Files.readString(file).strip());
        }
        String given = System.getenv("SLUICE_ADMIN_PASSWORD");
        if (given != null) {
            return new Secret(given);
        }
        Terminal terminal = Terminal.attached();
        if (terminal == null) {
            throw new IOException("no password: set SLUICE_ADMIN_PASSWORD or give --password-file");
        }
        return terminal.password("Password of " + user);
    }
}
