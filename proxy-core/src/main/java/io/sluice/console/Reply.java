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

    /** Not done; {@code code} is an SQLSTATE. */
    record Failure(String code, String message) implements Reply {}
}
