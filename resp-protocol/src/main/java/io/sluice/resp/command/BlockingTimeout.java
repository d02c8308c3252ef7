package io.sluice.resp.command;

import io.netty.buffer.ByteBuf;
import io.sluice.resp.command.CommandSpec.BlockingArgument;
import io.sluice.resp.command.Grammar.Option;
import io.sluice.resp.command.Grammar.Rest;
import io.sluice.resp.command.KeySpec.Read;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** How long a command asks the server to block. All of it is pure. */
public final class BlockingTimeout {
    /** It does not ask to. */
    public static final long NOT_BLOCKING = -1;

    /**
     * It perhaps asks to, and for how long cannot be read: the server most likely answers with an
     * error at once, but may block.
     */
    public static final long UNKNOWN = -2;

    /** Until there is something. */
    public static final long FOREVER = 0;

    /** Longest that is a time and no mistake: a server would call it out of range. */
    private static final long LONGEST_SECONDS = TimeUnit.DAYS.toSeconds(365L * 100);

    private static final int LONGEST_TEXT = 40;

    private BlockingTimeout() {}

    /**
     * The time that a command asks for, in nanoseconds: more than 0, or one of the constants.
     *
     * @param spec the command's
     */
    public static long nanos(CommandSpec spec, Arguments arguments) {
        BlockingArgument blocking = spec.blocking();
        if (blocking == null) {
            return NOT_BLOCKING;
        }
        if (blocking.argument() != 0) {
            int at = blocking.argument();
            int argument = at < 0 ? arguments.count() + at : at;
            return read(blocking, arguments, argument);
        }
        if (spec.keys().parts().getFirst() instanceof Read(var grammar)) {
            return option(grammar, blocking, arguments);
        }
        throw new IllegalStateException(spec + " blocks by an option, but has no grammar");
    }

    /** The value of the last BLOCK among options; of unreadable ones it may be among them. */
    private static long option(Grammar grammar, BlockingArgument blocking, Arguments arguments) {
        long nanos = NOT_BLOCKING;
        int at = grammar.start();
        while (at < arguments.count()) {
            Option option = grammar.option(arguments, at);
            if (option == null || option.values() >= arguments.count() - at) {
                return UNKNOWN;
            }
            if (option.rest() != Rest.NONE) {
                return nanos;
            }
            if (option.word().equals("BLOCK")) {
                nanos = read(blocking, arguments, at + 1);
            }
            at += 1 + option.values();
        }
        return nanos;
    }

    private static long read(BlockingArgument blocking, Arguments arguments, int argument) {
        if (argument <= 0 || argument >= arguments.count()) {
            return UNKNOWN;
        }
        if (blocking.unitNanos() == TimeUnit.SECONDS.toNanos(1)) {
            return seconds(arguments, argument);
        }
        long units = arguments.number(argument);
        boolean sensible = units >= 0 && units <= TimeUnit.SECONDS.toMillis(LONGEST_SECONDS);
        return sensible ? units * blocking.unitNanos() : UNKNOWN;
    }

    private static long seconds(Arguments arguments, int argument) {
        long whole = arguments.number(argument);
        if (whole >= 0) {
            return whole <= LONGEST_SECONDS ? TimeUnit.SECONDS.toNanos(whole) : UNKNOWN;
        }
        if (!isDecimal(arguments, argument)) {
            return UNKNOWN;
        }
        double seconds;
        try {
            seconds =
                    Double.parseDouble(
                            arguments
                                    .buffer()
                                    .toString(
                                            arguments.start(argument),
                                            arguments.length(argument),
                                            StandardCharsets.US_ASCII));
        } catch (NumberFormatException e) {
            return UNKNOWN;
        }
        if (seconds < 0 || seconds > LONGEST_SECONDS) {
            return UNKNOWN;
        }
        // Servers wait whole milliseconds: rounded up from 7.0 on, before down, to none at all.
        return TimeUnit.MILLISECONDS.toNanos((long) Math.ceil(seconds * 1000));
    }

    /** Whether an argument is made of what decimal numbers are made of: Java reads more as such. */
    private static boolean isDecimal(Arguments arguments, int argument) {
        ByteBuf in = arguments.buffer();
        int start = arguments.start(argument);
        int length = arguments.length(argument);
        if (length == 0 || length > LONGEST_TEXT) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            int at = in.getByte(start + i);
            boolean allowed =
                    (at >= '0' && at <= '9')
                            || at == '.'
                            || at == '-'
                            || at == '+'
                            || at == 'e'
                            || at == 'E';
            if (!allowed) {
                return false;
            }
        }
        return true;
    }
}
