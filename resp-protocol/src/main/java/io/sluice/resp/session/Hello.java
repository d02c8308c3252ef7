package io.sluice.resp.session;

import io.sluice.resp.command.Arguments;
import io.sluice.resp.wire.RespVersion;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** {@code HELLO [version [AUTH user password] [SETNAME name]]}. */
public sealed interface Hello {

    /**
     * What it asks for.
     *
     * @param version null: none is named
     * @param credentials null: none are sent
     * @param name null: none is set
     */
    record Asked(
            @Nullable RespVersion version, @Nullable Credentials credentials, @Nullable String name)
            implements Hello {}

    /** It is answered with that error. */
    record Wrong(String error) implements Hello {}

    static Hello read(Arguments hello) {
        RespVersion version = null;
        Credentials credentials = null;
        String name = null;
        if (hello.count() > 1) {
            String number = text(hello, 1);
            if (!number.matches("[+-]?[0-9]{1,18}")) {
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
                    return new Wrong(
                            "ERR Client names cannot contain spaces, newlines or special characters.");
                }
                i++;
            } else {
                return new Wrong("ERR Syntax error in HELLO option '%s'".formatted(text(hello, i)));
            }
        }
        return new Asked(version, credentials, name);
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
