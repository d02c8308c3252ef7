package io.sluice.pg.statement;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the name in {@code DEALLOCATE [PREPARE] name}, by which drivers close their statements. */
final class Deallocation {
    /** Names are of 63 bytes; longer texts are not what drivers send. */
    private static final int MAX_BYTES = 512;

    // Possessive: what may repeat is matched in a loop, not by recursion.
    private static final Pattern TEXT =
            Pattern.compile(
                    "deallocate\\s++(?:prepare\\s++)?(?:\"([^\"]*+(?:\"\"[^\"]*+)*+)\"|([\\w$]++))",
                    Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CHARACTER_CLASS);

    private Deallocation() {}

    /** The name as the server would know it; null if the text is written in another way. */
    static @Nullable String name(ByteBuf in, int from, int to) {
        if (to - from > MAX_BYTES) {
            return null;
        }
        Matcher match = TEXT.matcher(in.toString(from, to - from, StandardCharsets.UTF_8));
        if (!match.matches()) {
            return null;
        }
        String quoted = match.group(1);
        return quoted == null ? lower(match.group(2)) : quoted.replace("\"\"", "\"");
    }

    /** As servers do with names in UTF-8: no other letters than those of ASCII. */
    private static String lower(String name) {
        StringBuilder lower = new StringBuilder(name);
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c >= 'A' && c <= 'Z') {
                lower.setCharAt(i, (char) (c + ('a' - 'A')));
            }
        }
        return lower.toString();
    }
}
