package io.sluice.pg.settings;

import java.util.Locale;

/**
 * Follows what a session sets, through commits and rollbacks. The server's word counts: a change is
 * taken over when the server has accepted it, and undone when the server undid it. What holds is
 * thus always what the server of the session's lease has, also after a RESET: that the client's
 * startup settings are to hold again is {@link #wanted}.
 *
 * <p>Only so much is followed: settings are sent again at each change of connections, and many
 * sessions have them on one heap. Of what is beyond, the session must keep its connection.
 *
 * <p><b>Threads:</b> confined to the session's loop.
 */
public final class SettingsTracker {
    /** Most settings that are followed of one session. */
    public static final int MOST = 128;

    /** Most characters that their names and values may have together. */
    public static final int MOST_LENGTH = 32 * 1024;

    private final Settings initial;
    private Settings committed;
    private Settings current;

    /** The transaction has changed something, even if only to what it was before. */
    private boolean uncommitted;

    /** A reported setting may have gone and come back, of which no report tells. */
    private boolean unconfirmed;

    private boolean resets;

    /**
     * Begins with what a client asked for.
     *
     * @param initial what the client asked for in its startup packet; what RESET returns to
     */
    public SettingsTracker(Settings initial) {
        this.initial = initial;
        this.committed = initial;
        this.current = initial;
    }

    /** What holds now, committed or not. */
    public Settings current() {
        return current;
    }

    /** Whether a transaction has changed something that a rollback would undo. */
    public boolean hasUncommitted() {
        return uncommitted;
    }

    /** What must hold for the client's next request: a RESET goes back to its startup settings. */
    public Settings wanted() {
        Settings wanted = current;
        for (var setting : initial.asMap().entrySet()) {
            if (wanted.get(setting.getKey()) == null) {
                wanted = wanted.with(setting.getKey(), setting.getValue());
            }
        }
        return wanted;
    }

    /** What of it the client asked for at startup: a RESET must return to that. */
    public Settings startup(String name) {
        String key = name.toLowerCase(Locale.ROOT);
        return initial.only(key::equals);
    }

    /** What RESET ALL must return to. */
    public Settings startup() {
        return initial.only(name -> !Settings.isIdentity(name));
    }

    /** What DISCARD ALL must return to, besides. */
    public Settings startupWithIdentity() {
        return initial;
    }

    /** Whether a server may have been told to forget what the client asked for at startup. */
    public boolean owesStartupSettings() {
        return resets;
    }

    /** The server was given {@link #wanted}. */
    public void onApplied(Settings wanted, boolean outsideTransaction) {
        current = wanted;
        resets = false;
        if (outsideTransaction) {
            onCommit();
        }
    }

    /**
     * The server accepted a SET.
     *
     * @return whether it is followed; if not, only this server has it
     */
    public boolean onSet(String name, Setting setting) {
        String key = name.toLowerCase(Locale.ROOT);
        Settings changed = current.with(key, orStartup(key, setting));
        boolean follows = isFollowed(changed);
        current = follows ? changed : current;
        uncommitted |= follows;
        dropRoleOf(key);
        return follows;
    }

    private static boolean isFollowed(Settings settings) {
        return settings.size() <= MOST && settings.length() <= MOST_LENGTH;
    }

    /** The statement that restores a startup value is as good as that, and can be shared. */
    private Setting orStartup(String key, Setting setting) {
        Setting startup = initial.get(key);
        return startup != null
                        && setting instanceof Setting.Statement(String text)
                        && text.equals(startup.sql(key))
                ? startup
                : setting;
    }

    /**
     * The server accepted a SET of a setting that it reports, if it has another value afterwards:
     * then {@link #onReported} follows.
     *
     * @return whether it is followed; if not, only this server has it
     */
    public boolean onSetReported(String name, Setting setting) {
        String key = name.toLowerCase(Locale.ROOT);
        if (initial.get(key) == null) {
            return true;
        }
        Settings changed = current.with(key, orStartup(key, setting));
        if (!isFollowed(changed)) {
            return false;
        }
        current = changed; // a RESET before it would be taken for the last word
        unconfirmed = true;
        return true;
    }

    /** A change of the session's user is also the end of its role. */
    private void dropRoleOf(String key) {
        if (key.equals(Settings.SESSION_AUTHORIZATION)) {
            current = current.without(Settings.ROLE);
        }
    }

    /** The server accepted a RESET. */
    public void onReset(String name) {
        String key = name.toLowerCase(Locale.ROOT);
        current = current.without(key);
        uncommitted = true;
        unconfirmed = true;
        dropRoleOf(key);
        resets |= initial.get(key) != null;
    }

    /** The server accepted RESET ALL. */
    public void onResetAll() {
        current = current.withoutAllButRoles();
        uncommitted = true;
        unconfirmed = true;
        resets |= !initial.isEmpty();
    }

    /** The server executed DISCARD ALL. */
    public void onDiscardAll() {
        current = Settings.NONE;
        onCommit();
        unconfirmed = true;
        resets |= !initial.isEmpty();
    }

    /**
     * Whether all that the server reports is to be told by {@link #onReported} now; asked once at
     * each end of a request.
     */
    public boolean takeUnconfirmed() {
        boolean was = unconfirmed;
        unconfirmed = false;
        return was;
    }

    /**
     * The server reports a value: the last word on it. A rollback that changes it is reported too.
     *
     * @param isDefault whether this is the value the server connection started with
     * @return whether it is followed; if not, only this server has it
     */
    public boolean onReported(String name, String value, boolean isDefault) {
        String key = name.toLowerCase(Locale.ROOT);
        if (isDefault && (initial.get(key) == null || current.get(key) == null)) {
            current = current.without(key);
            committed = committed.without(key);
            return true;
        }
        Setting reported = new Setting.Value(value);
        Settings changed = current.with(key, reported);
        if (!isFollowed(changed)) {
            return false;
        }
        current = changed;
        committed = committed.with(key, reported);
        return true;
    }

    public void onCommit() {
        committed = current;
        uncommitted = false;
    }

    public void onRollback() {
        current = committed;
        uncommitted = false;
    }
}
