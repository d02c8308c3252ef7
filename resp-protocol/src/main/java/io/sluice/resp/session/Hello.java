package io.sluice.resp.session;

import io.sluice.resp.command.Arguments;
import io.sluice.resp.wire.RespVersion;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** {@code HELLO [version [AUTH user password] [SETNAME name]]}. */
public sealed interface Hello {
    /** For a client that calls itself what is no name. */
    String NO_NAME = "ERR Client names cannot contain spaces, newlines or special characters.";

    /**
     * What it asks for.
     *
     * @param version null: none is named
     * @param credentials null: none are sent
     * @param name null: none is set
     * @param error what is answered when the credentials are right; null: all else is right, too
     */
    record Asked(
            @Nullable RespVersion version,
            @Nullable Credentials credentials,
            @Nullable String name,
            @Nullable String error)
            implements Hello {}

    /** It is answered with that error. */
    record Wrong(String error) implements Hello {}

    static Hello read(Arguments hello) {
        RespVersion version = null;
        Credentials credentials = null;
        String name = null;
        if (hello.count() > 1) {
            String number = text(hello, 1);
            if (!number.matches("-?[1-9][0-9]{0,17}|0")) {
                return new Wrong("ERR Protocol version is not an integer or out of range");
            }
            version = RespVersion.of(Long.parseLong(number));
            if (version == null) {
                return new Wrong("NOPROTO unsupported protocol version");
            }
        }
        for (int i = 2; i < hello.count(); i++) {
            int more = hello.count() - 1 - i;
            if (hello.is(i, "AUTH") && more >= 2) {
                credentials = Credentials.at(hello, i + 1);
                i += 2;
            } else if (hello.is(i, "SETNAME") && more >= 1) {
                name = text(hello, i + 1);
                if (!isName(name)) {
                    return wrong(NO_NAME, version, credentials);
                }
                i++;
            } else {
                return wrong(
                        "ERR Syntax error in HELLO option '%s'".formatted(text(hello, i)),
                        version,
                        credentials);
            }
        }
        return new Asked(version, credentials, name, null);
    }

    /** Redis looks at credentials when it comes to them, ahead of what is behind. */
    private static Hello wrong(
            String error, @Nullable RespVersion version, @Nullable Credentials credentials) {
        return credentials == null
                ? new Wrong(error)
                : new Asked(version, credentials, null, error);
    }

    /** Whether a client may call itself that. */
    static boolean isName(String name) {
        return name.chars().allMatch(c -> c >= '!' && c <= '~');
    }

    private static String text(Arguments arguments, int i) {
        return arguments
                .buffer()
                .toString(arguments.start(i), arguments.length(i), StandardCharsets.ISO_8859_1);
    }
}
