package io.sluice.pg.session;

import io.sluice.metrics.Counter;
import io.sluice.metrics.PinCounts;
import io.sluice.pg.config.PoolMode;
import io.sluice.pg.message.TransactionStatus;
import io.sluice.pg.settings.Setting;
import io.sluice.pg.settings.Settings;
import io.sluice.pg.settings.SettingsTracker;
import io.sluice.pg.sql.PinReason;
import io.sluice.pg.sql.SettingChange;
import io.sluice.pg.statement.Effects;
import org.jspecify.annotations.Nullable;

/**
 * What a client's statements leave behind on its server: settings, which another server can be
 * given, and all that cannot be repeated elsewhere, for which the session keeps its server.
 *
 * <p><b>Threads:</b> confined to the session's loop.
 */
final class SessionState {
    private final PgSession session;
    private SettingsTracker settings;
    private @Nullable Pins pins;

    /** The client's texts were, at some time, in another encoding than UTF-8. */
    private boolean usesOtherEncoding;

    /** The server connection has the session's statements by their own names, and no others. */
    private boolean ownNames;

    /** The transaction has changed for itself how texts are read. */
    private boolean parsesLocally;

    /**
     * Begins with what a client asked for.
     *
     * @param startup what the client asked for in its startup packet
     */
    SessionState(PgSession session, Settings startup) {
        this.session = session;
        this.settings = new SettingsTracker(startup);
    }

    /** Begins again, with the one instance that all clients share that ask for the same. */
    void begin(Settings startup) {
        settings = new SettingsTracker(startup);
    }

    SettingsTracker settings() {
        return settings;
    }

    // ---- what the server tells

    void onServerReady(ServerParameters parameters) {
        usesOtherEncoding |= !parameters.readsUtf8();
    }

    void onParameter(String name, String value, boolean isDefault) {
        if (Reported.isSetting(name)) {
            if (!settings.onReported(name, value, isDefault)) {
                pin(PinReason.UNREADABLE_SETTING);
            }
            usesOtherEncoding |= !session.serverInUse().parameters().readsUtf8();
            pinUnlessRepeatable(value);
        }
    }

    /**
     * Settings are repeated in UTF-8: what was read in another encoding may mean something else.
     */
    private void pinUnlessRepeatable(String text) {
        if (usesOtherEncoding && !Settings.isAscii(text)) {
            pin(PinReason.UNREADABLE_SETTING);
        }
    }

    void onEffects(Effects effects, int statement) {
        parsesLocally |= effects.setsParseSettings();
        String deallocated = effects.deallocated();
        if (deallocated != null) {
            session.statements().remove(deallocated);
            session.serverInUse().statements().takeBack(deallocated);
        }
        for (SettingChange change : effects.settings()) {
            if (change.statement() == statement) {
                onSettingChange(change);
            }
        }
        if (statement == 0) { // only what was there before the text; a rollback in it forgets this
            if (effects.unlistensAll() && pins != null) {
                pins.loosen(PinReason.LISTEN);
            }
            if (effects.unlocksAll() && pins != null) {
                pins.loosen(PinReason.ADVISORY_LOCK);
            }
        }
        for (PinReason reason : effects.pins()) {
            pin(reason);
        }
    }

    /** The statement failed, but a lock that it took before stays. */
    void onFailedEffects(Effects effects) {
        if (effects.pins().contains(PinReason.ADVISORY_LOCK)) {
            pin(PinReason.ADVISORY_LOCK);
        }
    }

    private void onSettingChange(SettingChange change) {
        switch (change.kind()) {
            case SET -> {
                if (!Reported.isSetting(change.name())
                        || !session.serverInUse().parameters().has(change.name())) {
                    if (!settings.onSet(change.name(), new Setting.Statement(change.text()))) {
                        pin(PinReason.UNREADABLE_SETTING);
                    }
                    pinUnlessRepeatable(change.text());
                } else if (!settings.onSetReported(
                        change.name(), new Setting.Statement(change.text()))) {
                    pin(PinReason.UNREADABLE_SETTING);
                }
            }
            case RESET -> settings.onReset(change.name());
            case RESET_ALL -> settings.onResetAll();
            case DISCARD_ALL -> {} // known by its tag
        }
    }

    void onDiscardAll() {
        settings.onDiscardAll();
        ownNames = false;
        session.statements().clear();
        if (pins != null) {
            pins.onDiscardAll();
        }
    }

    /** The transaction was rolled back: what it would have given up is kept. */
    void onRollback() {
        settings.onRollback();
        if (pins != null) {
            pins.onRollback();
        }
    }

    /** What it undid is not told; what it was to have given up is kept. */
    void onRollbackToSavepoint() {
        if (settings.hasUncommitted()) {
            pin(PinReason.UNREADABLE_SETTING);
        }
        if (pins != null) {
            pins.onRollback();
        }
    }

    /**
     * Code was executed that can commit outside of a transaction block: in a series, with some
     * versions of PostgreSQL, also what was set before it, whatever becomes of the rest.
     */
    void onMayHaveCommitted() {
        if (session.status() == TransactionStatus.IDLE && settings.hasUncommitted()) {
            pin(PinReason.UNREADABLE_SETTING);
        }
    }

    /** The server is ready, and no transaction is open any more. */
    void onTransactionEnd(boolean committed) {
        parsesLocally = false;
        if (committed) {
            settings.onCommit();
        } else {
            settings.onRollback();
        }
        if (pins != null) {
            pins.onTransactionEnd(committed);
        }
    }

    /** The server is ready: it has told all that it tells of what was set. */
    void onReady() {
        if (settings.takeUnconfirmed() && !session.serverInUse().parameters().tellAll(settings)) {
            pin(PinReason.UNREADABLE_SETTING);
        }
    }

    void onServerLost() {
        parsesLocally = false;
        if (pins != null) {
            pins.onRollback();
        }
    }

    // ---- how texts are read

    /** Whether texts may be read by more than the session's settings. */
    boolean parsesByMoreThanSettings() {
        return parsesLocally || (pins != null && pins.hideContext());
    }

    /** Whether the end of the transaction may change how texts are read. */
    boolean mayParseOtherwise() {
        return parsesLocally || settings.hasUncommitted();
    }

    // ---- names

    /** From now on names of statements are the server's own, for SQL and protocol alike. */
    void keepNames() {
        ownNames = true;
        pin(PinReason.SQL_PREPARE);
    }

    boolean hasOwnNames() {
        return ownNames;
    }

    /** Some names could not be given: all are given anew to the next text that needs them. */
    void giveNamesAnew() {
        ownNames = false;
    }

    /** Names of statements in a text that was sent as it is may have meant anybody's. */
    void pinUnlessNamesAreOwn(Effects effects) {
        if (effects.namesStatement() && !ownNames) {
            pin(PinReason.UNREADABLE);
        }
    }

    // ---- pins

    /** Returns false if that was a reason already. */
    boolean pin(PinReason reason) {
        Pins held = pins;
        if (held == null) {
            held = new Pins();
            pins = held;
        }
        boolean first = held.isEmpty();
        SessionContext context = session.context();
        boolean isNew = held.add(reason);
        if (isNew && context.poolMode() != PoolMode.SESSION) {
            if (first) {
                session.pool().stats().add(Counter.PINS, 1);
            }
            context.proxy()
                    .pinCounts()
                    .count(new PinCounts.Reason(session.pool().key().protocol(), reason.word()));
            held.tellOnce(reason);
        }
        return isNew;
    }

    /** A reason is gone; once there is none, the lease ends with the next request. */
    void unpin(PinReason reason) {
        if (pins != null) {
            pins.remove(reason);
        }
    }

    boolean isPinned() {
        return pins != null && !pins.isEmpty();
    }

    /** Whether there may be what DISCARD ALL does not undo. */
    boolean hasUnknownPins() {
        return pins != null && pins.hasUnknownState();
    }

    /**
     * Whether notifications on its connection are its own: in session mode also those of a LISTEN
     * that was not seen, unless another client may have left one there.
     */
    boolean listens() {
        return (pins != null && pins.contains(PinReason.LISTEN))
                || (session.context().poolMode() == PoolMode.SESSION
                        && !session.serverInUse().isShared());
    }

    /** The words of all reasons why it is pinned; null if it is not. */
    @Nullable String pinReason() {
        return pins == null || pins.isEmpty() ? null : pins.words();
    }

    /** What the client is to be told of its first pin, once. */
    @Nullable String takePinNotice() {
        return pins == null ? null : pins.takeNotice();
    }
}
