package io.sluice.resp.session;

import io.sluice.config.Secret;
import io.sluice.resp.command.Arguments;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Who a client says it is, in AUTH or HELLO … AUTH.
 *
 * @param user {@code default} if it names none
 */
public record Credentials(String user, Secret password) {
    /** Whom Redis takes a client for that sends a password only. */
    public static final String DEFAULT_USER = "default";

    /** Of {@code AUTH [user] password}; null if it is not that. */
    public static @Nullable Credentials ofAuth(Arguments auth) {
        return switch (auth.count()) {
            case 2 -> new Credentials(DEFAULT_USER, new Secret(text(auth, 1)));
            case 3 -> new Credentials(text(auth, 1), new Secret(text(auth, 2)));
            default -> null;
        };
    }

    static Credentials at(Arguments hello, int user) {
        return new Credentials(text(hello, user), new Secret(text(hello, user + 1)));
    }

    private static String text(Arguments arguments, int i) {
        return arguments
                .buffer()
                .toString(arguments.start(i), arguments.length(i), StandardCharsets.UTF_8);
    }
}
