package io.sluice.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.config.Secret;
import io.sluice.tenant.credential.PasswordHasher;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Makes of a password what the configuration may hold instead of it. */
@Command(
        name = "hash-password",
        description = {
            "Make a SCRAM-SHA-256 verifier of a password, for `verify` in the configuration.",
            "The password is the first line of the standard input, or asked for on a terminal."
        },
        mixinStandardHelpOptions = true)
final class HashPasswordCommand implements Callable<Integer> {
    /** Fewer some clients refuse as too weak (RFC 7677, section 4). */
    private static final int LEAST_ITERATIONS = 4096;

    /** More some clients refuse, since the server makes them work; Sluice is one of them. */
    private static final int MOST_ITERATIONS = 100_000;

    @Spec
    private @SuppressWarnings("NullAway.Init") CommandSpec spec; // set by picocli

    @Option(
            names = "--md5",
            paramLabel = "USER",
            description = "make an md5 secret of that user instead; only for clients without SCRAM")
    private @Nullable String md5User;

    @Option(
            names = "--iterations",
            paramLabel = "N",
            defaultValue = "" + PasswordHasher.DEFAULT_ITERATIONS,
            description = {
                "of PBKDF2, 4096 to 100000, which is what clients accept",
                "(default: ${DEFAULT-VALUE})"
            })
    private int iterations;

    @Override
    public Integer call() throws IOException {
        if (iterations < LEAST_ITERATIONS || iterations > MOST_ITERATIONS) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--iterations must be %d to %d, which is what clients accept, not %d"
                            .formatted(LEAST_ITERATIONS, MOST_ITERATIONS, iterations));
        }
        Secret password = read();
        String user = md5User;
        Secret verifier =
                user == null
                        ? PasswordHasher.scram(password, iterations).format()
                        : PasswordHasher.md5(password, user).format();
        spec.commandLine().getOut().println(verifier.reveal());
        return 0;
    }

    private static Secret read() throws IOException {
        Terminal terminal = Terminal.attached();
        if (terminal != null) {
            Secret password = terminal.password("Password");
            if (!password.equals(terminal.password("Again"))) {
                throw new IOException("the passwords differ");
            }
            return password;
        }
        var in = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        String line = in.readLine();
        if (line == null || line.isEmpty()) {
            throw new IOException("no password on the standard input");
        }
        return new Secret(line);
    }
}
