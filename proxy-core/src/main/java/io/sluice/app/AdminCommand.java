package io.sluice.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.typesafe.config.ConfigException;
import io.sluice.config.Secret;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.ConnectException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

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
            converter = HttpAddress.class,
            description = "where it listens for HTTP (default: ${DEFAULT-VALUE})")
    private @SuppressWarnings("NullAway.Init") URI url; // set by picocli

    @Option(
            names = {"-u", "--user"},
            paramLabel = "USER",
            defaultValue = "admin",
            description = "a console user (default: ${DEFAULT-VALUE})")
    private String user = "";

    @Option(
            names = "--password-file",
            paramLabel = "FILE",
            description = "its first line is the password")
    private @Nullable Path passwordFile;

    @Option(names = "--json", description = "print the answer as JSON instead of a table")
    private boolean json;

    /** Reads an address that HTTP can be spoken to. */
    static final class HttpAddress implements ITypeConverter<URI> {
        private static final int LARGEST_PORT = 65_535;

        @Override
        public URI convert(String text) {
            try {
                URI url = new URI(text);
                boolean http = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
                if (!http || url.getHost() == null || url.getPort() > LARGEST_PORT) {
                    throw noAddress(text);
                }
                return url;
            } catch (URISyntaxException _) {
                throw noAddress(text);
            }
        }

        private static TypeConversionException noAddress(String text) {
            return new TypeConversionException(
                    "'%s' is not of the form http://HOST:PORT".formatted(text));
        }
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        HttpResponse<String> response = ask(String.join(" ", words));
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.print(response.body());
            out.flush();
        } else if (isJson(response)) {
            print(response.body(), out);
        } else {
            spec.commandLine().getErr().print(response.body());
            spec.commandLine().getErr().flush();
        }
        return response.statusCode() == OK && isJson(response) ? 0 : Main.FAILURE;
    }

    private void print(String answer, PrintWriter out) throws IOException {
        try {
            new AnswerText(answer).print(out, spec.commandLine().getErr());
        } catch (ConfigException e) {
            throw new IOException("%s does not answer as Sluice's console".formatted(url), e);
        }
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
        HttpResponse<String> response = send(request);
        if (response.statusCode() == UNAUTHORIZED) {
            throw new IOException("%s: user or password is wrong".formatted(url));
        }
        return response;
    }

    private HttpResponse<String> send(HttpRequest request)
            throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newBuilder().connectTimeout(CONNECT_TIMEOUT).build()) {
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (ConnectException e) {
            throw new IOException(
                    "nothing listens on %s; say --url if Sluice does elsewhere".formatted(url), e);
        } catch (IOException e) {
            String message = e.getMessage();
            throw new IOException(
                    "%s: %s".formatted(url, message == null ? e.toString() : message), e);
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
            return firstLine(file);
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

    private static Secret firstLine(Path file) throws IOException {
        String line;
        try (var lines = Files.newBufferedReader(file)) {
            line = lines.readLine();
        } catch (FileSystemException e) {
            throw new IOException("--password-file " + Main.inWords(e), e);
        } catch (CharacterCodingException e) {
            throw new IOException("--password-file %s: it is no UTF-8 text".formatted(file), e);
        } catch (IOException e) {
            throw new IOException("--password-file %s: %s".formatted(file, e.getMessage()), e);
        }
        if (line == null || line.isEmpty()) {
            throw new IOException("--password-file %s: its first line is empty".formatted(file));
        }
        return new Secret(line);
    }
}
