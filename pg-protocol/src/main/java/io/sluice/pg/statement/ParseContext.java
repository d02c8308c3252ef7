package io.sluice.pg.statement;

import io.sluice.pg.settings.Settings;

/**
 * What a server's reading of a Parse depends on besides the message itself: only under one context
 * is a statement the same for all who prepare its text. Immutable.
 *
 * @param reported values that the server reports of the settings by which it reads texts
 * @param settings those of its session's settings that matter and are not reported
 * @param owner number of the session that has such statements for itself; 0 where all may share
 * @param isKnown whether nothing else holds in that session: a SET LOCAL, a temporary table
 */
public record ParseContext(String reported, Settings settings, long owner, boolean isKnown) {

    /** The same, for one session only. */
    public ParseContext of(long session) {
        return new ParseContext(reported, settings, session, isKnown);
    }

    /** Whether a server reads texts in the other context as it does in this one. */
    public boolean readsAs(ParseContext other) {
        return isKnown == other.isKnown
                && reported.equals(other.reported)
                && settings.equals(other.settings);
    }
}
