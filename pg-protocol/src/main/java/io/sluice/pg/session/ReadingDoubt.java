package io.sluice.pg.session;

import io.sluice.pg.message.Frontend;
import io.sluice.pg.sql.SettingChange;
import io.sluice.pg.statement.Effects;

/**
 * Whether what a server makes of the next message depends on what it has not answered yet: how it
 * reads a text, what is prepared on it, or what a text would be prepared as.
 *
 * <p><b>Threads:</b> confined to the loop of the connection.
 */
final class ReadingDoubt {
    private final Expected expected;

    /** How the next text is read depends on what is not answered yet. */
    private boolean lexing;

    /** What is prepared, or what would be, depends on what is not answered yet. */
    private boolean preparing;

    ReadingDoubt(Expected expected) {
        this.expected = expected;
    }

    /** What relies on the outcome of something waits until that is answered. */
    void note(Detail detail) {
        Effects effects = detail.effects();
        if (effects != null) {
            preparing |= effects.changesPreparing();
            for (SettingChange change : effects.settings()) {
                lexing |=
                        switch (change.kind()) {
                            case SET, RESET -> isLexed(change.name());
                            case RESET_ALL, DISCARD_ALL -> true;
                        };
            }
        }
    }

    private static boolean isLexed(String name) {
        return name.equalsIgnoreCase("standard_conforming_strings")
                || name.equalsIgnoreCase("client_encoding")
                || name.equalsIgnoreCase("names");
    }

    /** Whether a message of that type means one thing or another by what is not answered yet. */
    boolean concerns(byte type) {
        return switch (type) {
            case Frontend.QUERY -> isLexing();
            case Frontend.PARSE -> isLexing() || isPreparing();
            case Frontend.BIND, Frontend.DESCRIBE, Frontend.CLOSE -> isPreparing();
            default -> false;
        };
    }

    private boolean isLexing() {
        lexing &= !expected.isEmpty();
        return lexing;
    }

    private boolean isPreparing() {
        preparing &= !expected.isEmpty();
        return preparing;
    }
}
