package io.sluice.pg.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads calls of {@code set_config(name, value, is_local)}.
 *
 * <p>A call can be repeated elsewhere only if it is surely evaluated, once, with constants: an item
 * of its own in the list of a SELECT that has no further clauses. With a constant {@code true} at
 * its end it lasts no longer than its transaction and is of no concern.
 */
final class SetConfigReader {
    private final Recording recording;
    private final List<SettingChange> changes = new ArrayList<>(0);

    private int depth; // of the arguments, -1 outside of a call
    private int from;
    private int argument;
    private int tokens; // of this argument
    private boolean constants;
    private boolean local;
    private int nameStart;
    private int nameEnd;
    private boolean ended; // a call has just ended: what follows must not use its result
    private boolean unreadable;
    private int nameTokens;
    private boolean localParseSetting;

    SetConfigReader(Recording recording) {
        this.recording = recording;
    }

    void begin() {
        depth = -1;
        ended = false;
        unreadable = false;
        localParseSetting = false;
        if (!changes.isEmpty()) {
            changes.clear();
        }
    }

    /** Whether it wants to be told the next token. */
    boolean isReading() {
        return depth >= 0 || ended;
    }

    /** Whether there was a call that changes the session in a way that cannot be repeated. */
    boolean isUnreadable() {
        return unreadable;
    }

    /** Whether there was a call that changes how texts are read, up to the transaction's end. */
    boolean setsParseSettingLocally() {
        return localParseSetting;
    }

    List<SettingChange> changes() {
        return changes;
    }

    /**
     * A call's opening parenthesis was read.
     *
     * @param listItem whether the call is an item of the statement's outermost list
     * @param argumentDepth number of open parentheses, with this one
     * @param argumentsFrom where the arguments begin
     */
    void call(boolean listItem, int argumentDepth, int argumentsFrom) {
        if (depth >= 0 || ended) {
            unreadable = true; // a call in a call
            return;
        }
        depth = argumentDepth;
        from = argumentsFrom;
        argument = 0;
        tokens = 0;
        constants = listItem;
        local = false;
        recording.begin(argumentsFrom, new byte[0], 0, 0);
    }

    /** The next token, with the number of open parentheses before it. */
    void token(Token token, int start, int end, boolean portable, int openBefore, int statement) {
        if (ended) {
            ended = false;
            unreadable |=
                    token != Token.COMMA
                            && token != Token.AS
                            && token != Token.NAME
                            && token != Token.SEMICOLON
                            && !changes.isEmpty();
            return;
        }
        if (openBefore == depth && token == Token.COMMA) {
            argument++;
            tokens = 0;
        } else if (openBefore == depth && token == Token.CLOSE) {
            endCall(start, statement);
        } else {
            tokens++;
            argumentToken(token, start, end, portable);
        }
    }

    private void argumentToken(Token token, int start, int end, boolean portable) {
        switch (argument) {
            case 0 -> {
                nameStart = start;
                nameEnd = end;
                nameTokens = tokens;
                constants &= token == Token.LITERAL && portable && tokens == 1;
            }
            case 1 -> constants &= token == Token.LITERAL && portable && tokens == 1;
            case 2 -> {
                local = token == Token.TRUE && tokens == 1;
                constants &= token == Token.FALSE && tokens == 1;
            }
            default -> constants = false;
        }
    }

    private void endCall(int end, int statement) {
        boolean isLocal = local && argument == 2 && tokens == 1;
        if (isLocal) {
            String name = nameTokens == 1 ? name() : null;
            localParseSetting |= name == null || ParseSettings.contains(name);
        } else {
            String name = constants && argument == 2 ? name() : null;
            String arguments = name == null ? null : recording.text(from, end);
            boolean tooMany = changes.size() == Classified.LISTED_SETTINGS;
            if (name == null || arguments == null || tooMany) {
                unreadable = true;
            } else {
                changes.add(
                        new SettingChange(
                                SettingChange.Kind.SET,
                                name,
                                "SELECT pg_catalog.set_config(" + arguments + ")",
                                statement));
                ended = true;
            }
        }
        recording.end();
        depth = -1;
    }

    /** Only a plain string is read as a name: nobody writes these with escapes. */
    private @Nullable String name() {
        String literal = recording.text(nameStart, nameEnd);
        if (literal == null
                || literal.length() < 3
                || literal.charAt(0) != '\''
                || literal.indexOf('\'', 1) != literal.length() - 1) {
            return null;
        }
        return literal.substring(1, literal.length() - 1).toLowerCase(Locale.ROOT);
    }
}
