package io.sluice.pg.statement;

import io.netty.buffer.ByteBuf;
import io.sluice.pg.sql.Classified;
import io.sluice.pg.sql.Command;
import io.sluice.pg.sql.Effect;
import io.sluice.pg.sql.ParseSettings;
import io.sluice.pg.sql.PinReason;
import io.sluice.pg.sql.SettingChange;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a query string leaves behind in its session, if the server accepts it. Immutable.
 *
 * @param settings changes in order, each with the index of its statement
 * @param pins why the session must keep its connection
 * @param namesStatement whether SQL names a prepared statement
 * @param deallocated the statement that it closes, if it does nothing else and that can be read
 * @param forgetsStatements whether all prepared statements are gone afterwards
 * @param setsParseSettings whether texts may be read otherwise up to the end of the transaction
 * @param savepointRollbacks indexes of the statements that undo changes without ending the
 *     transaction
 * @param unlistensAll whether no channel is listened to afterwards
 * @param unlocksAll whether no session advisory lock is held afterwards
 */
public record Effects(
        List<SettingChange> settings,
        Set<PinReason> pins,
        boolean namesStatement,
        @Nullable String deallocated,
        boolean forgetsStatements,
        boolean setsParseSettings,
        List<Integer> savepointRollbacks,
        boolean unlistensAll,
        boolean unlocksAll) {

    /**
     * The effects of a text; null for the many that have none.
     *
     * @param in has the text; borrowed, indexes are not moved
     * @param from where in it the text begins
     */
    public static @Nullable Effects of(Classified text, ByteBuf in, int from) {
        boolean deallocates = text.statementCount() == 1 && text.has(Effect.DEALLOCATE);
        return of(
                text,
                deallocates
                        ? Deallocation.name(in, from + text.start(0), from + text.end(0))
                        : null);
    }

    /** The effects of a text that is not there any more; null for the many that have none. */
    public static @Nullable Effects of(Classified text) {
        return of(text, null);
    }

    /** The effects of a SET, and of nothing else. */
    public static Effects of(SettingChange set) {
        return new Effects(
                List.of(set), Set.of(), false, null, false, false, List.of(), false, false);
    }

    private static @Nullable Effects of(Classified text, @Nullable String deallocated) {
        List<Integer> toSavepoint = savepointRollbacks(text);
        if (text.effects() == 0 && !text.pins() && toSavepoint.isEmpty()) {
            return null;
        }
        boolean forgets = text.has(Effect.DEALLOCATE_ALL);
        boolean setsLocally = text.has(Effect.LOCAL_PARSE_SETTING);
        boolean unlistens = text.has(Effect.UNLISTEN_ALL);
        boolean unlocks = text.has(Effect.ADVISORY_UNLOCK_ALL);
        if (text.settings().isEmpty()
                && !text.pins()
                && !text.namesStatement()
                && !forgets
                && !setsLocally
                && toSavepoint.isEmpty()
                && !unlistens
                && !unlocks) {
            return null;
        }
        Set<PinReason> pins = EnumSet.noneOf(PinReason.class);
        for (PinReason reason : PinReason.values()) {
            if (text.pins(reason)) {
                pins.add(reason);
            }
        }
        return new Effects(
                List.copyOf(text.settings()),
                pins,
                text.namesStatement(),
                deallocated,
                forgets,
                setsLocally,
                toSavepoint,
                unlistens,
                unlocks);
    }

    private static List<Integer> savepointRollbacks(Classified text) {
        @Nullable List<Integer> found = null;
        for (int i = 0; i < Math.min(text.statementCount(), Classified.LISTED_STATEMENTS); i++) {
            if (text.command(i) == Command.ROLLBACK_TO) {
                found = found == null ? new ArrayList<>(1) : found;
                found.add(i);
            }
        }
        return found == null ? List.of() : List.copyOf(found);
    }

    /**
     * Whether it depends on the outcome what is prepared afterwards, or what a text would be
     * prepared as.
     */
    public boolean changesPreparing() {
        if (forgetsStatements || namesStatement || setsParseSettings || hidesContext()) {
            return true;
        }
        for (SettingChange change : settings) {
            switch (change.kind()) {
                case SET, RESET -> {
                    if (ParseSettings.contains(change.name())) {
                        return true;
                    }
                }
                case RESET_ALL, DISCARD_ALL -> {
                    return true;
                }
            }
        }
        return false;
    }

    /** Characters of the statements that repeat the changes of settings. */
    public int length() {
        int length = 0;
        for (SettingChange change : settings) {
            length += change.text().length();
        }
        return length;
    }

    private boolean hidesContext() {
        for (PinReason reason : pins) {
            if (reason.hidesContext()) {
                return true;
            }
        }
        return false;
    }
}
