package io.sluice.pg.settings;

import java.util.Locale;

/**
 * Follows what a session sets, through commits and rollbacks. The server's word counts: a change is
 * taken over when the server has accepted it, and undone when the server undid it. What holds is
 * thus always what the server of the session's lease has, also after a RESET: that the client's
 * startup settings are to hold again is {@link #wanted}.
 *
 * <p><b>Threads:</b> confined to the session's loop.
 */
public final class SettingsTracker {
    private final Settings initial;
    private Settings committed;
    private Settings current;
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
        return !current.equals(committed);
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

    /** Whether a server may have been told to forget what the client asked for at startup. */
    public boolean owesStartupSettings() {
        return resets;
    }

    /** The server was given {@link #wanted}. */
    public void onApplied(Settings wanted, boolean outsideTransaction) {
        current = wanted;
        resets = false;
        if (outsideTransaction) {
            committed = wanted;
        }
    }

    /** The server accepted a SET. */
    public void onSet(String name, Setting setting) {
        String key = name.toLowerCase(Locale.ROOT);
        current = current.with(key, setting);
        dropRoleOf(key);
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
        dropRoleOf(key);
        resets |= initial.get(key) != null;
    }

    /** The server accepted RESET ALL. */
    public void onResetAll() {
        current = current.withoutAllButRoles();
        resets |= !initial.isEmpty();
    }

    /** The server executed DISCARD ALL. */
    public void onDiscardAll() {
        current = Settings.NONE;
        committed = Settings.NONE;
        resets |= !initial.isEmpty();
    }

    /**
     * The server reports a value: the last word on it. A rollback that changes it is reported too.
     *
     * @param isDefault whether this is the value the server connection started with
     */
    public void onReported(String name, String value, boolean isDefault) {
        String key = name.toLowerCase(Locale.ROOT);
        boolean isReset = isDefault && (initial.get(key) == null || current.get(key) == null);
        Setting reported = new Setting.Value(value);
        current = isReset ? current.without(key) : current.with(key, reported);
        committed = isReset ? committed.without(key) : committed.with(key, reported);
    }

    public void onCommit() {
        committed = current;
    }

    public void onRollback() {
        current = committed;
    }
}
