package io.sluice.console;

import java.util.List;

/** What a console command is answered with. */
public sealed interface Reply {

    /**
     * Rows; {@code tag} names the command that is complete.
     *
     * @param notices what a person should know of them, such as that a part is missing
     */
    record Rows(Table table, String tag, List<String> notices) implements Reply {
        public Rows {
            notices = List.copyOf(notices);
        }
    }

    /** Nothing but that it is done. */
    record Done(String tag) implements Reply {}

    /** Words for a person, then that it is done. */
    record Notice(String message, String detail, String tag) implements Reply {}

    /** Not done, and why; a wire has its own code for each kind. */
    record Failure(Kind kind, String message) implements Reply {

        /** Whose doing it is. */
        public enum Kind {
            /** There is no such command, or it cannot be given like this. */
            WRONG,
            /** This role may not, or nobody may. */
            DENIED,
            /** A new configuration was refused; the old one is in force. */
            BAD_CONFIGURATION,
            /** Whoever asked no longer wants to know. */
            CANCELLED,
            /** Ours: the log says more. */
            FAILED
        }
    }
}
