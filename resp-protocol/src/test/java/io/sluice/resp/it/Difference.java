package io.sluice.resp.it;

import io.sluice.testbed.RedisVersion;
import io.sluice.testbed.RespValue;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Commands that are not answered as by Redis itself, byte for byte, and why.
 *
 * @param commands their names, upper case
 */
record Difference(How how, List<String> commands, String reason) {

    enum How {
        /** Sluice's own error, NOPERM; these are not sent to the Redis that is compared with. */
        REFUSED("refused"),
        /** Inside MULTI an error, and EXECABORT. */
        REFUSED_IN_MULTI("refused inside MULTI"),
        /** Before 7.0, which looks at the subcommand only after all else. */
        UNKNOWN_SUBCOMMAND("unknown subcommands, 6.2"),
        /** Sluice's own error for some arguments, where Redis does it or has another error. */
        REFUSED_IN_PART("refused in part"),
        /** Longer patterns than Sluice lets through. */
        LONG_PATTERN("long patterns"),
        /** The server does not have the command yet. */
        ANSWERED("answered for all versions"),
        /** Something else of the same type; errors are the same. */
        OTHER("other reply"),
        /** Types and numbers of elements are the same. */
        SHAPE("compared by shape"),
        /** The type is the same. */
        TYPE("compared by type"),
        /** Elements are the same. */
        ANY_ORDER("compared in any order");

        private final String text;

        How(String text) {
            this.text = text;
        }

        /** Whether commands that are sent inside MULTI are concerned. */
        boolean isInMulti() {
            return switch (this) {
                case REFUSED_IN_MULTI, UNKNOWN_SUBCOMMAND, REFUSED_IN_PART, LONG_PATTERN -> true;
                case REFUSED, ANSWERED, OTHER, SHAPE, TYPE, ANY_ORDER -> false;
            };
        }

        boolean allows(RespValue direct, RespValue proxied) {
            return switch (this) {
                case REFUSED -> isError(proxied, "NOPERM sluice: ");
                case REFUSED_IN_MULTI ->
                        isError(proxied, "ERR sluice: ")
                                && proxied.text().endsWith(" is not possible inside MULTI");
                case UNKNOWN_SUBCOMMAND -> isError(proxied, "ERR Unknown subcommand or wrong ");
                case REFUSED_IN_PART ->
                        isError(proxied, "NOPERM sluice: ") || isWrongHere(direct, proxied);
                case LONG_PATTERN -> isError(proxied, "ERR sluice: a pattern of ");
                case ANSWERED -> isUnknown(direct);
                case OTHER -> !direct.isError() && direct.type() == proxied.type();
                case SHAPE -> shape(direct).equals(shape(proxied));
                case TYPE ->
                        (direct.isError() || proxied.isError())
                                ? direct.equals(proxied)
                                : direct.type() == proxied.type();
                case ANY_ORDER -> sorted(direct).equals(sorted(proxied));
            };
        }
    }

    static Difference of(How how, String commands, String reason) {
        return new Difference(how, List.of(commands.split(", ")), reason);
    }

    /** Whether there is such a difference with servers of that version. */
    boolean concerns(RedisVersion version) {
        return how != How.UNKNOWN_SUBCOMMAND || !version.isAtLeast(7, 0);
    }

    /**
     * Whether a command of it must have differed.
     *
     * @param isPresent whether the server has it
     */
    boolean isDue(boolean isPresent) {
        return switch (how) {
            case REFUSED,
                    REFUSED_IN_MULTI,
                    UNKNOWN_SUBCOMMAND,
                    REFUSED_IN_PART,
                    LONG_PATTERN,
                    OTHER ->
                    isPresent;
            case ANSWERED -> !isPresent;
            case SHAPE, TYPE, ANY_ORDER -> false;
        };
    }

    /**
     * The line of the document's table.
     *
     * @param isolation where it is so
     */
    String row(String isolation) {
        return "| %s | %s | %s | %s |"
                .formatted(String.join(", ", commands), how.text, isolation, reason);
    }

    /** The same error, behind which Sluice says what it makes of it. */
    private static boolean isWrongHere(RespValue direct, RespValue proxied) {
        return isError(proxied, "ERR syntax error (sluice: ")
                && (isError(direct, "ERR syntax error") || isQueued(direct));
    }

    static boolean isQueued(RespValue reply) {
        return reply.type() == '+' && reply.text().equals("QUEUED");
    }

    /** Whether a server says that it has no such command. */
    static boolean isUnknown(RespValue reply) {
        return isError(reply, "ERR unknown ") || isError(reply, "ERR Unknown ");
    }

    private static boolean isError(RespValue reply, String begin) {
        return reply.isError() && reply.text().startsWith(begin);
    }

    private static String shape(RespValue value) {
        if (value.isNull()) {
            return "null";
        }
        if (value.isError()) {
            return value.text();
        }
        return switch (value.type()) {
            case '*', '%', '~', '>' ->
                    value.type()
                            + value.elements().stream()
                                    .map(Difference::shape)
                                    .collect(Collectors.joining(",", "[", "]"));
            default -> Character.toString(value.type());
        };
    }

    private static String sorted(RespValue value) {
        return switch (value.type()) {
            case '*', '%', '~', '>' ->
                    value.isNull()
                            ? "null"
                            : value.type()
                                    + value.elements().stream()
                                            .map(Difference::sorted)
                                            .sorted()
                                            .collect(Collectors.joining(",", "[", "]"));
            default -> value.toString();
        };
    }
}
