package io.sluice.app;

import io.sluice.config.Secret;
import java.io.Console;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The person at the keyboard. */
final class Terminal {
    private final Console console;

    private Terminal(Console console) {
        this.console = console;
    }

    /** Null if there is nobody: the input is a pipe or a file. */
    @SuppressWarnings("SystemConsoleNull") // on JDK 25 it is null again where there is no terminal
    static @Nullable Terminal attached() {
        Console console = System.console();
        return console != null && console.isTerminal() ? new Terminal(console) : null;
    }

    /**
     * Asks for a password without showing it.
     *
     * @throws IOException if none is given
     */
    Secret password(String prompt) throws IOException {
        char[] typed = console.readPassword("%s: ", prompt);
        if (typed == null || typed.length == 0) {
            throw new IOException("no password was given");
        }
        Secret password = new Secret(new String(typed));
        Arrays.fill(typed, ' ');
        return password;
    }
}
