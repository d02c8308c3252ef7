package io.sluice.resp.command;

import io.netty.buffer.ByteBuf;
import java.util.Locale;

/**
 * Redis' own words for commands that it will not run. Texts begin with their code, have neither
 * {@code -} nor line end, and hold one byte of the client's in each char (ISO 8859-1), ended like
 * in Redis at a zero byte, and with line ends made spaces.
 */
public enum CommandErrors {
    /** As 6.2 says it. */
    SINCE_6 {
        @Override
        public String unknownCommand(Arguments arguments) {
            return "ERR unknown command `"
                    + text(arguments, 0, LONGEST_NAME)
                    + "`, with args beginning with: "
                    + firstArguments(arguments, "`", "`, ");
        }

        @Override
        public String unknownSubcommand(Arguments arguments) {
            return "ERR Unknown subcommand or wrong number of arguments for '"
                    + text(arguments, 1, LONGEST_NAME)
                    + tryHelp(arguments);
        }

        @Override
        public String wrongArguments(CommandSpec spec, Arguments arguments) {
            return spec.isSubcommand() ? unknownSubcommand(arguments) : wrongArity(spec);
        }

        @Override
        public String subcommandSyntax(Arguments arguments) {
            return unknownSubcommand(arguments);
        }

        @Override
        public String whileSubscribed(CommandSpec spec) {
            String name = spec.name();
            int space = name.indexOf(' ');
            return "ERR Can't execute '"
                    + (space < 0 ? name : name.substring(0, space))
                    + "': only (P)SUBSCRIBE / (P)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context";
        }
    },

    /** As 7.0 and later say it. */
    SINCE_7 {
        @Override
        public String unknownCommand(Arguments arguments) {
            return "ERR unknown command '"
                    + text(arguments, 0, LONGEST_TEXT)
                    + "', with args beginning with: "
                    + firstArguments(arguments, "'", "' ");
        }

        @Override
        public String unknownSubcommand(Arguments arguments) {
            return "ERR unknown subcommand '"
                    + text(arguments, 1, LONGEST_TEXT)
                    + tryHelp(arguments);
        }

        @Override
        public String wrongArguments(CommandSpec spec, Arguments arguments) {
            return wrongArity(spec);
        }

        @Override
        public String subcommandSyntax(Arguments arguments) {
            return "ERR unknown subcommand or wrong number of arguments for '"
                    + text(arguments, 1, LONGEST_TEXT)
                    + tryHelp(arguments);
        }

        @Override
        public String whileSubscribed(CommandSpec spec) {
            return "ERR Can't execute '"
                    + spec.name().replace(' ', '|')
                    + "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context";
        }
    };

    /** How much of arguments 7.0 shows, and of a name. */
    private static final int LONGEST_TEXT = 128;

    /** 6.2 shows names whole; no sensible one is longer than this. */
    private static final int LONGEST_NAME = 1024;

    /** For a name that the server does not know. */
    public abstract String unknownCommand(Arguments arguments);

    /** For a container with a subcommand that the server does not know. */
    public abstract String unknownSubcommand(Arguments arguments);

    /** For a client of RESP2 that has subscriptions, and may not use that. */
    public abstract String whileSubscribed(CommandSpec spec);

    /** For too many or too few arguments of a command that the proxy answers itself. */
    public abstract String wrongArguments(CommandSpec spec, Arguments arguments);

    /** For a subcommand's arguments where the server says no more than that they are wrong. */
    public abstract String subcommandSyntax(Arguments arguments);

    /** For too many or too few arguments, where the server has told how many there are to be. */
    public String wrongArity(CommandSpec spec) {
        return "ERR wrong number of arguments for '" + spec.name().replace(' ', '|') + "' command";
    }

    /** For an EXEC that is refused with {@code error}: its transaction is over. */
    public static String abortedBecauseOf(String error) {
        return "EXECABORT Transaction discarded because of: "
                + (error.startsWith("ERR ") ? error.substring("ERR ".length()) : error);
    }

    private static String tryHelp(Arguments arguments) {
        return "'. Try " + text(arguments, 0, LONGEST_TEXT).toUpperCase(Locale.ROOT) + " HELP.";
    }

    private static String firstArguments(Arguments arguments, String before, String behind) {
        var text = new StringBuilder();
        for (int i = 1; i < arguments.count() && text.length() < LONGEST_TEXT; i++) {
            int room = LONGEST_TEXT - text.length();
            text.append(before).append(text(arguments, i, room)).append(behind);
        }
        return text.toString();
    }

    private static String text(Arguments arguments, int argument, int longest) {
        ByteBuf in = arguments.buffer();
        int start = arguments.start(argument);
        int length = Math.min(arguments.length(argument), longest);
        var text = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            char at = (char) (in.getByte(start + i) & 0xff);
            if (at == 0) {
                break;
            }
            text.append(at == '\r' || at == '\n' ? ' ' : at);
        }
        return text.toString();
    }
}
