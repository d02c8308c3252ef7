/**
 * Settings that belong to a client although servers hold them.
 *
 * <p>{@link Settings} is what one session has set, immutable; a server connection remembers the one
 * that was applied to it last. When a session is lent a connection with other settings, {@link
 * Settings#difference} says what must be sent ahead. {@link SettingsTracker} follows what a session
 * sets, through commits and rollbacks.
 */
@NullMarked
package io.sluice.pg.settings;

import org.jspecify.annotations.NullMarked;
