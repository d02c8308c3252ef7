package io.sluice.resp.command;

import io.sluice.resp.command.KeySpec.Range;
import io.sluice.resp.command.KeySpec.Role;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The commands whose keys cannot be found by counting: their options have to be read as the server
 * reads them, from left to right, for the value of an option may look like the name of another.
 */
public enum Grammar {
    /** {@code SORT key [BY template] [LIMIT n n] [GET template ...] [ASC] [ALPHA] [STORE key]}. */
    SORT(
            2,
            List.of(new Range(Role.KEY, 1, 1, 1)),
            Option.flag("ASC"),
            Option.flag("DESC"),
            Option.flag("ALPHA"),
            Option.plain("LIMIT", 2),
            Option.naming("BY", 1, Role.TEMPLATE),
            Option.naming("GET", 1, Role.TEMPLATE),
            Option.naming("STORE", 1, Role.KEY)),

    /** {@code GEORADIUS key longitude latitude radius unit [options] [STORE key]}. */
    GEORADIUS(6, List.of(new Range(Role.KEY, 1, 1, 1)), Options.GEORADIUS),

    /** {@code GEORADIUSBYMEMBER key member radius unit [options] [STORE key]}. */
    GEORADIUS_MEMBER(5, List.of(new Range(Role.KEY, 1, 1, 1)), Options.GEORADIUS),

    /** {@code XREADGROUP GROUP group consumer [options] STREAMS key ... id ...}, and XREAD. */
    STREAMS(
            1,
            List.of(),
            Option.plain("GROUP", 2),
            Option.plain("COUNT", 1),
            Option.plain("BLOCK", 1),
            Option.plain("CLAIM", 1),
            Option.flag("NOACK"),
            Option.tail("STREAMS", Rest.FIRST_HALF)),

    /** {@code TS.READ key timestamp [BLOCK milliseconds count] [MAX_COUNT count]}. */
    TS_READ(
            3,
            List.of(new Range(Role.KEY, 1, 1, 1)),
            Option.plain("BLOCK", 2),
            Option.plain("MAX_COUNT", 1)),

    /** {@code SCAN cursor [MATCH glob] [COUNT n] [TYPE type]}. */
    SCAN(
            2,
            List.of(),
            Option.naming("MATCH", 1, Role.GLOB),
            Option.plain("COUNT", 1),
            Option.plain("TYPE", 1)),

    /** {@code COPY source destination [DB number] [REPLACE]}. */
    COPY(
            3,
            List.of(new Range(Role.KEY, 1, 2, 1)),
            Option.naming("DB", 1, Role.DATABASE),
            Option.flag("REPLACE")),

    /** {@code MIGRATE host port key|"" database timeout [options] [KEYS key ...]}. */
    MIGRATE(
            6,
            List.of(new Range(Role.KEY, 3, 3, 1), new Range(Role.DATABASE, 4, 4, 1)),
            Option.flag("COPY"),
            Option.flag("REPLACE"),
            Option.plain("AUTH", 1),
            Option.plain("AUTH2", 2),
            Option.tail("KEYS", Rest.ALL)),

    /** {@code STRALGO LCS [options] KEYS key key}, of 6.2 only. */
    STRALGO(
            2,
            List.of(),
            Option.flag("IDX"),
            Option.flag("LEN"),
            Option.flag("WITHMATCHLEN"),
            Option.plain("MINMATCHLEN", 1),
            Option.plain("STRINGS", 2),
            Option.naming("KEYS", 2, Role.KEY));

    private final int start;

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<Range> fixed;

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<Option> options;

    Grammar(int start, List<Range> fixed, Option... options) {
        this.start = start;
        this.fixed = fixed;
        this.options = List.of(options);
    }

    /** What stands at a fixed place. */
    List<Range> fixed() {
        return fixed;
    }

    /** The argument at which options begin. */
    int start() {
        return start;
    }

    /** The option that an argument names; null if it names none. */
    @Nullable Option option(Arguments arguments, int argument) {
        for (int i = 0; i < options.size(); i++) {
            if (arguments.is(argument, options.get(i).word)) {
                return options.get(i);
            }
        }
        return null;
    }

    /** Whether it can be asked to block. */
    boolean hasBlock() {
        return options.stream().anyMatch(option -> option.word.equals("BLOCK"));
    }

    /** Whether one of its arguments may be of that role. */
    boolean mayName(Role role) {
        return fixed.stream().anyMatch(range -> range.role() == role)
                || options.stream()
                        .anyMatch(option ->
                                option.role == role
                                        || (role == Role.KEY && option.rest != Rest.NONE));
    }

    /** What of the arguments behind an option, and behind its values, are keys. */
    enum Rest {
        NONE,
        ALL,
        /** The other half is one value for each. */
        FIRST_HALF
    }

    /**
     * A word that may stand where options are.
     *
     * @param word upper case
     * @param values how many arguments belong to it
     * @param role what each of these is; null if it is nobody's name
     * @param rest what follows it; unless NONE no other option does
     */
    record Option(String word, int values, @Nullable Role role, Rest rest) {
        static Option flag(String word) {
            return plain(word, 0);
        }

        static Option plain(String word, int values) {
            return new Option(word, values, null, Rest.NONE);
        }

        static Option naming(String word, int values, Role role) {
            return new Option(word, values, role, Rest.NONE);
        }

        static Option tail(String word, Rest rest) {
            return new Option(word, 0, null, rest);
        }
    }

    private static final class Options {
        static final Option[] GEORADIUS = {
            Option.flag("WITHCOORD"),
            Option.flag("WITHDIST"),
            Option.flag("WITHHASH"),
            Option.flag("ASC"),
            Option.flag("DESC"),
            Option.flag("ANY"),
            Option.plain("COUNT", 1),
            Option.naming("STORE", 1, Role.KEY),
            Option.naming("STOREDIST", 1, Role.KEY)
        };
    }
}
