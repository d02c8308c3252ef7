package io.sluice.pg.statement;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the name in {@code DEALLOCATE [PREPARE] name}, by which drivers close their statements. */
final class Deallocation {
    private static final Pattern TEXT =
            Pattern.compile(
                    "deallocate\\s+(?:prepare\\s+)?(?:\"((?:[^\"]|\"\")+)\"|([\\w$]+))",
                    Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CHARACTER_CLASS);

    private Deallocation() {}

    /** The name as the server would know it; null if the text is written in another way. */
    static @Nullable String name(ByteBuf in, int from, int to) {
        Matcher match = TEXT.matcher(in.toString(from, to - from, StandardCharsets.UTF_8));
        if (!match.matches()) {
            return null;
        }
        String quoted = match.group(1);
        return quoted == null
                ? match.group(2).toLowerCase(Locale.ROOT)
                : quoted.replace("\"\"", "\"");
    }
}
